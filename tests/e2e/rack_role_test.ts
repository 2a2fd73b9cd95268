import assert from "node:assert/strict";
import { account } from "../sandbox/fleet.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { openHandoff } from "./open_handoff.ts";
import { testPorthole } from "./run_porthole.ts";
import { addUser, rackUrl, startServedRack } from "./start_served_rack.ts";

testPorthole(
  "--session-role: sessions are each user's own on AWS's side, look-ups the rack's",
  async (porthole) => {
    const sandbox = await startSandbox();
    try {
      const users = `file:${sandbox.directory}/users.json`;
      const [ann, ben] = [
        await addUser(porthole, users, "ann", ["exec:default/*"]),
        await addUser(porthole, users, "ben", ["exec:default/*"]),
      ];
      const rack = await startServedRack(porthole, sandbox, {
        token: ann,
        users,
        flags: [
          "--session-role",
          `arn:aws:iam::${account}:role/team/people`,
        ],
      });
      const exec = (token: string, command: string) =>
        porthole.start(["exec", "worker", "--command", command], {
          env: { PORTHOLE_RACK: rackUrl(rack.port, token) },
          stdin: "silent",
        });
      const [one, other] = [
        exec(ann, "echo here; read a; exit 5"),
        exec(ben, "echo here; read a; exit 6"),
      ];
      await Promise.all([one.waitFor("here"), other.waitFor("here")]);
      // Both are resumed by the rack.
      sandbox.dropConnections();
      await sandbox.waitFor(() =>
        sandbox.events().filter(({ kind }) => kind === "resumed").length === 2
      );
      await one.write("\n");
      await other.write("\n");
      assert.equal((await one.result).status, 5, (await one.result).stderr);
      assert.equal((await other.result).status, 6);

      const assumed = sandbox.requests().filter(({ operation }) =>
        operation === "AssumeRole"
      );
      assert.deepEqual(
        assumed.map(({ parameters }) => [
          parameters["RoleSessionName"],
          parameters["SourceIdentity"],
        ]).sort(),
        [["ann", "ann"], ["ben", "ben"]],
      );
      const arnOf = (name: string) =>
        `arn:aws:sts::${account}:assumed-role/people/${name}`;
      for (
        const operation of [
          "ExecuteCommand",
          "ResumeSession",
          "TerminateSession",
        ]
      ) {
        const callers = sandbox.requests()
          .filter((one) => one.operation === operation)
          .map(({ caller }) => [caller?.arn, caller?.sourceIdentity]);
        assert.deepEqual(
          callers.sort(),
          [[arnOf("ann"), "ann"], [arnOf("ben"), "ben"]],
          operation,
        );
      }
      for (const { operation, caller } of sandbox.requests()) {
        if (
          /^(List|Describe)/.test(operation) && operation !== "DescribeClusters"
        ) {
          assert.equal(caller?.sourceIdentity, undefined, operation);
        }
      }
      // The address that is handed out is signed by the user's own credentials.
      const { streamUrl } = await openHandoff({
        port: rack.port,
        token: ann,
        app: "default",
        pid: sandbox.tasks("worker")[0]!.taskId,
      });
      assert.match(streamUrl, /X-Amz-Credential=ASIA[0-9A-F]{16}%2F/);
      await rack.stop();
    } finally {
      await sandbox.close();
    }
  },
);
