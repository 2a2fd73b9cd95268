import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { imageNames, isImageAvailable } from "./container_image.ts";
import { startSandbox } from "./start_sandbox.ts";
import { openChannel } from "./channel_client.ts";
import type { ImageName, ImageOption } from "./sandbox_options.ts";
import { withSession } from "./with_session.ts";

async function run(image: ImageOption, command: string): Promise<string> {
  let output = "";
  await withSession(command, async (client) => {
    const closed = await client.closed();
    output = client.output().toString() + closed;
  }, { image });
  return output.replaceAll("\r\n", "\n");
}

for (const image of imageNames) {
  Deno.test({
    name: `the image ${image} lists what its container really holds`,
    ignore: !isImageAvailable(image),
    fn: async () => {
      const listing = await run(image, "ls -a");
      for (
        const name of [
          ".bashrc",
          ".profile",
          ".bash_logout",
          "app",
          "etc",
          "var",
        ]
      ) {
        assert.match(
          listing,
          new RegExp(`(^|\\s)${name.replace(".", "\\.")}(\\s|$)`),
        );
      }
    },
  });
}

const shells: readonly (readonly [ImageName, RegExp])[] = [
  ["dash", /^no$/m],
  ["bash", /^\d+\.\d+/m],
  ["busybox", /^no$/m],
];
for (const [image, version] of shells) {
  Deno.test({
    name: `sh in the image ${image} is that shell`,
    ignore: !isImageAvailable(image),
    fn: async () => {
      const output = await run(
        image,
        `sh -c 'echo \${BASH_VERSION:-no}; echo "$HOME"; pwd; echo "$0"'`,
      );
      assert.match(output, version);
      const [, home, directory, name] = output.split("\n");
      assert.equal(home, directory);
      assert.equal(name, "sh");
      // /bin/sh is the image's own.
      assert.match(
        await run(image, `/bin/sh -c 'echo \${BASH_VERSION:-no}'`),
        version,
      );
    },
  });
}

Deno.test("no-sh: the agent names the missing sh, by either name; other tools are there", async () => {
  assert.match(
    await run("no-sh", "sh -c true"),
    /Failed to start pty: exec: "sh": executable file not found in \$PATH/,
  );
  assert.match(
    await run("no-sh", "/bin/sh -c true"),
    /fork\/exec \/bin\/sh: no such file or directory/,
  );
  assert.equal(await run("no-sh", "printf ok"), "ok");
});

Deno.test("tools can be taken away from any image", async () => {
  for (
    const [image, tool] of [
      ["no-stty", "stty"],
      ["no-base64", "base64"],
      [{ sh: "dash", without: ["stty", "base64"] }, "base64"],
    ] as const
  ) {
    assert.match(
      await run(image, `sh -c 'command -v ${tool} || echo none'`),
      /^none$/m,
    );
  }
});

Deno.test("each container has a directory of its own, kept from session to session", async () => {
  const sandbox = await startSandbox({ images: { sidecar: "no-sh" } });
  const send = async (command: string, container: string) => {
    const client = await openChannel(sandbox, command, {
      service: "web",
      container,
    });
    const closed = await client.closed();
    const output = Buffer.concat([client.output(), Buffer.from(closed)]);
    client.end();
    await client.gone;
    return output.toString();
  };
  await send("touch here", "web");
  assert.match(await send("ls", "web"), /here/);
  assert.doesNotMatch(await send("ls", "sidecar"), /here/);
  assert.match(await send("sh", "sidecar"), /not found in \$PATH/);
  await sandbox.close();
});
