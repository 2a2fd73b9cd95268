import assert from "node:assert/strict";
import { isThere } from "../../scripts/install_packages.ts";
import { projectRoot } from "../../scripts/project.ts";
import { basics, testInstall } from "./install_place.ts";

testInstall(
  "refuses a platform that porthole is not built for",
  async (place) => {
    const on = (system: string, machine: string) => ({
      standIns: {
        uname: `[ "$1" = -s ] && echo ${system} || echo ${machine}`,
      },
    });
    for (const machine of ["i686", "armv7l", "armv6l"]) {
      await place.assertRefused(
        new RegExp(`on Linux ${machine}: it is a 32-bit system`),
        on("Linux", machine),
      );
    }
    await place.assertRefused(
      /riscv64: porthole is built for x86_64 and arm64/,
      on("Linux", "riscv64"),
    );
    await place.assertRefused(
      /FreeBSD amd64: porthole is built for Linux, macOS/,
      on("FreeBSD", "amd64"),
    );
    await place.assertRefused(
      /hint: use install\.ps1/,
      on("MINGW64_NT-10.0", "x86_64"),
    );
    await place.assertRefused(/the system on it is a 32-bit one/, {
      standIns: { getconf: "echo 32" },
    });
    await place.assertRefused(/its C library is musl/, {
      standIns: {
        ldd: "echo 'musl libc (x86_64)\nVersion 1.2.4' >&2; exit 1",
      },
    });
  },
);

testInstall("refuses to go without verification", async (place) => {
  await place.assertRefused(/neither sha256sum nor shasum is in PATH$/m, {
    tools: [...basics, "curl"],
  });
  await place.assertRefused(/neither curl nor wget is in PATH$/m, {
    tools: [...basics, "sha256sum"],
  });
  await place.assertRefused(/this wget does not verify certificates/, {
    tools: [...basics, "sha256sum"],
    standIns: {
      wget: "echo 'BusyBox v1.36.1 multi-call binary' >&2",
    },
  });
});

testInstall(
  "refuses addresses that are neither https nor this machine's",
  async (place) => {
    for (
      const url of [
        "http://example.com",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
        "http://127.0.0.1:80@example.com/",
        "http://localhost:x@example.com:80/",
        "ftp://127.0.0.1/",
        "file:///etc",
        "https://",
        "-o",
      ]
    ) {
      await place.assertRefused(/neither https nor http on this machine$/m, {
        env: { PORTHOLE_RELEASES_URL: url },
      });
    }
  },
);

testInstall(
  "refuses a VERSION that is none, or that is not there",
  async (place) => {
    for (
      const version of [
        "latest",
        "1.2",
        "../../etc",
        "1.2.3/..",
        "1.2.3 4",
        "-1.2.3",
        "1..2.3",
      ]
    ) {
      await place.assertRefused(/it is not of the form 1\.2\.3$/m, {
        env: { VERSION: version },
      });
    }
    await place.assertRefused(/Cannot download http.*\/v9\.9\.9\//, {
      env: { VERSION: "9.9.9" },
    });
  },
);

testInstall("refuses folders that it cannot install to", async (place) => {
  const home = `${place.root}/home`;
  await Deno.writeTextFile(`${home}/file`, "");
  await Deno.symlink("nowhere", `${home}/dangling`);
  await Deno.mkdir(`${home}/full/porthole`, { recursive: true });
  for (
    const [folder, reason] of [
      ["file", /home\/file is not a folder$/m],
      ["file/bin", /home\/file is not a folder$/m],
      ["dangling/bin", /home\/dangling is not a folder$/m],
      ["full", /home\/full\/porthole is a folder$/m],
    ] as const
  ) {
    await place.assertRefused(reason, {
      env: { INSTALL_DIR: `${home}/${folder}` },
    });
  }
  await place.assertRefused(/the shell has left the ~ as it is$/m, {
    env: { INSTALL_DIR: "~/bin" },
  });
  await place.assertRefused(/HOME is not set$/m, {
    env: { INSTALL_DIR: undefined, HOME: undefined },
    standIns: { id: "echo 1000" },
  });
});

testInstall("refuses a folder of somebody else's", async (place) => {
  await Deno.chmod(place.root, 0o755);
  await Deno.chmod(`${place.root}/home`, 0o755);
  await Deno.chmod(`${place.root}/tmp`, 0o777);
  // Root may write anywhere.
  const nobody: readonly [string, ...string[]] = Deno.uid() === 0
    ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh"]
    : ["sh"];
  if (Deno.uid() !== 0) await Deno.chmod(`${place.root}/home`, 0o555);
  await place.assertRefused(/: it may not be written to$/m, {
    shell: nobody,
  });
  await Deno.chmod(`${place.root}/home`, 0o755);
});

testInstall(
  "tells that a copy from the source knows no releases",
  async (place) => {
    await Deno.copyFile(
      `${projectRoot}packaging/install.sh`,
      `${place.releaseFolder}install.sh`,
    );
    await place.assertRefused(
      /this copy of install\.sh is not from a release$/m,
      {
        env: { PORTHOLE_RELEASES_URL: undefined },
      },
    );
  },
);

testInstall("refuses arguments, which it has none of", async (place) => {
  await place.assertRefused(/--help: install\.sh takes no arguments$/m, {
    shell: ["sh", "-c", 'exec sh "$0" --help'],
  });
});

for (const shell of ["bash", "zsh"]) {
  if (!await isThere(shell)) continue;
  testInstall(`runs in ${shell} as in sh`, async (place) => {
    const { status, stderr } = await place.run({ shell: [shell] });
    assert.match(stderr, /^Installed porthole /m);
    assert.equal(status, 0);
    assert.deepEqual([...Deno.readDirSync(`${place.root}/tmp`)], []);
    await place.assertRefused(/Cannot download http.*\/v9\.9\.9\//, {
      shell: [shell],
      env: { VERSION: "9.9.9" },
    });
  });
}
