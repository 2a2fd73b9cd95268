import assert from "node:assert/strict";
import fc from "fast-check";
import {
  dockerExecWords,
  hostCommand,
} from "../../../src/session/docker/docker_exec_words.ts";
import { describeVariables } from "../../../src/session/variables.ts";

const id = "f".repeat(64);

/** Runs a command as the agent on a container instance does. */
async function runOnHost(
  line: string,
  path: string,
): Promise<{ readonly status: number; readonly output: string }> {
  const { code, stdout } = await new Deno.Command("sh", {
    args: ["-c", line],
    env: { PATH: path },
    stdin: "null",
  }).output();
  return { status: code, output: new TextDecoder().decode(stdout) };
}

/** A `sudo` that shows its words, each ended by a NUL. */
async function withSudo(
  body: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/sudo`,
    '#!/bin/sh\nprintf "%s\\0" "$@"\nexit 7\n',
    { mode: 0o755 },
  );
  await body(`${folder}:${Deno.env.get("PATH")}`);
  await Deno.remove(folder, { recursive: true });
}

Deno.test("the words are docker's own, and the command's come last", () => {
  const words = dockerExecWords({
    containerId: id,
    words: ["ls", "-l"],
    tty: true,
    stdin: true,
    user: "app:app",
    workdir: "/srv",
    privileged: true,
  });
  assert.equal(
    words.join(" "),
    `sudo -n docker exec --interactive --tty --user app:app --workdir /srv --privileged ${id} ls -l`,
  );
  const plain = dockerExecWords({
    containerId: id,
    words: ["ls"],
    tty: false,
    stdin: false,
  });
  assert.equal(plain.join(" "), `sudo -n docker exec ${id} ls`);
});

Deno.test({
  name:
    "docker gets variables from its environment, and no value is in the words",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    // What sudo runs has another PATH, and of the caller's variables those that it was told to keep.
    await Deno.writeTextFile(
      `${folder}/sudo`,
      `#!/bin/sh\nshift 2; exec env -i PATH=${folder}:/usr/bin:/bin PORTHOLE_ENV="$PORTHOLE_ENV" "$@"\n`,
      { mode: 0o755 },
    );
    await Deno.writeTextFile(
      `${folder}/docker`,
      '#!/bin/sh\necho "$@"; /usr/bin/printf "%s\\0" "$A" "$PATH" "$p" "${PORTHOLE_ENV-unset}"\n',
      { mode: 0o755 },
    );
    const env = [
      { name: "A", value: "it's\n$(id) `id`\n" },
      { name: "PATH", value: "/nowhere" },
      { name: "p", value: "x" },
    ];
    const words = dockerExecWords({
      containerId: id,
      words: ["env"],
      tty: false,
      stdin: false,
      env,
    });
    assert(!words.join(" ").includes("nowhere"));
    // Nothing else of the caller's goes to root.
    assert.equal(words[2], "--preserve-env=PORTHOLE_ENV");
    const { stdout } = await new Deno.Command("sh", {
      args: [
        "-c",
        `export PORTHOLE_ENV="$1"; exec ${hostCommand(words)}`,
        "sh",
        describeVariables(env),
      ],
      env: { PATH: `${folder}:${Deno.env.get("PATH")}` },
      stdin: "null",
    }).output();
    await Deno.remove(folder, { recursive: true });
    assert.equal(
      new TextDecoder().decode(stdout),
      `exec --env A --env PATH --env p ${id} env\n` +
        "it's\n$(id) `id`\n\0/nowhere\0x\0unset\0",
    );
  },
});

Deno.test({
  name: "a shell on the host gives docker the words as they are",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withSudo(async (path) => {
      const words = [
        "a b",
        "",
        "-n",
        "--",
        "'",
        `'"'"'`,
        '"',
        "$HOME ${HOME} $(id) `id`",
        "\\",
        "\\n",
        "line\nend\n",
        "\ttab",
        "*?[a]~!#&|;<>(){}",
        "{{ssm:secret}}{{{{",
        "é😀\u{202e}",
        "a=b",
        "%s%%",
      ];
      const request = { containerId: id, words, tty: false, stdin: true };
      const line = hostCommand(dockerExecWords(request));
      const { status, output } = await runOnHost(line, path);
      assert.equal(status, 7);
      assert.deepEqual(output.split("\0").slice(0, -1), [
        "-n",
        "docker",
        "exec",
        "--interactive",
        id,
        ...words,
      ]);
      assert(!line.includes("{{"));
    }),
});

Deno.test({
  name: "so it does with any words",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withSudo(async (path) => {
      const word = fc.string({ unit: "binary", maxLength: 20 }).filter((text) =>
        !text.includes("\0")
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(word, { minLength: 1, maxLength: 8 }),
          async (words) => {
            const request = {
              containerId: id,
              words,
              tty: false,
              stdin: false,
            };
            const line = hostCommand(dockerExecWords(request));
            const { output } = await runOnHost(line, path);
            assert.deepEqual(output.split("\0").slice(4, -1), words);
          },
        ),
        { numRuns: 40 },
      );
    }),
});
