import assert from "node:assert/strict";
import { createRealDeps } from "../../../src/real_deps.ts";
import {
  openStreamPluginSession,
  type StreamPluginRequest,
} from "../../../src/session/plugin/open_stream_plugin_session.ts";
import type { StreamSession } from "../../../src/session/session.ts";
import {
  installStandInPlugin,
  type StandIn,
  type StandInOptions,
} from "./stand_in_plugin.ts";

const GRANT = {
  sessionId: "ecs-execute-command-0abc",
  streamUrl:
    "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/ecs-execute-command-0abc",
  tokenValue: "the-secret",
  target: "ecs:default_1234_1234-5678",
};

interface Opened {
  readonly session: StreamSession;
  readonly standIn: StandIn;
  readonly terminated: readonly string[];
}

/** Opens a session through a stand-in, runs `body`, and cleans up. */
async function withSession(
  options: StandInOptions,
  body: (opened: Opened) => Promise<void>,
  more: Partial<StreamPluginRequest> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const standIn = await installStandInPlugin(folder, options);
    const terminated: string[] = [];
    const request: StreamPluginRequest = {
      pluginPath: standIn.path,
      version: options.version,
      grant: GRANT,
      region: "us-east-1",
      ssmEndpoint: "https://ssm.us-east-1.amazonaws.com",
      terminate: (id) => Promise.resolve(void terminated.push(id)),
      onNotice: (text) => assert.fail(text),
      ...more,
    };
    const session = openStreamPluginSession(request, createRealDeps());
    await body({ session, standIn, terminated });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function testWithPlugin(
  name: string,
  options: StandInOptions,
  body: (opened: Opened) => Promise<void>,
  more: Partial<StreamPluginRequest> = {},
): void {
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    fn: () => withSession(options, body, more),
  });
}

testWithPlugin(
  "the output is the remote's alone, and the plugin's input stays open",
  // Were the input at its end, the stand-in would stop before this is printed.
  { remote: `sleep 0.2; printf 'a\\nb\\n\\n'` },
  async ({ session, standIn }) => {
    assert.equal(await new Response(session.output).text(), "a\nb\n\n");
    assert.deepEqual(await session.exit, { kind: "unknown" });
    assert.deepEqual(await standIn.readArguments(), [
      "AWS_SSM_START_SESSION_RESPONSE",
      "us-east-1",
      "StartSession",
      "",
      '{"Target":"ecs:default_1234_1234-5678"}',
      "https://ssm.us-east-1.amazonaws.com",
    ]);
    const { AWS_SSM_START_SESSION_RESPONSE: response } = await standIn
      .readEnvironment();
    assert.deepEqual(JSON.parse(response ?? ""), {
      SessionId: GRANT.sessionId,
      StreamUrl: GRANT.streamUrl,
      TokenValue: GRANT.tokenValue,
    });
  },
);

testWithPlugin("large output is whole", {
  remote:
    `i=0; while [ $i -lt 20000 ]; do printf '%s\\n\\nExiting session\\n' $i; i=$((i+1)); done`,
}, async ({ session }) => {
  const expected = Array.from(
    { length: 20000 },
    (_, i) => `${i}\n\nExiting session\n`,
  ).join("");
  assert.equal(await new Response(session.output).text(), expected);
});

/** As a terminal makes of `a\nb\nc\rd\r\ne\r`, a pair of bytes in two pieces. */
const cooked =
  "printf 'a\\r\\n'; sleep 0.05; printf 'b\\r'; sleep 0.05; printf '\\nc\\rd\\r\\r\\ne\\r'";

testWithPlugin(
  "what a terminal adds to line ends is taken back where nothing else does",
  { remote: cooked },
  async ({ session }) => {
    assert.equal(
      await new Response(session.output).text(),
      "a\nb\nc\rd\r\ne\r",
    );
    await session.exit;
  },
  { undoCrlf: true },
);

testWithPlugin("and left as it is where something does", {
  remote: cooked,
}, async ({ session }) => {
  assert.equal(
    await new Response(session.output).text(),
    "a\r\nb\r\nc\rd\r\r\ne\r",
  );
  await session.exit;
});

testWithPlugin("a line comes out while the remote still runs", {
  remote: `printf 'line\\n'; exec sleep 60`,
}, async ({ session }) => {
  const reader = session.output.getReader();
  let text = "";
  while (!text.endsWith("\n")) {
    text += new TextDecoder().decode((await reader.read()).value);
  }
  assert.equal(text, "line\n");
  await session.end();
  while (!(await reader.read()).done);
  assert.deepEqual(await session.exit, { kind: "unknown" });
});

testWithPlugin(
  "end() ends the remote by its key",
  { remote: "exec sleep 60" },
  async ({ session, terminated }) => {
    const output = new Response(session.output).text();
    await session.end();
    assert.equal(await output, "");
    assert.deepEqual(await session.exit, { kind: "unknown" });
    assert.deepEqual(terminated, []);
  },
);

