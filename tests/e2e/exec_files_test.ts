import assert from "node:assert/strict";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { type Porthole, testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox({ tasks: { web: 1 } });

const ROLE = { AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/r" };
const NO_KEYS = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };

/** Each file that a user can name and the program reads before it has asked AWS for a session. */
const files: readonly {
  readonly name: string;
  readonly args?: (file: string) => readonly string[];
  readonly env?: (file: string) => Readonly<Record<string, string>>;
}[] = [
  {
    name: "--config",
    args: (file) => ["exec", "--config", file, "worker", "--", "true"],
  },
  { name: "PORTHOLE_CONFIG", env: (file) => ({ PORTHOLE_CONFIG: file }) },
  {
    name: "--overrides-file",
    args: (file) => ["run", "--overrides-file", file, "web", "--", "true"],
  },
  { name: "AWS_CONFIG_FILE", env: (file) => ({ AWS_CONFIG_FILE: file }) },
  {
    name: "AWS_SHARED_CREDENTIALS_FILE",
    env: (file) => ({ AWS_SHARED_CREDENTIALS_FILE: file }),
  },
  { name: "AWS_CA_BUNDLE", env: (file) => ({ AWS_CA_BUNDLE: file }) },
  {
    name: "AWS_WEB_IDENTITY_TOKEN_FILE",
    env: (file) => ({
      ...NO_KEYS,
      ...ROLE,
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
    }),
  },
];

/** Runs porthole with a FIFO that nobody writes; ends it with `signal` once it reads. */
async function interrupt(
  porthole: Porthole,
  { args, env }: (typeof files)[number],
  signal: Deno.Signal,
) {
  const folder = await Deno.makeTempDir();
  const fifo = `${folder}/fifo`;
  await new Deno.Command("mkfifo", { args: [fifo] }).output();
  try {
    const running = porthole.start(
      args?.(fifo) ?? ["exec", "worker", "--", "true"],
      { env: { ...sandbox.env, ...env?.(fifo) } },
    );
    const writer = await openWriter(fifo);
    running.kill(signal);
    const result = await running.result;
    await writer.close();
    return result;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Resolves once somebody reads the FIFO: until then it does not open for writing. */
async function openWriter(fifo: string) {
  for (;;) {
    try {
      return await open(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as { code?: string }).code !== "ENXIO") throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

for (const file of files) {
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    testPorthole(
      `${file.name} that brings nothing: ${signal} ends it`,
      async (porthole) => {
        const started = sandbox.requests().length;
        const result = await interrupt(porthole, file, signal);
        assert.equal(result.status, status, result.stderr);
        assert.match(result.stderr, /^error: Cancelled$/m);
        const changes = sandbox.requests().slice(started)
          .filter(({ operation }) =>
            ["RunTask", "ExecuteCommand"].includes(operation)
          );
        assert.deepEqual(changes, []);
      },
    );
  }
}

testPorthole("--config reads what a shell's <(…) gives", async (porthole) => {
  const [program, ...args] = porthole.command(["config", "show"]);
  const { stdout } = await new Deno.Command("bash", {
    args: [
      "-c",
      '"$0" "$@" --config <(printf "cluster: "; sleep 0.1; echo piped)',
      program,
      ...args,
    ],
    env: { ...sandbox.env },
    stderr: "null",
  }).output();
  assert.match(new TextDecoder().decode(stdout), /piped/);
});

testOnce(
  "a file without an end is refused before anything is asked",
  async (porthole) => {
    const before = sandbox.requests().length;
    for (
      const [name, env] of [
        ["AWS_CONFIG_FILE", { AWS_CONFIG_FILE: "/dev/zero" }],
        ["credentials", { AWS_SHARED_CREDENTIALS_FILE: "/dev/zero" }],
        ["AWS_CA_BUNDLE", { AWS_CA_BUNDLE: "/dev/zero" }],
      ] as const
    ) {
      const { status, stderr } = await porthole.run(
        ["exec", "worker", "--", "true"],
        { env: { ...sandbox.env, ...env } },
      );
      assert.equal(status, 125, name);
      assert.match(stderr, /"\/dev\/zero": it is a device, not a file/, name);
    }
    assert.equal(sandbox.requests().length, before);
  },
);
