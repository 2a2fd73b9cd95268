/** Writes the man page anew: `scripts/dev man`. A test fails when it is not what this would write. */
import { projectRoot, readManifest } from "./project.ts";
import { renderManPage } from "./render_man_page.ts";
import { runScript } from "./run_script.ts";

/** Where the man page is. */
export const MAN_PAGE = `${projectRoot}docs/porthole.1`;

if (import.meta.main) {
  await runScript(async () => {
    await Deno.mkdir(`${projectRoot}docs`, { recursive: true });
    await Deno.writeTextFile(MAN_PAGE, renderManPage(readManifest().version));
    console.log(MAN_PAGE);
  });
}
