import { exitStatusFor } from "../../exit_status.ts";
import type { PortholeError } from "../../errors.ts";
import { watchSilence } from "../../session/channel/watch_silence.ts";
import { quoteCommand } from "../../session/quote_command.ts";
import { wordsOfLine } from "../../session/wrap_command.ts";
import type { LastWord } from "../../session/rack/v1/last_word.ts";
import type { DecidedSession } from "../../exec/decide_way.ts";
import { auditExec, type ExecAudit } from "./audit_exec.ts";
import { collectLog } from "./collect_log.ts";
import {
  decideRackSession,
  type WantedSession,
} from "./decide_rack_session.ts";
import { grantSession, isHandedOff } from "./hand_off.ts";
import { openRelayed } from "./open_relayed.ts";
import { endConvox } from "./refuse_convox.ts";
import { relayBytes, type RelayControls } from "./relay_bytes.ts";
import type { Dialect, ExecCall } from "./session_call.ts";
import type { SessionPorts } from "./session_ports.ts";
import { type ServedEnd, settleServed, tellRelayed } from "./tell_end.ts";

const PING_EVERY_MS = 20_000;
/** Looks are 5 s apart: a client that vanished is gone after 60 s. */
const DEAD_AFTER_MS = 55_000;
const HIGH_WATER = 256 * 1024;
/** A client has no credit: what the command has not read yet is kept up to here, and then the client waits. */
const MOST_INPUT = 256 * 1024;
const LONGEST_MESSAGE = 32 * 1024;
/** How long what was handed off may take to leave. */
const FLUSH_MS = 5_000;

const encoder = new TextEncoder();

/** A line to one of Convox's command lines: raw bytes in text messages both ways. */
interface ConvoxLine {
  readonly gone: AbortSignal;
  readonly socket: ReturnType<ExecCall["accept"]>;
  /** Hears the input from now on, what has come by now first. */
  follow(controls: Pick<RelayControls, "write" | "closeInput">): void;
  /** So many bytes of it have been taken. */
  onTaken(bytes: number): void;
  send(bytes: Uint8Array): Promise<void>;
  close(): void;
}

/** Serves Convox's command lines: they get plain bytes, and the command's own status in Convox's marker. */
export async function serveConvox(
  call: ExecCall & { readonly dialect: Extract<Dialect, { kind: "convox" }> },
  ports: SessionPorts,
): Promise<void> {
  const { deps } = ports;
  const line = openConvoxLine(call.accept, ports);
  const audit = auditExec(call, ports);
  const { word, ...facts } = await settleServed(
    serve(line, call, audit, ports),
    call.slot,
  );
  await audit.end(word, facts);
  // What it still has to read is not the rack's work.
  call.slot.release();
  if (word !== undefined && !line.gone.aborted) {
    const { text, status } = spell(word);
    await line.send(encoder.encode(text));
    await endConvox(line.socket, status, line.gone, deps.sleep);
  }
  line.close();
}

/** A status that is no command's is never 0: 125, or what exec has for such an error. */
function spell(
  word: LastWord,
): { readonly text: string; readonly status: number } {
  switch (word.kind) {
    case "status":
      return { text: "", status: word.status };
    case "error": {
      const status = exitStatusFor(
        word.code as PortholeError["code"],
        "remote",
      );
      const lines = [`ERROR: ${word.message}`, word.hint].filter(Boolean);
      return { text: `${lines.join("\n")}\n`, status: status || 125 };
    }
    case "unseen":
      return {
        text:
          "ERROR: the end of the command was not seen: it may still be running\n",
        status: 125,
      };
    case "unknown":
      return {
        text: "ERROR: nothing tells the exit status of this command\n",
        status: 125,
      };
  }
}

async function serve(
  line: ConvoxLine,
  call: ExecCall & { readonly dialect: Extract<Dialect, { kind: "convox" }> },
  audit: ExecAudit,
  ports: SessionPorts,
): Promise<ServedEnd> {
  const { dialect, slot } = call;
  const { deps } = ports;
  const { log, warnings } = collectLog(ports.log);
  const decided = await decideRackSession(want(dialect), call, ports, log);
  const over = AbortSignal.any([line.gone, slot.ended]);
  over.throwIfAborted();
  const isHandoff = ports.handoff === "always" && isHandedOff(decided) &&
    !await ports.sessionsOf(call.caller)
      .isEncrypted(decided.target.task.clusterArn);
  await audit.open(decided, isHandoff ? "handoff" : "relay");
  if (isHandoff) {
    return await handOffPlainly(dialect, decided, { line, call, ports, over });
  }
  let sessionId: string | undefined;
  const session = await openRelayed(decided, {
    deps,
    size: dialect.size,
    over,
    onGranted: (id) => sessionId = id,
    onStarted: () => {},
  });
  // On a terminal they are seen, and harm nobody; elsewhere they would be bytes of the command.
  if (dialect.tty && warnings.length > 0) {
    const said = warnings.map((text) => `\r\nWARNING: ${text}\r\n`).join("");
    await line.send(encoder.encode(said));
  }
  const relayed = relayBytes(session, {
    send: (_stream, bytes) => line.send(bytes),
    onTaken: line.onTaken,
    gone: line.gone,
    ended: slot.ended,
  }, deps);
  line.follow(relayed);
  const carried = await relayed.done;
  const word = await tellRelayed(
    carried,
    { decided, session, ended: slot.ended, cancelled: false },
    ports,
  );
  return {
    word,
    bytes: carried.bytes,
    ...(sessionId === undefined ? {} : { session: sessionId }),
  };
}

