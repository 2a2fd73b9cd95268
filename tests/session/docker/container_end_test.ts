import assert from "node:assert/strict";
import { parseDockerAddress } from "../../../src/docker/docker_address.ts";
import { openDockerClient } from "../../../src/docker/docker_client.ts";
import { inspectContainer } from "../../../src/docker/inspect_container.ts";
import type { DockerSessionRequest } from "../../../src/session/docker/docker_session_request.ts";
import type { StreamSession } from "../../../src/session/session.ts";
import {
  finishSession,
  openEngineSession,
} from "../../docker/engine/open_engine_session.ts";
import { useEngine } from "../../docker/engine/use_engine.ts";

const use = useEngine();

/** A container that a test may end. */
async function withContainer(
  image: "full" | "bare",
  body: (id: string) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  const { docker } = use.engine();
  const id = await docker(
    "run",
    "--detach",
    "--network=none",
    ...flags,
    `${image}:latest`,
    "sleep",
    "1000000",
  );
  try {
    await body(id);
  } finally {
    await docker("rm", "--force", id).catch(() => {});
  }
}

function endpoint() {
  return {
    address: parseDockerAddress(`unix://${use.engine().socket}`),
    tls: undefined,
  };
}

async function startedAt(id: string): Promise<string | undefined> {
  const client = await openDockerClient(endpoint(), use.deps());
  const state = await inspectContainer(client, id);
  await client.close();
  return typeof state === "object" ? state.startedAt : undefined;
}

/** A command that says one byte and goes on. */
async function open(
  id: string,
  request: Partial<DockerSessionRequest> = {},
): Promise<StreamSession> {
  const session = await openEngineSession(endpoint(), use.deps(), {
    containerId: id,
    containerName: "web",
    containerStartedAt: await startedAt(id),
    words: GOES_ON,
    ...request,
  });
  const reader = session.output.getReader();
  await reader.read();
  reader.releaseLock();
  return session;
}

const GOES_ON = ["sh", "-c", "echo begun; sleep 4242"];

for (
  const [name, image, request] of [
    ["without stdin", "full", { words: GOES_ON }],
    ["with stdin", "full", { words: GOES_ON, stdin: true }],
    ["on a terminal", "full", { words: GOES_ON, stdin: true, tty: true }],
    ["without a shell", "bare", {
      words: ["cat", "/etc/passwd", "-"],
      stdin: true,
    }],
  ] as const
) {
  for (
    const [what, words, reason] of [
      ["killed", ["kill"], /is exited \(exit code 137\)$/],
      [
        "restarted",
        ["restart", "--time=0"],
        / (was restarted|is exited .*|is restarting .*)$/,
      ],
      ["removed", ["rm", "--force"], /is (gone|exited|dead|removing).*$/],
    ] as const
  ) {
    use.test(`a container ${what} under a command ${name}: its state`, () =>
      withContainer(image, async (id) => {
        const session = await open(id, request);
        const [{ end }] = await Promise.all([
          finishSession(session),
          use.engine().docker(...words, id),
        ]);
        assert(end.kind === "failed", JSON.stringify(end));
        assert.equal(end.error.code, "status_unknown");
        assert.match(
          end.error.message,
          /^Cannot determine the exit status: container "web" /,
        );
        assert.match(end.error.message, reason);
      }));
  }
}

use.test("a container in which a command is killed goes on, and the status is the command's", () =>
  withContainer("full", async (id) => {
    const session = await open(id, {
      words: ["sh", "-c", "echo begun; kill -KILL $$"],
    });
    const { end } = await finishSession(session);
    assert.deepEqual(end, { kind: "status", status: 137 });
  }));

use.test("what ends in a paused container is told of, and ends when the container goes on", () =>
  withContainer("full", async (id) => {
    const { docker } = use.engine();
    const notices: string[] = [];
    for (const stdin of [false, true]) {
      const session = await openEngineSession(
        endpoint(),
        use.deps(),
        { containerId: id, containerName: "web", words: GOES_ON, stdin },
        (text) => notices.push(text),
      );
      const reader = session.output.getReader();
      await reader.read();
      reader.releaseLock();
      await docker("pause", id);
      await session.end();
      assert.deepEqual((await finishSession(session)).end, { kind: "unknown" });
      await docker("unpause", id);
    }
    assert.equal(notices.length, 2);
    for (const notice of notices) {
      assert.match(notice, /^Container "web" is paused: .*docker unpause/);
    }
  }));
