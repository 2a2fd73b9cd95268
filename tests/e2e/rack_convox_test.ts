import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import {
  type ConvoxExec,
  openConvoxClient,
} from "../rack/open_convox_client.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { type Porthole, testPorthole } from "./run_porthole.ts";
import { addUser, startServedRack } from "./start_served_rack.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());

const isLong = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
const digest = (bytes: Uint8Array) =>
  createHash("sha256").update(bytes).digest("hex");

/** A rack with one user, who may exec. */
async function serve(porthole: Porthole, ...flags: readonly string[]) {
  const users = `file:${await Deno.makeTempDir()}/users.json`;
  const token = await addUser(porthole, users, "ann", ["exec:default/*"]);
  const rack = await startServedRack(porthole, sandbox, {
    token,
    users,
    flags: ["--max-lookups", "1000", ...flags],
  });
  const pid = sandbox.tasks("worker")[0]!.taskId.slice(-12);
  const open = (command: string, more: Partial<ConvoxExec> = {}) =>
    openConvoxClient({
      port: rack.port,
      token,
      app: "default",
      pid,
      command,
      ...more,
    });
  return { rack, open };
}

for (const tty of [true, false]) {
  testPorthole(
    `Convox's client${
      tty ? "" : " without a terminal"
    }: what is typed before and after the first output arrives, each time`,
    async (porthole) => {
      const { rack, open } = await serve(porthole);
      const type = async (waitMs: number | undefined) => {
        const client = await open(
          'read a; echo "1=$a"; read b; echo "2=$b"; read c; echo "3=$c"; exit 7',
          { tty },
        );
        const seen = (text: string) =>
          client.waitFor((printed) => printed.includes(text));
        if (waitMs !== undefined) {
          await new Promise((go) => setTimeout(go, waitMs));
        }
        await client.type(Buffer.from("early\n"));
        await seen("1=early");
        await client.type(Buffer.from("la"));
        await client.type(Buffer.from("ter\n"));
        await seen("2=later");
        await client.type(Buffer.from("last\n"));
        await seen("3=last");
        const { how, status, markersAlone } = await client.end;
        assert.deepEqual([how, status, markersAlone], ["empty binary", 7, 1]);
      };
      for (let rounds = isLong ? 10 : 1; rounds > 0; rounds--) {
        await Promise.all(
          [undefined, undefined, 0, 10, 100, 400, 900, 1500].map(type),
        );
      }
      await rack.stop();
    },
  );
}

// The whole size is for those that have the time.
for (const long of [false, true]) {
  const [count, size] = long ? [3, 20_000_000] : [1, 1_000_000];

  testPorthole(
    `Convox's client: ${count} times ${size} bytes out and in, exact, and the marker a message of its own, read slowly or not`,
    async (porthole) => {
      const { rack, open } = await serve(porthole);
      const file = await Deno.makeTempFile();
      const bytes = randomBytes(size);
      await Deno.writeFile(file, bytes);
      for (let left = count; left > 0; left--) {
        let reads = 0;
        const out = await open(`cat ${file}; exit 9`, {
          tty: false,
          // One that now and then takes its time.
          beforeRead: async () => {
            if (++reads % 100 === 0) {
              await new Promise((go) => setTimeout(go, 20));
            }
          },
        });
        const { output, status, how, markersAlone } = await out.end;
        assert.equal(output.length, size);
        assert.equal(digest(output), digest(bytes));
        assert.deepEqual([how, status, markersAlone], ["empty binary", 9, 1]);
      }
      const part = bytes.subarray(0, size / 4);
      const into = await open("sha256sum; exit 3", { tty: false });
      await into.type(part);
      await into.endInput();
      const end = await into.end;
      assert.equal(end.output.toString(), `${digest(part)}  -\n`);
      assert.deepEqual([end.status, end.markersAlone], [3, 1]);
      await Deno.remove(file);
      await rack.stop();
    },
    { long },
  );
}

testPorthole(
  "Convox's client: every refusal gives it a status that is not 0",
  async (porthole) => {
    const { rack, open } = await serve(
      porthole,
      "--max-sessions-per-user",
      "1",
    );
    const holding = await open("echo here; read a");
    await holding.waitFor((printed) => printed.includes("here"));
    const refused = await Promise.all([
      open("true", { pid: "000000000000" }),
      open("true", { app: "nosuch" }),
      open("true", { pid: sandbox.tasks("fargate-old")[0]!.taskId.slice(-12) }),
      open("true"),
    ].map(async (opening) => await (await opening).end));
    for (const { output, status, how, markersAlone } of refused) {
      assert.match(output.toString(), /^ERROR: /);
      assert.deepEqual([how, status, markersAlone], ["empty binary", 125, 1]);
    }
    holding.close();
    await rack.stop();
  },
);
