import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { startProgram, testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;
const random = new Uint8Array(randomBytes(3 * 1024 * 1024));

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

testPorthole("a pipe goes in whole, with its end", async (porthole) => {
  const result = await porthole.run(["exec", "worker", "--", "sha256sum"], {
    env,
    stdin: random,
  });
  assert.equal(result.text, `${sha256(random)}  -\n`);
  assert.equal(result.status, 0);
});

testPorthole("a pipe goes in and comes out whole", async (porthole) => {
  const result = await porthole.run(["exec", "-i", "worker", "--", "cat"], {
    env,
    stdin: random,
  });
  assert.equal(sha256(result.stdout), sha256(random));
  assert.equal(result.status, 0);
});

testPorthole("a file goes in", async (porthole) => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeFile(file, random.subarray(0, 100_000));
    const result = await porthole.run(["exec", "worker", "--", "wc", "-c"], {
      env,
      stdin: { file },
    });
    assert.equal(result.text, "100000\n");
  } finally {
    await Deno.remove(file);
  }
});

testPorthole("lines go in as they are typed", async (porthole) => {
  const running = porthole.start(["exec", "worker", "--", "cat"], {
    env,
    stdin: "silent",
  });
  await running.write("one\n");
  await running.waitFor("one\n");
  await running.write("two\n");
  await running.waitFor("two\n");
  await running.closeStdin();
  assert.equal((await running.result).status, 0);
});

for (const stdin of ["null", "closed", new Uint8Array()] as const) {
  const name = typeof stdin === "string" ? stdin : "empty";
  testPorthole(
    `stdin ${name}: the command's input is at its end`,
    async (porthole) => {
      const result = await porthole.run(["exec", "worker", "--", "wc", "-c"], {
        env,
        stdin,
      });
      assert.equal(result.text, "0\n");
      assert.equal(result.status, 0);
    },
  );
}

testPorthole(
  "-n leaves the rest of a while loop's input to the loop",
  async (porthole) => {
    const loop = 'while read -r line; do "$@" "$line"; done';
    const result = await startProgram([
      "sh",
      "-c",
      loop,
      "sh",
      ...porthole.command(["exec", "-q", "-n", "worker", "--", "echo"]),
    ], { env, stdin: new TextEncoder().encode("a\nb\n") }).result;
    assert.equal(result.text, "a\nb\n");
    assert.equal(result.status, 0);
  },
);

testPorthole(
  "a pipe that never ends does not hold a command that has ended",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "worker", "--", "echo", "done"],
      {
        env,
        stdin: "silent",
      },
    );
    assert.equal(result.text, "done\n");
    assert.equal(result.status, 0);
  },
);

testPorthole(
  "a command that ends early does not mind the rest",
  async (porthole) => {
    const result = await porthole.run([
      "exec",
      "worker",
      "--",
      "head",
      "-c",
      "5",
    ], {
      env,
      stdin: new TextEncoder().encode("12345".repeat(100_000)),
    });
    assert.equal(result.text, "12345");
    assert.equal(result.status, 0);
  },
);