function want(
  { command, tty, size }: Extract<Dialect, { kind: "convox" }>,
): WantedSession {
  return {
    command: { kind: "line", line: command },
    tty,
    ...(size === undefined ? {} : { size }),
    env: [],
    stdin: true,
    binary: true,
    ...(tty ? {} : { stderr: "merge" as const }),
    bare: false,
    keepAlive: tty,
  };
}

/** Their own hand-off: a NUL, then JSON, and nothing after it (convox/convox, sdk/sdk.go). */
async function handOffPlainly(
  { command }: Extract<Dialect, { kind: "convox" }>,
  decided: DecidedSession,
  { line, call, ports, over }: {
    readonly line: ConvoxLine;
    readonly call: ExecCall;
    readonly ports: SessionPorts;
    readonly over: AbortSignal;
  },
): Promise<ServedEnd> {
  const text = quoteCommand(wordsOfLine(command));
  const { sessionId, streamUrl, tokenValue } = await grantSession(
    decided,
    text,
    ports,
    over,
  );
  if (over.aborted) {
    await decided.access.terminateSession(sessionId).catch(() => {});
    over.throwIfAborted();
  }
  const { region } = ports;
  const handoff = JSON.stringify({ sessionId, streamUrl, tokenValue, region });
  line.socket.sendRawText(encoder.encode(`\0${handoff}`));
  call.slot.handOff({ sessionId });
  await Promise.race([
    line.socket.drained(),
    ports.deps.sleep(FLUSH_MS, line.gone),
  ]);
  return { word: undefined, session: sessionId };
}

function openConvoxLine(
  accept: ExecCall["accept"],
  { deps }: Pick<SessionPorts, "deps">,
): ConvoxLine {
  const gone = new AbortController();
  let controls: Pick<RelayControls, "write" | "closeInput"> | undefined;
  let early: (() => void)[] = [];
  let waiting = 0;
  let inputEnded = false;
  let paused = false;

  function lose(reason: string): void {
    if (gone.signal.aborted) return;
    gone.abort(reason);
    clearInterval(pings);
    silence.stop();
  }

  function pass(
    to: (controls: Pick<RelayControls, "write" | "closeInput">) => void,
  ) {
    if (controls !== undefined) to(controls);
    else early.push(() => to(controls!));
  }

  function setPaused(wanted: boolean): void {
    if (paused === wanted) return;
    paused = wanted;
    silence.heard();
    if (paused) socket.pause();
    else socket.resume();
  }

  const silence = watchSilence(DEAD_AFTER_MS, {
    now: () => deps.now().getTime(),
    onSilent(silenceMs) {
      // A client that is not read from cannot be heard.
      if (paused) return silence.heard();
      lose(`nothing was heard for ${silenceMs / 1000} s`);
    },
  });
  const socket = accept({
    onAlive: () => silence.heard(),
    onText: () => {},
    onRawText(bytes) {
      if (inputEnded || gone.signal.aborted) return;
      waiting += bytes.length;
      if (controls !== undefined) controls.write(bytes);
      else {
        const copy = Uint8Array.from(bytes);
        pass((to) => to.write(copy));
      }
      if (waiting > MOST_INPUT || early.length > 1024) setPaused(true);
    },
    onBinary() {
      if (inputEnded) return;
      inputEnded = true;
      pass((to) => to.closeInput());
    },
    onClose: lose,
  });
  const pings = setInterval(() => socket.ping(), PING_EVERY_MS);

  return {
    gone: gone.signal,
    socket,
    follow(wanted) {
      controls = wanted;
      for (const tell of early) tell();
      early = [];
      if (waiting <= MOST_INPUT) setPaused(false);
    },
    onTaken(bytes) {
      waiting -= bytes;
      if (waiting <= MOST_INPUT / 2) setPaused(false);
    },
    async send(bytes) {
      for (let at = 0; at < bytes.length; at += LONGEST_MESSAGE) {
        if (gone.signal.aborted) return;
        socket.sendRawText(bytes.subarray(at, at + LONGEST_MESSAGE));
        while (socket.waiting() > HIGH_WATER && !gone.signal.aborted) {
          await socket.drained();
        }
      }
    },
    close() {
      lose("it was left");
      socket.close();
    },
  };
}
