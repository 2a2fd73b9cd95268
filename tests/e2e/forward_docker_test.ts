import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import type { Porthole } from "./run_porthole.ts";
import { startTcpServer } from "./start_tcp_server.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());

/** What the daemon says of the network of every container. */
let mode = "host";
const answer = (request: Request): Response => {
  const headers = { "Api-Version": "1.44" };
  const { pathname } = new URL(request.url);
  if (pathname.endsWith("/_ping")) return new Response("OK", { headers });
  const id = /\/containers\/([^/]+)\/json$/.exec(pathname)?.[1];
  return Response.json({
    Id: id,
    State: { Running: true, Status: "running" },
    HostConfig: { NetworkMode: mode },
    NetworkSettings: { IPAddress: mode === "bridge" ? "127.0.0.1" : "" },
  }, { headers });
};
const socket = `${sandbox.directory}/docker.sock`;
const silent = { onListen: () => {} };
const onSocket = Deno.serve({ path: socket, ...silent }, answer);
const onPort = Deno.serve(
  { hostname: "127.0.0.1", port: 0, ...silent },
  answer,
);
Deno.test.afterAll(async () => {
  await onSocket.shutdown();
  await onPort.shutdown();
});

/** An ssh that leads to this machine: to the daemon, or with -W to a port. */
const bin = `${sandbox.directory}/bin`;
Deno.mkdirSync(bin);
Deno.writeTextFileSync(
  `${bin}/ssh`,
  `#!/usr/bin/env bash
target=127.0.0.1:${onPort.addr.port}
while [ $# -gt 0 ]; do [ "$1" = -W ] && target=$2; shift; done
exec 3<>"/dev/tcp/\${target%:*}/\${target##*:}" || {
  echo "channel 0: open failed: connect failed: Connection refused" >&2
  exit 255
}
cat <&3 & reader=$!
cat <&0 >&3 & writer=$!
wait $reader
kill $writer
`,
  { mode: 0o755 },
);

function run(
  porthole: Porthole,
  host: string,
  args: readonly string[],
) {
  const config = `${sandbox.directory}/${crypto.randomUUID()}.yml`;
  Deno.writeTextFileSync(
    config,
    `region: us-east-1\nexec:\n  docker: {host: "${host}"}\n`,
  );
  return porthole.run(["forward", ...args], {
    env: {
      ...sandbox.env,
      PORTHOLE_CONFIG: config,
      PATH: `${bin}:${Deno.env.get("PATH")}`,
    },
  });
}

const READ = ["--", "bash", "-c", 'cat <"/dev/tcp/127.0.0.1/$PORTHOLE_PORT"'];
const SAY = [
  "--",
  "bash",
  "-c",
  'exec 3<>"/dev/tcp/127.0.0.1/$PORTHOLE_PORT_2"; echo hello >&3; cat <&3',
];

testOnce(
  "through Docker: on this machine, and behind ssh; several ports of one container",
  async (porthole) => {
    using server = startTcpServer(async (connection) =>
      await connection.write(`said ${await connection.readUntil("\n")}`)
    );
    using greeter = startTcpServer((connection) => connection.write("welcome"));
    for (const host of [`unix://${socket}`, "ssh://host.example"]) {
      for (mode of ["host", "bridge"]) {
        const ports = [`0:${greeter.port}`, `0:${server.port}`];
        const said = await run(porthole, host, ["legacy", ...ports, ...SAY]);
        assert.deepEqual(
          [said.text, said.status],
          ["said hello\n", 0],
          said.stderr,
        );
        assert.match(said.stderr, /\[warn\].*(Docker|started without)/);
      }
      const read = await run(porthole, host, [
        "legacy",
        `0:${greeter.port}`,
        ...READ,
      ]);
      assert.deepEqual([read.text, read.status], ["welcome", 0], read.stderr);
      const refused = await run(porthole, host, ["legacy", "0:1", ...READ]);
      assert.match(
        refused.stderr,
        /Cannot (connect to|continue a connection to) 127\.0\.0\.1:1: /,
      );
    }
  },
);

testOnce(
  "what cannot go through Docker is refused with the reason",
  async (porthole) => {
    mode = "none";
    for (
      const [host, args, message] of [
        [
          `unix://${socket}`,
          ["legacy", "0:80"],
          /it has no network \(network mode none\)/,
        ],
        [
          `unix://${socket}`,
          ["legacy", "0:db:80"],
          /Cannot forward to host "db" through Docker: the connection would not go through the task/,
        ],
        [
          `tcp://127.0.0.1:${onPort.addr.port}`,
          ["legacy", "0:80"],
          /Cannot forward a port through the Docker daemon at "tcp:/,
        ],
        [
          "ssm",
          ["legacy", "0:80"],
          /Cannot forward a port through a shell of the instance/,
        ],
        [`unix://${socket}.no`, ["legacy", "0:80"], /there is no such socket/],
      ] as const
    ) {
      const { status, stderr } = await run(porthole, host, args);
      assert.equal(status, 125, stderr);
      assert.match(stderr, message);
    }
  },
);
