import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import { exitStatusFor } from "../../../src/exit_status.ts";
import { ConnectFailure } from "../../../src/session/channel/connect_failure.ts";
import {
  explainChannelFailure,
  explainClosingText,
} from "../../../src/session/channel/explain_channel_end.ts";
import { Base64Damage } from "../../../src/session/reply/decode_base64.ts";
import { ConnectionLost } from "../../../src/session/channel/open_line.ts";
import { MalformedMessage } from "../../../src/session/channel/message.ts";

const agentSays = (reason: string) =>
  `\n----------ERROR-------\nUnable to start command: ${reason}\n\n`;

for (
  const [reason, status, said] of [
    [
      'Failed to start pty: exec: "nosuchbin": executable file not found in $PATH',
      127,
      /^Cannot start the command: exec: "nosuchbin": executable file not found in \$PATH$/,
    ],
    [
      "Failed to start pty: fork/exec /no/such/prog: no such file or directory",
      127,
      /no such file or directory$/,
    ],
    [
      "Failed to start pty: fork/exec /etc/passwd: permission denied",
      126,
      /^Cannot start the command: fork\/exec \/etc\/passwd: permission denied$/,
    ],
    [
      "Failed to start pty: fork/exec /x: exec format error",
      126,
      /exec format error$/,
    ],
    ["Failed to start pty: exec: no command", 125, /exec: no command$/],
    [
      "Failed to parse commands input: EOF found when expecting closing quote",
      125,
      /^Cannot start the command: Failed to parse .* closing quote$/,
    ],
  ] as const
) {
  Deno.test(`the agent's "${reason}" is status ${status}`, () => {
    const error = explainClosingText(agentSays(reason), false);
    assert.equal(exitStatusFor(error.code, "remote"), status);
    assert.match(error.message, said);
  });
}

Deno.test("an empty command's refusal comes without a prefix and is 125", () => {
  const error = explainClosingText(
    "Commands cannot be empty for session type InteractiveCommands",
    false,
  );
  assert.equal(exitStatusFor(error.code, "remote"), 125);
  assert.match(error.message, /: Commands cannot be empty for session type/);
});

for (
  const reason of [
    'Failed to start pty: exec: "sh": executable file not found in $PATH',
    "Failed to start pty: fork/exec /bin/sh: no such file or directory",
    "Failed to start pty: fork/exec /no/such/sh: no such file or directory",
  ]
) {
  Deno.test(`behind the wrapper "${reason}" names sh and --no-shell`, () => {
    const error = explainClosingText(agentSays(reason), true);
    assert.equal(error.code, "command_not_found");
    assert.match(error.message, /has no usable "sh"/);
    assert.match(error.hint ?? "", /--no-shell/);
  });
}

Deno.test("without the wrapper a missing sh is the user's own command", () => {
  const reason =
    'Failed to start pty: exec: "sh": executable file not found in $PATH';
  const error = explainClosingText(agentSays(reason), false);
  assert.equal(error.code, "command_not_found");
  assert.equal(error.hint, undefined);
});

Deno.test("a program whose name ends in sh is not sh", () => {
  const reason =
    'Failed to start pty: exec: "zsh": executable file not found in $PATH';
  const { message } = explainClosingText(agentSays(reason), true);
  assert.match(message, /exec: "zsh"/);
});

// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f\u202e\u2028]/;
const NASTY = "\x1b]0;owned\x07\x9b31m\u202e\u2028" + "x".repeat(10_000);

for (
  const [name, error] of [
    ["a closing text", explainClosingText(NASTY, true)],
    ["a start error", explainClosingText(agentSays(NASTY), true)],
    [
      "the name of a program",
      explainClosingText(agentSays(`exec: "${NASTY}": not found`), true),
    ],
    [
      "a broken frame",
      explainChannelFailure(new MalformedMessage(NASTY), true),
    ],
    ["a lost line", explainChannelFailure(new Error(NASTY), true)],
    ["a refused line", explainChannelFailure(new ConnectFailure(NASTY), false)],
  ] as const
) {
  Deno.test(`${name} cannot act on the terminal, nor flood it`, () => {
    assert.doesNotMatch(error.message, CONTROL);
    assert.ok(error.message.length < 700);
  });
}

for (
  const [reason, opened, code, said] of [
    [new ConnectFailure("HTTP 403", 403), false, "access_denied", /HTTP 403/],
    [new ConnectFailure("HTTP 401", 401), false, "access_denied", /HTTP 401/],
    [new ConnectFailure("HTTP 500", 500), false, "unreachable", /HTTP 500/],
    [new ConnectFailure("refused"), false, "unreachable", /refused/],
    [new ConnectFailure("HTTP 403", 403), true, "session_lost", /HTTP 403/],
    [new Error("gone"), true, "session_lost", /gone/],
    ["a text", true, "session_lost", /a text/],
    [new MalformedMessage("bad digest"), true, "session_lost", /bad digest/],
    [new Base64Damage(), true, "session_lost", /output: other text/],
    [new MalformedMessage("bad digest"), false, "session_lost", /bad digest/],
  ] as const
) {
  Deno.test(`${reason} ${opened ? "in" : "before"} a session is ${code}`, () => {
    const error = explainChannelFailure(reason, opened);
    assert.equal(error.code, code);
    assert.match(error.message, said);
    assert.match(error.message, /^Cannot /);
    assert.equal(exitStatusFor(error.code, "remote"), 125);
  });
}

Deno.test("an error of ours is passed on as it is", () => {
  const error = new PortholeError("access_denied", "Cannot use the key");
  assert.equal(explainChannelFailure(error, true), error);
});

Deno.test("a session that may not be resumed says that it was lost, and why", () => {
  const denied = new PortholeError(
    "access_denied",
    "Cannot resume the session: no permission",
    {
      hint: "allow ssm:ResumeSession",
    },
  );
  const error = explainChannelFailure(new ConnectionLost(denied), true);
  assert.equal(error.code, "session_lost");
  assert.match(
    error.message,
    /could not be resumed: Cannot resume the session: no permission/,
  );
  assert.equal(error.hint, "allow ssm:ResumeSession");
});

for (
  const [reason, hint] of [
    ["invalid peer certificate: UnknownIssuer", /AWS_CA_BUNDLE/],
    ["invalid peer certificate: Expired", /has expired/],
    ["invalid peer certificate: NotValidForName", /another host is answering/],
    ["Too many open files (os error 24)", /ulimit -n/],
    ["Connection refused", /must be reachable/],
  ] as const
) {
  Deno.test(`a channel that does not open has a hint of its own: ${reason}`, () => {
    const error = explainChannelFailure(new ConnectFailure(reason), false);
    assert.equal(error.code, "unreachable");
    assert.match(error.hint ?? "", hint);
  });
}
