import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { type Porthole, type Running, testPorthole } from "./run_porthole.ts";
import { startTcpServer } from "./start_tcp_server.ts";

const sandbox = await startSandbox({ hosts: { "db.internal": "127.0.0.1" } });
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;

interface Forwarding extends Running {
  /** The local ports, in order. */
  readonly ports: readonly number[];
  readonly described: {
    readonly task: string;
    readonly ports: readonly {
      readonly address: string;
      readonly container: string;
      readonly host: string | null;
      readonly port: number;
    }[];
  };
}

/** Starts `forward`, and resolves once the ports are open. */
async function startForward(
  porthole: Porthole,
  args: readonly string[],
): Promise<Forwarding> {
  const running = porthole.start(["forward", "-o", "json", ...args], { env });
  const line = await running.waitForLine();
  const described = JSON.parse(line);
  return {
    ...running,
    described,
    ports: described.ports.map(({ local }: { local: number }) => local),
  };
}

testPorthole(
  "one port: curl gets 84 bytes, and Ctrl-C ends it",
  async (porthole) => {
    using server = startTcpServer(async (connection) => {
      await connection.readUntil("\r\n\r\n");
      await connection.write(
        `HTTP/1.1 200 OK\r\nContent-Length: 84\r\nConnection: close\r\n\r\n${
          "x".repeat(84)
        }`,
      );
    });
    const forward = await startForward(porthole, [
      "worker",
      `0:${server.port}`,
    ]);
    const curl = await new Deno.Command("curl", {
      args: ["-sS", `http://127.0.0.1:${forward.ports[0]}/`],
    }).output();
    assert.equal(new TextDecoder().decode(curl.stdout), "x".repeat(84));
    forward.kill("SIGINT");
    const { status, stderr } = await forward.result;
    assert.equal(status, 130, stderr);
    assert.match(
      stderr,
      /Forwarding 127\.0\.0\.1:\d+ to port \d+ of container "worker"\n$/,
    );
  },
);
