import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import {
  type CertificateName,
  SERVER_NAME,
} from "../docker/engine/make_certificates.ts";
import {
  type CarrierName,
  tlsSettings,
} from "../docker/engine/open_engine_session.ts";
import { startNewerFront } from "../docker/engine/start_newer_front.ts";
import { useEngine } from "../docker/engine/use_engine.ts";
import { recordServer } from "../docker/record_server.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { shortenArn } from "../sandbox/fleet.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { type Result, startProgram, type Stdin } from "./run_porthole.ts";
import { chooseOne } from "./test_once.ts";

const porthole = chooseOne();
const use = useEngine();
const long = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
const size = (long ? 64 : 4) * 1024 * 1024;

let fleet: Sandbox;

/** The service `legacy` runs on the engine; its first container has a shell, the other one has none. */
function engineFleet(): Partial<SandboxOptions> {
  const { full, bare, socket } = use.engine();
  return {
    instance: { privateIp: "127.0.0.1", dockerHost: `unix://${socket}` },
    docker: {
      legacy: {
        taskId: shortenArn(full.taskArn),
        containers: { full: full.id, bare: bare.id },
      },
    },
  };
}

/** A test with the sandbox; whatever it leaves is closed. */
function test(
  name: string,
  body: () => Promise<void>,
  carrier?: CarrierName,
): void {
  use.test(`${porthole.variant}: ${name}`, async () => {
    fleet = await startSandbox(engineFleet());
    try {
      await body();
    } finally {
      await fleet.close();
    }
  }, carrier);
}

/** The keys of `exec.docker.tls`. */
function certificates(
  ca?: CertificateName,
  client: CertificateName | "none" = "client",
  serverName = true,
): Readonly<Record<string, string | undefined>> {
  const { folder } = use.engine();
  const { serverName: name, ...paths } = tlsSettings(folder, ca);
  return {
    ca: paths.ca,
    ...(client === "none" ? {} : {
      cert: `${folder}/${client}.pem`,
      key: `${folder}/${client}.key`,
    }),
    ...(serverName ? { server_name: name } : {}),
  };
}

/** What `exec.docker` says of a way to the engine. */
function dockerKeys(carrier: CarrierName): object {
  const { socket, port } = use.engine();
  switch (carrier) {
    case "unix":
      return { host: `unix://${socket}` };
    case "mtls":
      return { host: `tcp://127.0.0.1:${port}`, tls: certificates() };
    case "ssh":
      return { host: `ssh://root@127.0.0.1:${use.sshd().port}` };
  }
}

/** The environment of a porthole that is told so about Docker, with an ssh that knows its key. */
function around(docker: object, { directory, env } = fleet, name = "docker") {
  const path = `${directory}/${name}.json`;
  Deno.writeTextFileSync(
    path,
    JSON.stringify({ region: "us-east-1", exec: { docker } }),
  );
  const ssh = use.hasSshd() ? `${use.sshd().sharingBinFolder}:` : "";
  return {
    ...env,
    PATH: `${ssh}${Deno.env.get("PATH")}`,
    PORTHOLE_CONFIG: path,
  };
}

async function run(
  docker: object,
  args: readonly string[],
  stdin: Stdin = "null",
): Promise<Result> {
  return await porthole.run(["exec", "legacy", ...args], {
    env: around(docker),
    stdin,
  });
}

