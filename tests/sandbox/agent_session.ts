import { Buffer } from "node:buffer";
import type { WebSocket } from "ws";
import { type Handshake, prepareHandshake } from "./agent_handshake.ts";
import {
  type ChannelKeys,
  decryptPayload,
  encryptPayload,
} from "./channel_crypto.ts";
import { type Connection, makeConnection } from "./connection.ts";
import { type ContainerImage } from "./container_image.ts";
import { startIncomingStream } from "./incoming_stream.ts";
import { breakFrame } from "./malformed_frame.ts";
import {
  decodeMessage,
  encodeAcknowledge,
  type Message,
  payloadTypes,
} from "./message_codec.ts";
import { resendIntervalMs, startOutgoingStream } from "./outgoing_stream.ts";
import { planStart } from "./plan_start.ts";
import { pumpOutput } from "./pump_output.ts";
import {
  encodeChannelClosed,
  encodeStartPublication,
  readSize,
} from "./session_messages.ts";
import type { CommandWay, PortProperties } from "./api_context.ts";
import { openPortEnd, type PortEnd } from "./port_end.ts";
import type { SessionEvent, SessionInfo } from "./sandbox.ts";
import type { SandboxOptions } from "./sandbox_options.ts";
import type { Random } from "./seeded_random.ts";
import { SessionTimers } from "./session_timers.ts";
import { type PipedCommand, startPiped } from "./start_piped.ts";
import { type Pty, startPty } from "./start_pty.ts";

/** What a session is given at its birth. */
export type SessionParts = {
  readonly sessionId: string;
  readonly cluster: string;
  readonly taskId: string;
  readonly container: string;
  readonly command: string;
  readonly directory: string;
  readonly image: ContainerImage;
  /** On an instance the agent gives the command to a shell; in a container it splits it itself. */
  readonly shell: boolean;
  /** Whether the agent ever hears of it: not if its control channel is blocked. */
  readonly heard: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** Absent: as ExecuteCommand has it, interactive. */
  readonly way?: CommandWay;
  /** Of a session that forwards a port, and runs nothing. */
  readonly port?: PortProperties;
  readonly options: SandboxOptions;
  readonly random: Random;
  readonly kmsKeyId: string | undefined;
  decryptDataKey(ciphertextBlob: string): Buffer | undefined;
  report(event: SessionEvent): void;
};

const handshakeTimeoutMs = 15_000;

