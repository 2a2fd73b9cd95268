/** Installs the release in dist/release with its own install.sh, and tries what that has installed. */
import { readManifest } from "../project.ts";
import { runCommand } from "../run_command.ts";
import { runScript } from "../run_script.ts";
import { releaseFolder } from "./release_folder.ts";
import { serveRelease } from "./serve_release.ts";
import { tryBinary } from "./try_binary.ts";

/** Installs it from a local server into a folder of its own; throws when that fails. */
export async function tryInstall(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "porthole-install-" });
  const server = serveRelease(readManifest().version);
  try {
    await runCommand(["sh", `${releaseFolder}install.sh`], {
      env: { PORTHOLE_RELEASES_URL: server.url, INSTALL_DIR: folder },
    });
    await tryBinary(`${folder}/porthole`);
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  await runScript(async () => {
    await tryInstall();
    console.log("install.sh works");
  });
}
