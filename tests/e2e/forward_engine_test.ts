/** Ports of containers of a Docker Engine, in every network mode, from its machine and over ssh. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { findFreePort } from "../docker/engine/run_program.ts";
import { useEngine } from "../docker/engine/use_engine.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import type { DockerTaskOption } from "../sandbox/sandbox_options.ts";
import type { Result } from "./run_porthole.ts";
import { chooseOne } from "./test_once.ts";

const porthole = chooseOne();
const use = useEngine();
const long = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
const size = (long ? 64 : 1) * 1024 * 1024;
const LENT = "porthole-test-lender";
const NETWORK = "porthole-test";
/** Of a block that is for documentation alone (RFC 5737). */
const SUBNET = "198.51.100.0/28";
const ADDRESS = "198.51.100.3";

/** A page of so many bytes, and the same again and again: `yes` is the source. */
const pageHash = createHash("sha256")
  .update("porthole\n".repeat(Math.ceil(size / 9)).slice(0, size)).digest(
    "hex",
  );
const serve = (port: number) =>
  `mkdir -p /www; yes porthole | head -c ${size} >/www/page; httpd -f -p ${port} -h /www`;
/** Fetches the page through the port, and prints its hash. */
const READ = [
  "--",
  "sh",
  "-c",
  "busybox wget -qO- http://127.0.0.1:$PORTHOLE_PORT/page | sha256sum",
];

/** Starts a container whose web server has the page, once it answers, and removes it after the body. */
async function withContainer(
  options: readonly string[],
  port: number,
  body: (id: string) => Promise<void>,
): Promise<void> {
  const { docker } = use.engine();
  const id = await docker(
    ...["run", "--detach", ...options, "full:latest", "sh", "-c", serve(port)],
  );
  const answers = `wget -qO- http://127.0.0.1:${port}/page | wc -c`;
  try {
    while (
      await docker("exec", id, "sh", "-c", answers).catch(() => "") !==
        `${size}`
    ) await new Promise((resolve) => setTimeout(resolve, 20));
    await body(id);
  } finally {
    await docker("rm", "-f", id);
  }
}

async function forward(
  task: Pick<DockerTaskOption, "privateIp"> & { readonly id: string },
  host: string,
  args: readonly string[],
): Promise<Result> {
  const { id, ...rest } = task;
  const sandbox = await startSandbox({
    docker: { legacy: { containers: { web: id }, ...rest } },
  });
  try {
    const config = `${sandbox.directory}/docker.json`;
    await Deno.writeTextFile(
      config,
      JSON.stringify({ region: "us-east-1", exec: { docker: { host } } }),
    );
    const ssh = use.hasSshd() ? `${use.sshd().sharingBinFolder}:` : "";
    return await porthole.run(["forward", "legacy", ...args], {
      env: {
        ...sandbox.env,
        PATH: `${ssh}${Deno.env.get("PATH")}`,
        PORTHOLE_CONFIG: config,
      },
    });
  } finally {
    await sandbox.close();
  }
}

/** The daemon's addresses: its socket, and the socket behind ssh where there is one. */
function hosts(): readonly string[] {
  return [
    `unix://${use.engine().socket}`,
    ...(use.hasSshd() ? [`ssh://root@127.0.0.1:${use.sshd().port}`] : []),
  ];
}

function assertPage({ status, text, stderr }: Result): void {
  assert.deepEqual([status, text.slice(0, 64)], [0, pageHash], stderr);
}

use.test("a port in network mode host, and none in network mode none", async () => {
  const port = findFreePort();
  await withContainer(["--network=host"], port, async (id) => {
    const pages = hosts().slice(0, long ? undefined : 1).map((host) =>
      forward({ id }, host, [`0:${port}`, ...READ])
    );
    (await Promise.all(pages)).forEach(assertPage);
  });
  const { full } = use.engine();
  const { status, stderr } = await forward(full, hosts()[0]!, ["0:80"]);
  assert.equal(status, 125);
  assert.match(stderr, /it has no network \(network mode none\)/);
});

use.test("a port on a bridge, in a network that another container lends, and at a task's own address", async () => {
  const { docker } = use.engine();
  try {
    await docker(
      ...[
        "network",
        "create",
        "--driver=bridge",
        `--subnet=${SUBNET}`,
        NETWORK,
      ],
    );
  } catch (error) {
    if (Deno.env.get("CI") === "true") throw error;
    console.log(`Docker makes no bridge here: ${error}`);
    return;
  }
  try {
    const placed = [
      `--network=${NETWORK}`,
      `--ip=${ADDRESS}`,
      `--name=${LENT}`,
    ];
    await withContainer(placed, 80, async (lender) => {
      const [local, ...others] = hosts();
      const { full } = use.engine();
      // In awsvpc mode ECS names the address, and the container itself has no network.
      const own = { id: full.id, privateIp: ADDRESS };
      const [refused, ...pages] = await Promise.all([
        forward({ id: lender }, local!, ["0:81", ...READ]),
        forward({ id: lender }, local!, ["0:80", ...READ]),
        forward(own, local!, ["0:80", ...READ]),
        ...others.map((host) => forward(own, host, ["0:80", ...READ])),
      ]);
      pages.forEach(assertPage);
      assert.match(
        refused.stderr,
        /Cannot connect to 198\.51\.100\.3:81: nothing accepts connections there/,
      );
      // As with Service Connect.
      const joined = [`--network=container:${LENT}`];
      await withContainer(joined, 82, async (id) => {
        assertPage(await forward({ id }, local!, ["0:82", ...READ]));
      });
    });
  } finally {
    await docker("network", "rm", NETWORK);
  }
});