for (const carrier of ["unix", "mtls", "ssh"] as const) {
  test(`${carrier}: the status is the command's own`, async () => {
    const all = [
      [0, "ls", "/"],
      [7, "sh", "-c", "exit 7"],
      [126, "/etc/passwd"],
      [127, "no-such-program"],
      [137, "sh", "-c", "kill -KILL $$"],
    ] as const;
    // Each takes three handshakes over ssh, and sessions are tested with all of them.
    const commands = carrier === "ssh" && !long ? all.slice(0, 2) : all;
    const results = await Promise.all(
      commands.map(([, ...words]) =>
        run(dockerKeys(carrier), ["--", ...words])
      ),
    );
    assert.deepEqual(
      results.map(({ status }) => status),
      commands.map(([status]) => status),
      results.map(({ stderr }) => stderr).join("\n"),
    );
    assert.equal(results[0]?.text, "bin\ndev\netc\nproc\nroot\nsys\ntmp\n");
  }, carrier);

  test(`${carrier}: ${size >> 20} MiB come back as they went`, async () => {
    const bytes = randomBytes(size);
    const { status, stdout, stderr } = await run(dockerKeys(carrier), [
      "--",
      "cat",
    ], bytes);
    assert.equal(status, 0, stderr);
    assert.equal(stdout.length, size);
    assert.ok(bytes.equals(stdout));
  }, carrier);

  test(`${carrier}: stdout and stderr apart, stdin with its end`, async () => {
    const { status, text, stderr } = await run(
      dockerKeys(carrier),
      ["-q", "--", "sh", "-c", "wc -c; echo two >&2; echo three; exit 3"],
      Buffer.alloc(100_000, "x"),
    );
    assert.equal(status, 3, stderr);
    assert.equal(text, "100000\nthree\n");
    assert.match(stderr, /^two$/m);
  }, carrier);

  test(`${carrier}: a terminal, its size, and its status`, async () => {
    const pty = porthole.openPty(["exec", "legacy"], {
      env: around(dockerKeys(carrier)),
      columns: 90,
      rows: 20,
    });
    try {
      await pty.waitFor(/[#$] /);
      // Docker sets the first size a moment after the start, as it does a later one.
      pty.write("until stty size | grep '20 9[0]'; do sleep 0.1; done\n");
      await pty.waitFor("20 90");
      pty.resize(101, 31);
      pty.write("until stty size | grep '31 10[1]'; do sleep 0.1; done\n");
      await pty.waitFor("31 101");
      pty.write("exit 9\n");
      const { code, sttyBefore, sttyAfter } = await pty.exit;
      assert.equal(code, 9);
      assert.equal(sttyAfter, sttyBefore);
    } finally {
      pty.close();
    }
  }, carrier);
}

test("cp: a directory and a file go in, and come out as they went", async () => {
  const here = await Deno.makeTempDir();
  const copy = (args: readonly string[], stdin: Stdin = "null") =>
    porthole.run(["cp", "-q", ...args], {
      env: around(dockerKeys("unix")),
      cwd: here,
      stdin,
    });
  try {
    const bytes = randomBytes(1024 * 1024);
    await Deno.mkdir(`${here}/tree/sub`, { recursive: true });
    await Deno.writeFile(`${here}/tree/sub/random`, bytes);
    await Deno.writeTextFile(`${here}/tree/line\nbreak`, "strange");
    const steps = [
      await copy(["tree", "legacy:/tmp/new"]),
      await copy(["legacy:/tmp/new", "back"]),
      await copy(["-", "legacy:/tmp/new/file"], bytes),
    ];
    for (const { status, stderr } of steps) {
      assert.equal(status, 0, stderr);
      // The route is told; nothing else has to be.
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    }
    const out = await copy(["legacy:/tmp/new/file", "-"]);
    assert.ok(bytes.equals(out.stdout), out.stderr);
    assert.ok(bytes.equals(await Deno.readFile(`${here}/back/sub/random`)));
    assert.equal(
      await Deno.readTextFile(`${here}/back/line\nbreak`),
      "strange",
    );
    const missing = await copy(["legacy:/nothing", "."]);
    assert.equal(missing.status, 1, missing.stderr);
    assert.match(missing.stderr, /No such file/);
  } finally {
    await Deno.remove(here, { recursive: true });
  }
});

test("a shell goes on after --timeout", async () => {
  const pty = porthole.openPty(["exec", "--timeout", "6s", "legacy"], {
    env: around(dockerKeys("unix")),
  });
  try {
    await pty.waitFor(/[#$] /);
    // The limit is for its opening, and over by then.
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    pty.write("exit 9\n");
    assert.equal((await pty.exit).code, 9, pty.output);
  } finally {
    pty.close();
  }
});

test("kill -9 in a terminal leaves no process, over any carrier", async () => {
  const carriers: readonly CarrierName[] = use.hasSshd()
    ? ["unix", "mtls", "ssh"]
    : ["unix", "mtls"];
  const ptys = carriers.map((carrier) =>
    porthole.openPty(["exec", "legacy"], {
      env: around(dockerKeys(carrier), fleet, carrier),
    })
  );
  try {
    await Promise.all(ptys.map(async (pty, at) => {
      await pty.waitFor(/[#$] /);
      pty.write(`sleep 424${at}; echo over\n`);
      await use.waitForProcess(`sleep 424${at}`);
      await pty.kill("SIGKILL");
    }));
    await use.waitForNoProcess(10_000);
  } finally {
    for (const pty of ptys) pty.close();
  }
});

test("exec legacy -- ls /: the calls, the warning, the listing", async () => {
  const calls = recordCalls(fleet);
  for (const flags of [[], ["-q"]]) {
    const { status, text, stderr } = await run(dockerKeys("unix"), [
      ...flags,
      "--",
      "ls",
      "/",
    ]);
    assert.equal(status, 0, stderr);
    assert.match(text, /^bin\ndev\n/);
    const warnings = stderr.split("\n").filter((line) =>
      line.includes("CloudTrail")
    );
    assert.equal(warnings.length, 1, stderr);
  }
  // Two containers: the first one's name takes the task definition, with ECS Exec too.
  const once = ["ListTasks", "DescribeTasks", "DescribeTaskDefinition"];
  assert.deepEqual(calls.names(), [...once, ...once]);
});

test("-o json: route, reason, carrier and the rest", async () => {
  const { status, text, stderr } = await run(
    dockerKeys("unix"),
    ["-o", "json", "--", "sh", "-c", "cat; echo err >&2; exit 7"],
    Buffer.from("hello"),
  );
  assert.equal(status, 7, stderr);
  const { started_at, ended_at, route, ...rest } = JSON.parse(text);
  assert.ok(Date.parse(started_at) <= Date.parse(ended_at));
  assert.equal(route.kind, "docker");
  assert.match(route.because, /started without/);
  const { full } = use.engine();
  assert.equal(rest.carrier, "docker");
  assert.equal(rest.task, shortenArn(full.taskArn));
  assert.equal(rest.container, "full");
  assert.equal(rest.runtime_id, full.id);
  assert.equal(rest.output, "hello");
  assert.equal(rest.stderr, "err\n");
  assert.equal(rest.status, 7);
  assert.deepEqual(rest.bytes, { in: 5, out: 5 });
});

test("--dry-run starts nothing", async () => {
  const { status, text, stderr } = await run(dockerKeys("unix"), [
    "--dry-run",
    "--",
    "touch",
    "/tmp/dry",
  ]);
  assert.equal(status, 0, stderr);
  assert.match(text, /^Route: +docker \(/m);
  const { status: there } = await run(dockerKeys("unix"), [
    "--",
    "test",
    "-e",
    "/tmp/dry",
  ]);
  assert.equal(there, 1);
});

test("--user, --workdir, --env and --privileged", async () => {
  const show = "id -un; pwd; echo $A; grep CapEff /proc/self/status";
  const plain = await run(dockerKeys("unix"), [
    "-u",
    "app",
    "-w",
    "/tmp",
    "-e",
    "A=b c",
    "--",
    "sh",
    "-c",
    show,
  ]);
  assert.equal(plain.status, 0, plain.stderr);
  assert.match(plain.text, /^app\n\/tmp\nb c\n/);
  const privileged = await run(dockerKeys("unix"), [
    "--privileged",
    "--",
    "grep",
    "CapEff",
    "/proc/self/status",
  ]);
  // A machine that has not all capabilities itself can give no more than it has.
  if (privileged.status === 0) {
    const read = (text: string) =>
      BigInt(`0x${/CapEff:\s+(\w+)/.exec(text)?.[1]}`);
    assert.ok(read(privileged.text) > read(plain.text));
  } else assert.match(privileged.stderr, /unable to apply caps/);
});

test("a container without a shell", async () => {
  const docker = dockerKeys("unix");
  const { status, text, stderr } = await run(docker, [
    "-c",
    "bare",
    "--",
    "echo",
    "a  b",
  ]);
  assert.equal(status, 0, stderr);
  assert.equal(text, "a  b\n");
  const gone = await run(docker, ["-c", "bare", "--", "ls"]);
  assert.equal(gone.status, 127, gone.stderr);
  const copied = await porthole.run(
    ["cp", "-q", "-c", "bare", "legacy:etc/passwd", "-"],
    { env: around(docker) },
  );
  assert.match(copied.stderr, /^error: Cannot copy: the container has no sh,/m);
  assert.equal(copied.status, 127);
});

test("output that a process in the background may still write is reported as such", async () => {
  const [left, silent] = await Promise.all(
    ["", ">/dev/null 2>&1 "].map((redirection) =>
      run(dockerKeys("unix"), [
        "-q",
        "--",
        "sh",
        "-c",
        `(sleep 9; echo late) ${redirection}& exit 7`,
      ])
    ),
  );
  assert.match(
    left!.stderr,
    /\[warn\] legacy\/default The command has ended, but a process that it left in the background/,
  );
  assert.doesNotMatch(silent!.stderr, /background/);
  assert.deepEqual([left!.status, silent!.status], [7, 7]);
});

test("a container is found by its labels", async () => {
  const { full } = use.engine();
  const own = await startSandbox({
    docker: {
      legacy: {
        taskId: shortenArn(full.taskArn),
        containers: { full: "f".repeat(64) },
      },
    },
  });
  try {
    const { status, text, stderr } = await porthole.run(
      ["exec", "legacy", "--", "echo", "found"],
      { env: around(dockerKeys("unix"), own) },
    );
    assert.equal(status, 0, stderr);
    assert.equal(text, "found\n");
  } finally {
    await own.close();
  }
});

test("addresses of the instance: asked for when they are needed", async () => {
  const ecsOnly = ["ListTasks", "DescribeTasks"];
  const own = await startSandbox({
    docker: {
      legacy: { containers: { full: use.engine().full.id } },
    },
    instance: { privateIp: "127.0.0.1", publicIp: "127.0.0.2" },
  });
  try {
    const { port } = use.engine();
    for (
      const [host, more] of [
        [dockerKeys("unix"), []],
        [
          { host: `tcp://{private_ip}:${port}`, tls: certificates() },
          ["DescribeContainerInstances", "DescribeInstances"],
        ],
      ] as const
    ) {
      const calls = recordCalls(own);
      const { status, text, stderr } = await porthole.run(
        ["exec", "legacy", "--", "echo", "there"],
        { env: around(host, own) },
      );
      assert.equal(status, 0, stderr);
      assert.equal(text, "there\n");
      assert.deepEqual(calls.names(), [...ecsOnly, ...more]);
    }
    const { stderr } = await porthole.run(["exec", "legacy", "--", "true"], {
      env: around({ host: `unix://{public_ip}` }, own),
    });
    assert.match(stderr, /127\.0\.0\.2/);
  } finally {
    await own.close();
  }
});

test("ssh to {instance_id}, with the user's own configuration", async () => {
  const { binFolder, port } = use.sshd();
  const folder = `${fleet.directory}/bin`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(
    `${folder}/ssh`,
    `#!/bin/sh\necho "$@" >>${folder}/log\nexec ${binFolder}/ssh -o HostName=127.0.0.1 -o Port=${port} -o HostKeyAlias=[127.0.0.1]:${port} "$@"\n`,
    { mode: 0o755 },
  );
  const calls = recordCalls(fleet);
  const env = around({ host: "ssh://root@{instance_id}" });
  const { status, text, stderr } = await porthole.run(
    ["exec", "legacy", "-c", "full", "--", "echo", "there"],
    { env: { ...env, PATH: `${folder}:${env.PATH}` } },
  );
  assert.equal(status, 0, stderr);
  assert.equal(text, "there\n");
  assert.match(await Deno.readTextFile(`${folder}/log`), /\bi-[0-9a-f]{17}\b/);
  assert.deepEqual(calls.names(), [
    "ListTasks",
    "DescribeTasks",
    "DescribeContainerInstances",
  ]);
}, "ssh");

test("an instance without a public address, and one that may not be asked for", async () => {
  const docker = { host: "tcp://{public_ip}:2376" };
  const none = await run(docker, ["--", "true"]);
  assert.equal(none.status, 125);
  assert.match(none.stderr, /^error: .*public/m);
  const own = await startSandbox({
    ...engineFleet(),
    deny: ["ec2:DescribeInstances"],
  });
  try {
    const denied = await porthole.run(["exec", "legacy", "--", "true"], {
      env: around({ host: "tcp://{private_ip}:2376" }, own),
    });
    assert.equal(denied.status, 125);
    assert.match(denied.stderr, /ec2:DescribeInstances/);
  } finally {
    await own.close();
  }
});

test("TLS: what is wrong is refused, and says why", async () => {
  const { folder, port } = use.engine();
  const rows: readonly (readonly [tls: object, reason: RegExp])[] = [
    [certificates("other_ca"), /not signed by .*other_ca\.pem/],
    [certificates("ca", "none"), /asks for a client certificate/],
    [certificates("ca", "other_client"), /does not accept .*other_client\.pem/],
    [certificates("ca", "expired_client"), /expired_client\.pem.* expired/],
    [certificates("ca", "client", false), /not valid for "127\.0\.0\.1"/],
  ];
  await Promise.all(rows.map(async ([tls, reason], row) => {
    const host = `tcp://127.0.0.1:${port}`;
    const { status, text, stderr } = await porthole.run(
      ["exec", "legacy", "--", "echo", "secret"],
      { env: around({ host, tls }, fleet, `tls-${row}`) },
    );
    assert.equal(status, 125, stderr);
    assert.equal(text, "");
    assert.match(stderr, reason);
    assert.match(stderr, /^hint: /m);
  }));
  const expired = recordServer({
    cert: await Deno.readTextFile(`${folder}/expired_server.pem`),
    key: await Deno.readTextFile(`${folder}/expired_server.key`),
  });
  const { status, stderr } = await run({
    host: `tcp://127.0.0.1:${expired.port}`,
    tls: certificates(),
  }, ["--", "echo", "secret"]);
  const received = await expired.stop();
  assert.equal(status, 125);
  assert.match(stderr, /its certificate has expired/);
  assert.equal(received, "");
});

test("DOCKER_CERT_PATH has the certificates that the file does not name", async () => {
  const { folder, port } = use.engine();
  const certPath = `${fleet.directory}/certs`;
  await Deno.mkdir(certPath);
  for (
    const [from, to] of [
      ["ca.pem", "ca.pem"],
      ["client.pem", "cert.pem"],
      ["client.key", "key.pem"],
    ]
  ) await Deno.copyFile(`${folder}/${from}`, `${certPath}/${to}`);
  const host = `tcp://127.0.0.1:${port}`;
  const env = around({ host, tls: { server_name: SERVER_NAME } });
  const exec = (path: string) =>
    porthole.run(["exec", "legacy", "--", "echo", "there"], {
      env: { ...env, DOCKER_CERT_PATH: path },
    });
  const { status, text, stderr } = await exec(certPath);
  assert.equal(status, 0, stderr);
  assert.equal(text, "there\n");
  const wrong = await exec("/nowhere");
  assert.equal(wrong.status, 125);
  assert.match(wrong.stderr, /^error: .*"\/nowhere\/ca\.pem"/m);
  assert.match(wrong.stderr, /^hint: check DOCKER_CERT_PATH$/m);
});

test("tls: false goes without TLS, and says so", async () => {
  const front = startNewerFront(use.engine().socket, await use.apiVersion());
  try {
    const { status, text, stderr } = await run({
      host: `tcp://127.0.0.1:${front.port}`,
      tls: false,
    }, ["-q", "--", "echo", "there"]);
    assert.equal(status, 0, stderr);
    assert.equal(text, "there\n");
    assert.match(
      stderr,
      /The Docker daemon is not verified, and the connection is not encrypted: exec\.docker\.tls \(.*docker\.json/,
    );
  } finally {
    await front.stop();
  }
});

test("on the task's own instance nothing is to be set", async () => {
  const { socket } = use.engine();
  const { env } = fleet;
  // A machine whose only socket is the engine's, as far as this one process sees.
  const alone =
    `mount -t tmpfs none /run && ln -s "$0" /run/docker.sock && exec "$@"`;
  const { status, text, stderr } = await startProgram([
    "unshare",
    "--mount",
    ...["sh", "-c", alone, socket],
    ...porthole.command(["exec", "legacy", "--", "echo", "there"]),
  ], { env }).result;
  assert.equal(status, 0, stderr);
  assert.equal(text, "there\n");
  const named = await porthole.run(["exec", "legacy", "--", "echo", "there"], {
    env: { ...env, DOCKER_HOST: `unix://${socket}` },
  });
  assert.equal(named.status, 0, named.stderr);
});

// The source's runtime and modules may be where nobody but root may read.
if (porthole.variant === "binary") {
  test("a socket that the user may not use", async () => {
    const { folder, socket } = use.engine();
    // Everyone may come near, nobody but its owner may use it.
    await Deno.chmod(folder, 0o711);
    const [program, ...args] = porthole.command([
      ...["exec", "legacy", "--", "true"],
    ]);
    const copy = `${folder}/porthole`;
    await Deno.copyFile(program, copy);
    const { status, stderr } = await startProgram([
      "setpriv",
      ...["--reuid=65534", "--regid=65534", "--clear-groups", "--"],
      ...[copy, ...args],
    ], {
      env: {
        ...fleet.env,
        DOCKER_HOST: `unix://${socket}`,
        PORTHOLE_CONFIG: "",
        HOME: "/nonexistent",
      },
    }).result;
    assert.equal(status, 125, stderr);
    assert.match(
      stderr,
      /^error: Cannot reach .*docker\.sock": permission denied/m,
    );
    assert.match(stderr, /^hint: the socket's group/m);
  });
}

test("a timeout ends the command, and nothing is left", async () => {
  const { status, stderr } = await run(dockerKeys("unix"), [
    "--timeout",
    "1s",
    "--",
    "sleep",
    "4242",
  ]);
  assert.equal(status, 124, stderr);
  await use.waitForNoProcess(10_000);
});

test("Ctrl-C ends the command with 130, and nothing is left", async () => {
  const running = porthole.start(
    ["exec", "legacy", "--", "sh", "-c", "echo begun; exec sleep 4242"],
    { env: around(dockerKeys("unix")) },
  );
  await running.waitFor("begun\n");
  running.kill("SIGINT");
  const { status, text, stderr } = await running.result;
  assert.equal(status, 130, stderr);
  assert.equal(text, "begun\n");
  await use.waitForNoProcess(10_000);
});

test("a task that stops in mid-session: its reason, and 125", async () => {
  const { docker } = use.engine();
  const id = await docker(
    "run",
    "--detach",
    "--network=none",
    "full:latest",
    "sleep",
    "1000000",
  );
  const own = await startSandbox({
    docker: { legacy: { containers: { full: id } } },
  });
  try {
    const running = porthole.start(
      ["exec", "legacy", "--", "sh", "-c", "echo begun; exec sleep 4242"],
      { env: around(dockerKeys("unix"), own) },
    );
    await running.waitFor("begun\n");
    own.stopTask(own.tasks("legacy")[0]?.taskId ?? "", "Scaling activity");
    await docker("rm", "--force", id);
    const { status, stderr } = await running.result;
    assert.match(stderr, /^error: .*STOPPED \(Scaling activity\)$/m);
    assert.equal(status, 125);
  } finally {
    await own.close();
  }
});

test("a container that is not there any more", async () => {
  const own = await startSandbox({
    docker: { legacy: { containers: { full: "f".repeat(64) } } },
  });
  try {
    const { status, stderr } = await porthole.run(
      ["exec", "legacy", "--", "true"],
      { env: around(dockerKeys("unix"), own) },
    );
    assert.equal(status, 125);
    assert.match(stderr, /^error: Cannot find container "full"/m);
  } finally {
    await own.close();
  }
});