testWithPlugin(
  "a second end() gives up on the plugin, and ends the session at AWS",
  {
    remote: `trap "" TERM; printf up; while :; do sleep 0.05; done`,
  },
  async ({ session, standIn, terminated }) => {
    const reader = session.output.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "up");
    void session.end();
    await session.end();
    assert.deepEqual(terminated, [GRANT.sessionId]);
    // The stand-in's remote is a process of this machine, and outlives it.
    const pid = await standIn.readRemotePid();
    assert(pid > 1);
    Deno.kill(pid, "SIGKILL");
    while (!(await reader.read()).done);
    await session.exit;
  },
);

testWithPlugin("an error banner is an error, not output", {
  remote: "printf before",
  ending: { error: "Session timed out" },
}, async ({ session }) => {
  assert.equal(await new Response(session.output).text(), "before");
  const end = await session.exit;
  assert(end.kind === "failed");
  assert.match(end.error.message, /^Cannot .*: Session timed out$/);
});

testWithPlugin("a command that is not there is told as such", {
  remote: ":",
  ending: {
    error:
      "----------ERROR-------\nUnable to start command: Failed to start pty: " +
      'exec: "nosuchbin": executable file not found in $PATH',
  },
}, async ({ session }) => {
  await new Response(session.output).text();
  const end = await session.exit;
  assert(end.kind === "failed");
  assert.equal(end.error.code, "command_not_found");
});

testWithPlugin("an end without a word is no success", {
  remote: "printf x",
  ending: "none",
}, async ({ session }) => {
  assert.equal(await new Response(session.output).text(), "x");
  const end = await session.exit;
  assert(end.kind === "failed");
  assert.equal(end.error.code, "session_lost");
});

testWithPlugin("a plugin that fails is an error", {
  remote: ":",
  ending: "none",
  status: 2,
}, async ({ session }) => {
  await new Response(session.output).text();
  const end = await session.exit;
  assert(end.kind === "failed");
  assert.match(
    end.error.message,
    /session-manager-plugin failed, it exited with status 2$/,
  );
});

testWithPlugin("an old plugin gets its token as an argument", {
  version: "1.2.331.0",
  remote: ":",
}, async ({ session, standIn }) => {
  await new Response(session.output).text();
  assert.match(
    (await standIn.readArguments())[0] ?? "",
    /"TokenValue":"the-secret"/,
  );
  assert.equal(
    (await standIn.readEnvironment())["AWS_SSM_START_SESSION_RESPONSE"],
    undefined,
  );
});

for (
  const [how, options] of Object.entries<StandInOptions>({
    "fails": { opening: "exit 3" },
    "crashes": { opening: "kill -SEGV $$" },
    "ends without a word": { opening: "exit 0" },
    "fails after its last word": { remote: ":", status: 3 },
    "ends with an error": { remote: ":", ending: { error: "lost" } },
  })
) {
  testWithPlugin(
    `a plugin that ${how} is followed by TerminateSession`,
    options,
    async ({ session, terminated }) => {
      await new Response(session.output).text();
      assert.equal((await session.exit).kind, "failed");
      assert.deepEqual(terminated, [GRANT.sessionId]);
    },
  );
}

testWithPlugin("a session that the agent has ended is left alone", {
  remote: ":",
}, async ({ session, terminated }) => {
  await new Response(session.output).text();
  assert.equal((await session.exit).kind, "unknown");
  assert.deepEqual(terminated, []);
});

testWithPlugin(
  "however often it is ended, AWS hears of it once",
  { opening: 'trap "" TERM INT; sleep 1000 & wait; wait' },
  async ({ session, terminated }) => {
    const output = new Response(session.output).text();
    const ends = Array.from({ length: 30 }, () => session.end());
    await Promise.all(ends);
    await output;
    assert.deepEqual(await session.exit, { kind: "unknown" });
    assert.deepEqual(terminated, [GRANT.sessionId]);
  },
);

for (
  const streamUrl of [
    "ws://example.com/v1/data-channel/x",
    "http://127.0.0.1/",
    "file:///etc/passwd",
    "wss//x",
    "",
  ]
) {
  Deno.test(`a plugin is not given the stream URL "${streamUrl}"`, () => {
    const deps = createRealDeps();
    const request = {
      pluginPath: "/bin/true",
      grant: { ...GRANT, streamUrl },
      region: "us-east-1",
      ssmEndpoint: "https://ssm.us-east-1.amazonaws.com",
      terminate: () => Promise.resolve(),
      onNotice: () => {},
    };
    const spawn = () => assert.fail("it was started");
    assert.throws(
      () => openStreamPluginSession(request, { ...deps, spawn }),
      {
        code: "unreachable",
        message:
          /^Cannot open the session's data channel: its address is (not a URL|neither wss:\/\/ nor on this machine)$/,
      },
    );
  });
}

Deno.test("a plugin that cannot be started is an error", () => {
  const request = {
    pluginPath: "/no/such/session-manager-plugin",
    grant: GRANT,
    region: "us-east-1",
    ssmEndpoint: "https://ssm.us-east-1.amazonaws.com",
    terminate: () => Promise.resolve(),
    onNotice: () => {},
  };
  assert.throws(() => openStreamPluginSession(request, createRealDeps()), {
    code: "plugin_failed",
  });
});
