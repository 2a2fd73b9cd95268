import assert from "node:assert/strict";
import { isThere } from "../../scripts/install_packages.ts";
import { writeChecksums } from "../../scripts/release/write_checksums.ts";
import { runProgram } from "../scripts/release/run_program.ts";
import {
  fixtureVersion,
  makeFixtureRelease,
  readInstaller,
} from "./fixture_release.ts";
import { testInstall } from "./install_place.ts";
import { serveRaw } from "./serve_raw.ts";

const archive = `porthole_${fixtureVersion}_linux_x64.tar.gz`;

testInstall(
  "refuses a changed, a truncated and a missing archive",
  async (place) => {
    const path = `${place.releaseFolder}${archive}`;
    const whole = await Deno.readFile(path);
    const changed = whole.slice();
    changed[20] = (changed[20] ?? 0) ^ 1;
    for (const bytes of [changed, whole.slice(0, -7), new Uint8Array(0)]) {
      await Deno.writeFile(path, bytes);
      await place.assertRefused(
        /Cannot use porthole_1\.2\.3_linux_x64\.tar\.gz: its SHA-256 is [0-9a-f]{64}, and checksums\.txt says [0-9a-f]{64}$/m,
      );
    }
    await Deno.remove(path);
    await place.assertRefused(/Cannot download http:.*\.tar\.gz: see above$/m);
  },
);

testInstall(
  "refuses checksums that are missing or say nothing of use",
  async (place) => {
    const path = `${place.releaseFolder}checksums.txt`;
    const text = await Deno.readTextFile(path);
    const line = text.split("\n").find((line) => line.endsWith(archive)) ?? "";
    const named = { env: { VERSION: fixtureVersion } };

    await Deno.writeTextFile(path, text.replace(`${line}\n`, ""));
    await place.assertRefused(/checksums\.txt has no line for it$/m, named);
    await place.assertRefused(/Cannot find porthole for linux_x64/);
    for (
      const bad of [
        line.slice(1),
        `${line}\n${line}`,
        line.replace(/^.{64}/, "z".repeat(64)),
        line.replace(/^.{64}/, ""),
      ]
    ) {
      await Deno.writeTextFile(path, text.replace(line, bad));
      await place.assertRefused(/Cannot verify porthole_1\.2\.3/, named);
    }
    await Deno.writeTextFile(path, "<html>Please log in</html>\n");
    await place.assertRefused(/Cannot find porthole for linux_x64/);
    await Deno.remove(path);
    await place.assertRefused(/Cannot download http:.*checksums\.txt/, named);
  },
);

testInstall(
  "refuses an archive without the program, and a program that does not run",
  async (place) => {
    const replace = async (program: string) => {
      await makeFixtureRelease(place.releaseFolder, program);
    };
    await replace("#!/bin/sh\necho cannot execute here >&2\nexit 126\n");
    await place.assertRefused(
      /on this machine: "porthole version" says: cannot execute here$/m,
    );
    await replace("#!/bin/sh\necho porthole 9.9.9\n");
    await place.assertRefused(
      /the program in it says that it is porthole 9\.9\.9$/m,
    );
    await Deno.writeTextFile(`${place.releaseFolder}${archive}`, "not a tar");
    await writeChecksums(place.releaseFolder);
    await place.assertRefused(/Cannot unpack porthole_1\.2\.3/);
  },
);

testInstall(
  "keeps an older version when the new one does not run",
  async (place) => {
    await Deno.mkdir(place.target, { recursive: true });
    await Deno.writeTextFile(`${place.target}/porthole`, "old");
    await makeFixtureRelease(place.releaseFolder, "#!/bin/sh\nexit 1\n");
    await place.assertRefused(/Cannot use porthole 1\.2\.3 on this machine/);
  },
);

testInstall("refuses a download that breaks off", async (place) => {
  const server = serveRaw(async (path) => {
    const name = path.split("/").at(-1) ?? "";
    const bytes = await Deno.readFile(`${place.releaseFolder}${name}`);
    const missing = name.endsWith(".gz") ? 100 : 0;
    const head =
      `HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length + missing}` +
      "\r\nConnection: close\r\n\r\n";
    return new Uint8Array([...new TextEncoder().encode(head), ...bytes]);
  });
  try {
    await place.assertRefused(/Cannot download http:.*\.tar\.gz/, {
      env: { PORTHOLE_RELEASES_URL: server.url },
    });
  } finally {
    server.close();
  }
});

// macOS has none.
if (await isThere("setsid")) {
  testInstall("leaves nothing behind when it is interrupted", async (place) => {
    const server = serveRaw(async (path, connection) => {
      if (path.endsWith("checksums.txt")) {
        const text = await Deno.readTextFile(
          `${place.releaseFolder}checksums.txt`,
        );
        return `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
      }
      // The download has begun, and never ends: the interrupt comes now.
      await connection.write(
        new TextEncoder().encode(
          "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx",
        ),
      );
      started.resolve();
      return undefined;
    });
    const started = Promise.withResolvers<void>();
    try {
      const ended = place.run({
        // A process group of its own, as a terminal gives it; it tells us its number.
        shell: ["setsid", "sh", "-c", 'echo $$ >"$0.pid"; exec sh "$0"'],
        env: { PORTHOLE_RELEASES_URL: server.url },
      });
      await started.promise;
      const file = `${place.releaseFolder}install.sh.pid`;
      const group = (await Deno.readTextFile(file)).trim();
      await runProgram(["kill", "-INT", "--", `-${group}`]);
      const { status } = await ended;
      assert.equal(status, 130);
      assert.deepEqual([...Deno.readDirSync(`${place.root}/tmp`)], []);
      assert.deepEqual([...Deno.readDirSync(`${place.root}/home`)], []);
    } finally {
      server.close();
    }
  });
}

testInstall("does nothing when the script itself is cut off", async (place) => {
  const whole = await readInstaller();
  for (const share of [0.2, 0.5, 0.9]) {
    const part = whole.slice(0, Math.floor(whole.length * share));
    await Deno.writeTextFile(`${place.releaseFolder}install.sh`, part);
    await place.run();
    assert.deepEqual([...Deno.readDirSync(`${place.root}/home`)], []);
    assert.deepEqual([...Deno.readDirSync(`${place.root}/tmp`)], []);
  }
});
