import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testPorthole } from "./run_porthole.ts";
import { addUser, startServedRack } from "./start_served_rack.ts";

testPorthole(
  "tasks and a dry run say how a rack of porthole's would go, as it says itself, and start nothing",
  async (porthole) => {
    const sandbox = await startSandbox();
    try {
      const users = `file:${sandbox.directory}/users.json`;
      const token = await addUser(porthole, users, "ann", ["exec:default/*"]);
      const rack = await startServedRack(porthole, sandbox, { token, users });
      const gen1 = await startServedRack(porthole, sandbox, {
        token,
        users,
        flags: ["--gen1", "default"],
      });
      const run = (...args: readonly string[]) =>
        porthole.run(args, { env: rack.env });
      const json = await run("tasks", "-o", "json", "--all-services");
      assert.equal(json.status, 0, json.stderr);
      const { tasks } = JSON.parse(json.text);
      const routeOf = (service: string) =>
        tasks.find((one: { service: string }) => one.service === service)
          .containers[0].route;
      assert.deepEqual(routeOf("worker"), {
        kind: "ecs_exec",
        because: "the task was started with ECS Exec",
      });
      assert.deepEqual(routeOf("legacy"), {
        kind: "docker",
        because: "the task was started without ECS Exec",
      });
      assert.equal(routeOf("fargate-old").kind, "none");
      const table = await run("tasks", "worker");
      assert.match(table.text, /ROUTE\n.*ecs-exec\n$/);

      const plan = await run(
        "exec",
        "worker",
        "--dry-run",
        "-o",
        "json",
        "--",
        "ls",
      );
      assert.equal(plan.status, 0, plan.stderr);
      const { route, container, runtime_id, stderr } = JSON.parse(plan.text);
      assert.deepEqual(route, routeOf("worker"));
      assert.equal(container, "worker");
      assert.equal(
        runtime_id,
        sandbox.tasks("worker")[0]!.runtimeIds["worker"],
      );
      assert.equal(stderr, "merge");
      const text = await run("exec", "legacy", "--dry-run", "--", "ls");
      assert.match(
        text.text,
        /^Route: +docker \(the task was started without ECS Exec\)$/m,
      );
      const refused = await run("exec", "fargate-old", "--dry-run", "--", "ls");
      assert.equal(refused.status, 125);
      assert.match(
        refused.stderr,
        /cannot exec into Fargate task without ECS Exec enabled/,
      );
      const first = await porthole.run(
        ["exec", "legacy", "--dry-run", "--", "ls"],
        { env: gen1.env },
      );
      assert.match(first.text, /docker \(the generation of the app is 1\)/);
      for (const one of [rack, gen1]) {
        const events = await one.stop();
        assert.ok(events.every(({ event }) => event !== "open"));
      }
      assert.equal(sandbox.sessions().length, 0);
    } finally {
      await sandbox.close();
    }
  },
);

testPorthole(
  "run through a rack: an ENTRYPOINT that swallows the command is refused, or its end is told",
  async (porthole) => {
    const sandbox = await startSandbox({
      runTask: {
        provisioningMs: 0,
        pullMs: 0,
        stopTimeoutMs: 1_000,
        failures: [],
        entryPoints: { web: ["echo"], sidecar: ["sleep", "1000"] },
      },
      rewrite: (operation, answer) => {
        const { taskDefinition } = answer as {
          readonly taskDefinition?: {
            readonly family: string;
            readonly containerDefinitions: readonly object[];
          };
        };
        if (
          operation !== "DescribeTaskDefinition" ||
          taskDefinition?.family !== "worker"
        ) return answer;
        const containerDefinitions = taskDefinition.containerDefinitions.map(
          (one) => ({ ...one, entryPoint: ["sh", "-c", "exec server"] }),
        );
        return {
          ...answer,
          taskDefinition: { ...taskDefinition, containerDefinitions },
        };
      },
    });
    try {
      const users = `file:${sandbox.directory}/users.json`;
      const token = await addUser(porthole, users, "ann", ["run:default/*"]);
      const rack = await startServedRack(porthole, sandbox, {
        token,
        users,
        flags: ["--allow-run"],
      });
      const run = (service: string) =>
        porthole.run(["run", `default/${service}`, "--command", "true"], {
          env: rack.env,
        });
      const refused = await run("worker");
      assert.equal(refused.status, 125);
      assert.match(
        refused.stderr,
        /the ENTRYPOINT of container "worker" in the task definition worker:\d+ runs a script of its own, and not the command/,
      );
      const started = () =>
        sandbox.requests().filter(({ operation }) => operation === "RunTask")
          .length;
      assert.equal(started(), 0);
      const ended = await run("web");
      assert.equal(ended.status, 125, ended.stderr);
      assert.match(
        ended.stderr,
        /Cannot start process \w+: it is STOPPED: Essential container in task exited/,
      );
      assert.match(ended.stderr, /an image's ENTRYPOINT/);
      assert.equal(started(), 1);
      assert.equal(sandbox.sessions().length, 0);
      await rack.stop();
    } finally {
      await sandbox.close();
    }
  },
);