/** The agent's end of one session: a process on a pty and the channel to its client. */
export class AgentSession {
  readonly #parts: SessionParts;
  readonly #timers = new SessionTimers();
  readonly #outgoing = startOutgoingStream((frame, number) =>
    this.#deliver(frame, number)
  );
  readonly #incoming = startIncomingStream(
    (message) => this.#process(message),
    (message) => this.#acknowledge(message),
    (blocked) => this.#onBlocked(blocked),
  );
  #state: SessionInfo["state"] = "created";
  #phase: "new" | "opening" | "handshake" | "open" | "over" = "new";
  #connection: Connection | undefined;
  #clientId = "";
  #publishing = true;
  #handshake: Handshake | undefined;
  #keys: ChannelKeys | undefined;
  #pty: Pty | undefined;
  #command: PipedCommand | undefined;
  #pid: number | undefined;
  #portEnd: PortEnd | undefined;
  #pump: Promise<void> | undefined;
  #cutsLeft: number;
  #terminate: "no" | "later" | "now" = "no";
  #closedWith: string | undefined;
  #inputCutsLeft: number;
  #inputUntilCut: number;
  #away = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#cutsLeft = parts.options.disconnects;
    this.#inputCutsLeft = parts.options.inputCuts;
    this.#inputUntilCut = this.#drawInputUntilCut();
    if (parts.options.startBeforeClient) this.#open();
  }

  /** The session as it stands. */
  describe(): SessionInfo {
    const { sessionId, cluster, taskId, container, command, directory } =
      this.#parts;
    const out = this.#outgoing.counts();
    const { frames, bytes, duplicates } = this.#incoming.counts();
    return {
      sessionId,
      cluster,
      taskId,
      container,
      command,
      directory,
      state: this.#state,
      pid: this.#pid,
      sent: { frames: out.frames, bytes: out.bytes },
      received: { frames, bytes },
      resent: out.resent,
      unacknowledged: this.#outgoing.pending(),
      duplicates,
    };
  }

  /** A client has shown its token: the first one, or the same again after a cut. */
  join(socket: WebSocket, clientId: string): void {
    const replaced = this.#connection;
    this.#connection = undefined;
    replaced?.cut();
    this.#clientId = clientId;
    const { options, random } = this.#parts;
    const cutAfter = this.#cutsLeft > 0
      ? options.disconnectAfterFrames || 1 + Math.floor(random() * 40)
      : undefined;
    const connection = makeConnection(socket, options, random, cutAfter, {
      onFrame: (frame) => this.#receive(frame),
      onClose: () => {
        if (this.#connection !== connection) return;
        this.#connection = undefined;
        if (cutAfter !== undefined) this.#cutsLeft--;
        if (this.#phase !== "over") this.#report({ kind: "cut" });
        this.#timers.wake();
      },
    });
    this.#connection = connection;
    this.#report({ kind: "joined", clientId });
    if (this.#closedWith !== undefined) return this.#sayClosed();
    this.#publishing = true;
    if (this.#parts.heard) connection.sendSafely(encodeStartPublication());
    if (this.#incoming.blocked()) connection.setReading(false);
    this.#timers.wake();
    if (this.#phase === "new") this.#open();
  }

  /** Ends the session as the TerminateSession API does. */
  terminate(): void {
    if (this.#phase === "over") return;
    this.#report({ kind: "terminating" });
    if (!this.#incoming.blocked()) return this.#endProcess();
    this.#terminate = "later";
    const { blindTerminateMs } = this.#parts.options;
    if (blindTerminateMs === Infinity) return;
    this.#timers.after(() => this.#endProcess(), blindTerminateMs);
  }

  /** The container is gone, and the agent with it: nothing is said any more. */
  die(): void {
    this.#phase = "over";
    this.#state = "closed";
    this.#pty?.kill("SIGKILL");
    this.#command?.kill();
    this.#portEnd?.close();
    this.#timers.close();
    this.#report({ kind: "closed", output: "" });
  }

  /** Cuts the connection; the process goes on. */
  cut(): void {
    this.#connection?.cut();
  }

  /** Ends whatever is left of it. */
  async close(): Promise<void> {
    this.#phase = "over";
    this.#timers.close();
    this.#connection?.cut();
    this.#pty?.kill("SIGKILL");
    this.#command?.kill();
    this.#portEnd?.close();
    await this.#pty?.close();
    await this.#pump;
  }

  #open(): void {
    const { heard, options, kmsKeyId, port, way } = this.#parts;
    // No worker of the agent has heard of it, and none will.
    if (!heard) return;
    this.#phase = "opening";
    this.#timers.repeat(() => this.#tick(), resendIntervalMs);
    const handshake = kmsKeyId !== undefined || options.handshake ||
      options.customerMessage !== "" || port !== undefined ||
      way?.sessionType === "NonInteractiveCommands";
    const proceed = () => handshake ? this.#shakeHands() : this.#start();
    if (options.channelOpenMs > 0) {
      this.#timers.after(proceed, options.channelOpenMs);
    } else proceed();
  }

  #shakeHands(): void {
    this.#phase = "handshake";
    const { kmsKeyId, options, port, way } = this.#parts;
    this.#timers.after(() => {
      if (this.#phase !== "handshake") return;
      this.#finish(
        "Handshake timed out. Please ensure that you have the latest version " +
          "of the session manager plugin.",
      );
    }, handshakeTimeoutMs);
    this.#handshake = prepareHandshake({
      kmsKeyId,
      customerMessage: options.customerMessage,
      agentVersion: options.ssmAgentVersion,
      sessionType: way?.sessionType ?? "InteractiveCommands",
      port,
      send: (type, payload) => this.#outgoing.send(type, payload),
      decryptDataKey: (blob) => this.#parts.decryptDataKey(blob),
      complete: (keys) => {
        this.#keys = keys;
        this.#start();
      },
      fail: (output) => this.#finish(output),
    });
    this.#handshake.begin();
  }

  #start(): void {
    this.#phase = "open";
    this.#state = "running";
    const { command, directory, env, image, options, shell, port, way } =
      this.#parts;
    if (port !== undefined) return this.#startPort(port);
    const plan = shell
      ? { kind: "run", file: "/bin/sh", args: ["-c", command] } as const
      : planStart(command, image, directory);
    if (plan.kind === "silence") return;
    if (plan.kind === "refusal") {
      return plan.late
        ? this.#timers.after(
          () => this.#finish(plan.output),
          options.startErrorDelayMs,
        )
        : this.#finish(plan.output);
    }
    const { file, args } = plan;
    if (way?.sessionType === "NonInteractiveCommands") {
      return this.#startPiped([file, ...args], way);
    }
    const pty = startPty({ file, args, env, cwd: directory });
    this.#pty = pty;
    this.#pid = pty.pid;
    this.#report({ kind: "started", pid: pty.pid });
    pty.exit.then(({ code, signal }) => {
      if (this.#state === "running") this.#state = "exited";
      this.#report({ kind: "exited", code, signal });
    });
    this.#pump = pumpOutput({
      pty,
      options,
      timers: this.#timers,
      paused: () => this.#isPaused(),
      over: () => this.#phase === "over",
      waiting: () => this.#connection?.waiting() ?? 0,
      send: (bytes) => this.#sendPayload(payloadTypes.output, bytes),
    }).then(async () => {
      // A program may let go of its terminal and still run.
      await pty.exit;
      this.#settle();
    });
  }

  /** A command without a terminal, which is sent nothing. */
  #startPiped(
    words: readonly [string, ...string[]],
    { apart }: CommandWay,
  ): void {
    const { directory, env } = this.#parts;
    const command = startPiped({ words, env, cwd: directory, apart }, {
      timers: this.#timers,
      isPaused: () => this.#isPaused(),
      isOver: () => this.#phase === "over",
      waiting: () => this.#connection?.waiting() ?? 0,
      send: (stream, bytes) =>
        this.#sendPayload(
          stream === "stderr" ? payloadTypes.stdErr : payloadTypes.output,
          bytes,
        ),
    });
    this.#command = command;
    this.#pid = command.pid;
    this.#report({ kind: "started", pid: command.pid });
    this.#pump = command.exit.then((exit) => {
      if (this.#state === "running") this.#state = "exited";
      this.#report({ kind: "exited", ...exit });
      if (apart) {
        this.#sendPayload(
          payloadTypes.exitCode,
          new TextEncoder().encode(
            `EXIT_CODE: ${exit.signal > 0 ? 128 + exit.signal : exit.code}`,
          ),
        );
      }
      this.#settle();
    });
  }

  #sendPayload(type: number, bytes: Uint8Array): void {
    this.#outgoing.send(
      type,
      this.#keys === undefined
        ? bytes
        : encryptPayload(this.#keys.toClient, bytes),
    );
  }

  /** From here on the session is what is at both ends of the port's connections. */
  #startPort(port: PortProperties): void {
    const { options } = this.#parts;
    this.#report({ kind: "started", pid: 0 });
    this.#portEnd = openPortEnd(port, {
      timers: this.#timers,
      intervalMs: options.messageIntervalMs,
      hosts: options.hosts,
      isPaused: () => this.#isPaused(),
      waiting: () => this.#connection?.waiting() ?? 0,
      send: (type, payload) => this.#outgoing.send(type, payload),
      finish: (output) => {
        if (output !== "") return this.#finish(output);
        this.#settle();
      },
    });
  }

  #isPaused(): boolean {
    if (this.#terminate === "now") return false;
    return !this.#publishing || this.#away ||
      (this.#connection === undefined &&
        this.#parts.options.whileCut === "pause" &&
        !(this.#parts.options.startBeforeClient && this.#clientId === ""));
  }

  /** The process has ended and was read to the end: wait for acknowledgements, but not for ever. */
  #settle(): void {
    if (this.#phase === "over") return;
    if (this.#outgoing.pending() === 0) return this.#finish("");
    this.#giveUpAt = Date.now() + this.#parts.options.giveUpMs;
  }
  #giveUpAt: number | undefined;

  #tick(): void {
    const now = Date.now();
    if (this.#giveUpAt !== undefined && now >= this.#giveUpAt) {
      return this.#finish("");
    }
    if (this.#connection !== undefined && !this.#away) {
      this.#outgoing.resendHead(now);
    }
  }

  #deliver(frame: Uint8Array, sequenceNumber: number): void {
    if (this.#away) return;
    const { malformed } = this.#parts.options;
    if (malformed?.beforeFrame === sequenceNumber) {
      this.#connection?.sendSafely(breakFrame(frame, malformed.kind));
    }
    this.#connection?.send(frame);
  }

  #receive(frame: Buffer): void {
    if (this.#away || !this.#parts.heard) return;
    // A dead agent hears nothing; one that has ended still re-acknowledges.
    if (this.#state === "closed" && this.#closedWith === undefined) return;
    const decoded = decodeMessage(frame);
    if (decoded.kind === "error") return;
    const { message } = decoded;
    switch (message.messageType) {
      case "acknowledge":
        return this.#takeAcknowledgement(message);
      case "input_stream_data":
        return this.#takeInput(message);
      case "pause_publication":
        this.#publishing = false;
        return;
      case "start_publication":
        this.#publishing = true;
        return this.#timers.wake();
    }
  }

  #takeAcknowledgement(message: Message): void {
    const { options, random } = this.#parts;
    if (options.ignoredAcks > 0 && random() < options.ignoredAcks) return;
    const { AcknowledgedMessageSequenceNumber } = JSON.parse(
      message.payload.toString("latin1", 0, message.payload.length),
    ) as { AcknowledgedMessageSequenceNumber: number };
    this.#outgoing.acknowledge(AcknowledgedMessageSequenceNumber);
    if (this.#giveUpAt !== undefined && this.#outgoing.pending() === 0) {
      this.#finish("");
    }
  }

  #takeInput(message: Message): void {
    if (this.#phase === "opening") {
      if (this.#parts.options.earlyInput === "ignore") return;
    }
    this.#incoming.receive(message);
  }

  #process(message: Message): void | Promise<void> {
    // Input that comes too early, too late or during a handshake is
    // acknowledged and dropped.
    if (this.#phase === "handshake") return this.#handshake?.receive(message);
    if (this.#phase === "open" && this.#portEnd !== undefined) {
      const { payloadType, payload } = message;
      return this.#portEnd.receive(payloadType, payload);
    }
    const pty = this.#pty;
    if (this.#phase !== "open" || pty === undefined) return;
    if (message.payloadType === payloadTypes.size) {
      const { cols, rows } = readSize(message.payload);
      pty.resize(cols, rows);
      return this.#report({ kind: "resized", cols, rows });
    }
    // A flag, TerminateSession too, is acknowledged and ignored.
    if (message.payloadType !== payloadTypes.output) return;
    const bytes = this.#keys === undefined
      ? message.payload
      : decryptPayload(this.#keys.fromClient, message.payload);
    if (bytes === undefined) return;
    const written = pty.writeNow(bytes);
    if (written === bytes.length) return this.#countInput();
    return this.#writeRest(pty, bytes.subarray(written))
      .then(() => this.#countInput());
  }

  #acknowledge(message: Message): boolean {
    if (this.#away) return false;
    this.#connection?.send(encodeAcknowledge(message));
    return true;
  }

  /** Written to the pty, not acknowledged yet: here the agent loses its socket. */
  #countInput(): void {
    if (this.#inputCutsLeft === 0 || --this.#inputUntilCut > 0) return;
    this.#inputCutsLeft--;
    this.#inputUntilCut = this.#drawInputUntilCut();
    this.#away = true;
    this.#report({ kind: "agent-cut" });
    this.#timers.after(() => {
      this.#away = false;
      this.#timers.wake();
    }, this.#parts.options.agentAwayMs);
  }

  #drawInputUntilCut(): number {
    const { options, random } = this.#parts;
    if (options.inputCuts === 0) return 0;
    return options.inputCutAfterFrames || 1 + Math.floor(random() * 40);
  }

  async #writeRest(pty: Pty, bytes: Buffer): Promise<void> {
    let rest = bytes;
    while (rest.length > 0 && this.#phase === "open") {
      await pty.waitWritable();
      rest = rest.subarray(pty.writeNow(rest));
    }
  }

  #onBlocked(blocked: boolean): void {
    if (blocked) this.#report({ kind: "full" });
    this.#connection?.setReading(!blocked);
    if (!blocked && this.#terminate === "later") this.#endProcess();
  }

  #endProcess(): void {
    this.#terminate = "now";
    // The direct child is killed outright; the kernel then hangs up on the
    // foreground group, and who ignores that (nohup) lives on.
    this.#pty?.kill("SIGKILL");
    this.#command?.kill();
    this.#timers.wake();
    this.#portEnd?.close();
    if (this.#pty === undefined && this.#command === undefined) {
      this.#finish("");
    }
  }

  #finish(output: string): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#state = "closed";
    this.#closedWith = output;
    this.#timers.close();
    this.#sayClosed();
    this.#report({ kind: "closed", output });
    this.#pty?.close();
    this.#portEnd?.close();
  }

  #sayClosed(): void {
    this.#connection?.sendSafely(
      encodeChannelClosed(
        this.#parts.sessionId,
        this.#clientId,
        this.#closedWith ?? "",
      ),
    );
  }

  #report(event: DistributiveOmit<SessionEvent, "sessionId">): void {
    this.#parts.report(
      { ...event, sessionId: this.#parts.sessionId } as SessionEvent,
    );
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K>
  : never;
