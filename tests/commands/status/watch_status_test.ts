import assert from "node:assert/strict";
import type { Service } from "../../../src/access/access.ts";
import type { StatusInvocation } from "../../../src/args/invocation.ts";
import { watchStatus } from "../../../src/commands/status/watch_status.ts";
import type { Deps, SignalName } from "../../../src/deps.ts";
import { PortholeError } from "../../../src/errors.ts";
import type { ServiceStatus } from "../../../src/output/format_status.ts";

function running(count: number): ServiceStatus {
  const service: Service = {
    name: "web",
    arn: "arn:aws:ecs:us-east-1:1:service/main/web",
    clusterArn: "",
    status: "ACTIVE",
    desired: 3,
    running: count,
    pending: 0,
    taskDefinitionArn: "web:7",
    executeCommandEnabled: true,
    capacityProviderStrategy: [],
    deploymentController: "ECS",
    deployments: [],
    events: [{ id: "e", at: new Date(0), message: "steady" }],
  };
  return { service, cluster: "main", region: "us-east-1" };
}

/** Watches with a clock of its own, and Ctrl-C when there is nothing left to see. */
async function watch(
  looks: readonly (ServiceStatus | PortholeError)[],
  { output = "text", isTerminal = false, failWrite = false, rows = 24, late }: {
    /** Of the terminal. */
    readonly rows?: number;
    /** What a look sees that was under way when Ctrl-C came. */
    readonly late?: ServiceStatus;
    readonly output?: StatusInvocation["output"];
    readonly isTerminal?: boolean;
    readonly failWrite?: boolean;
  } = {},
) {
  let time = 0;
  let stdout = "";
  const warnings: string[] = [];
  const handlers = new Map<SignalName, () => void>();
  const deps = {
    platform: "linux",
    env: () => "",
    now: () => new Date(time),
    sleep: (ms: number) => Promise.resolve(void (time += ms)),
    stdout: {
      isTerminal,
      write: (bytes: Uint8Array) => {
        if (failWrite) return Promise.reject(new Deno.errors.BrokenPipe());
        stdout += new TextDecoder().decode(bytes);
        return Promise.resolve();
      },
    },
    stderr: { isTerminal: false },
    terminalSize: () => ({ columns: 60, rows }),
    spawn: () => {
      throw new Deno.errors.NotFound("sh");
    },
    onSignal: (signal: SignalName, handler: () => void) => {
      handlers.set(signal, handler);
      return () => {};
    },
  } as unknown as Deps;
  const [first, ...rest] = looks;
  const left = [...rest];
  const log = {
    debug: () => {},
    info: () => {},
    warn: (text: string) => void warnings.push(text),
    withPrefix: () => log,
    hush: () => {},
    isQuiet: () => false,
  };
  let isOver = false;
  const inFlight = Promise.withResolvers<ServiceStatus>();
  const report = await watchStatus(
    {
      kind: "status",
      shared: {
        logFormat: "text",
        color: "never",
        debug: false,
        noInput: false,
      },
      events: 5,
      watch: true,
      output,
    },
    first as ServiceStatus,
    () => {
      const look = left.shift();
      if (look === undefined) {
        handlers.get("SIGINT")?.();
        const isFirst = !isOver;
        isOver = true;
        return late !== undefined && isFirst
          ? inFlight.promise
          : new Promise<never>(() => {});
      }
      return look instanceof Error
        ? Promise.reject(look)
        : Promise.resolve(look);
    },
    { deps, log },
  );
  if (late !== undefined) {
    inFlight.resolve(late);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { report, stdout, warnings, time };
}

const LOST = new PortholeError("unreachable", "Cannot look: no answer");

Deno.test("without a terminal a status is printed when something has changed", async () => {
  const { report, stdout, time } = await watch([
    running(1),
    running(1),
    running(2),
  ]);
  assert.deepEqual(report, { status: 130 });
  assert.deepEqual(stdout.match(/^Tasks:.*$/gm), [
    "Tasks:       1 running of 3 desired",
    "Tasks:       2 running of 3 desired",
  ]);
  // Three looks, and the half second in which another signal would have been one with the first.
  assert.equal(time, 15_500);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stdout, /\x1b/);
});

Deno.test("as JSON each change is a line", async () => {
  const { stdout } = await watch([running(1), running(1), running(3)], {
    output: "json",
    isTerminal: true,
  });
  assert.deepEqual(
    stdout.trimEnd().split("\n").map((line) => JSON.parse(line).running),
    [1, 3],
  );
});

Deno.test("what may pass is said, and does not end the watch", async () => {
  const { report, stdout, warnings } = await watch([
    running(1),
    LOST,
    running(2),
  ]);
  assert.deepEqual(warnings, [LOST.message]);
  assert.equal(stdout.match(/^Tasks:/gm)?.length, 2);
  assert.equal(report.status, 130);
});

Deno.test("what will not pass ends it", async () => {
  const gone = new PortholeError("service_not_found", "Cannot find it");
  await assert.rejects(watch([running(1), gone, running(2)]), gone);
});

Deno.test("nobody to read it any more is a normal end", async () => {
  const { report } = await watch([running(1)], { failWrite: true });
  assert.deepEqual(report, { status: 0 });
});

Deno.test("on a terminal it has a screen of its own, and the last status stays behind", async () => {
  const { stdout } = await watch([running(1), LOST, running(2)], {
    isTerminal: true,
  });
  const [before, screen, after, more] = stdout.split(
    // deno-lint-ignore no-control-regex
    /\x1b\[\?1049[hl]/,
  );
  assert.deepEqual([before, more], ["", undefined]);
  const draws = screen?.split("\x1b[H").slice(1) ?? [];
  assert.equal(draws.length, 3);
  assert.match(draws[0] ?? "", /^Every 5s.* Press Ctrl-C to quit/);
  assert.match(draws[1] ?? "", /Cannot look: no answer/);
  assert.match(draws[1] ?? "", /1 running of 3/);
  for (const draw of draws) assert.ok(draw.endsWith("\x1b[J"));
  assert.match(after ?? "", /^Service: +web\n/);
  assert.match(after ?? "", /2 running of 3/);
});

Deno.test("what kept one from looking cannot move the cursor", async () => {
  const hostile = new PortholeError("unreachable", "no\x1b]0;x\x07\r\nanswer");
  const { stdout } = await watch([running(1), hostile], { isTerminal: true });
  assert.ok(stdout.includes("no\\u001b]0;x\\u0007\\u000d\\u000aanswer"));
  assert.ok(!stdout.includes("\x1b]0"));
});

Deno.test("a look that ends after the screen was left draws nothing more", async () => {
  const looks = [running(1), running(2)];
  const options = { isTerminal: true };
  const { stdout } = await watch(looks, options);
  const late = await watch(looks, { ...options, late: running(3) });
  assert.equal(late.stdout, stdout);
});

Deno.test("a terminal of few rows shows the first lines, and does not scroll", async () => {
  const { stdout } = await watch([running(1)], { isTerminal: true, rows: 5 });
  const [draw] = stdout.split("\x1b[H").slice(1);
  const [screen] = draw?.split("\x1b[?1049l") ?? [];
  assert.equal(screen?.match(/\n/g)?.length, 4);
});
