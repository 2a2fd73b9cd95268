import type { Deps, InputDevice, OpenFile, OutputDevice } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import {
  formatRecordingEvent,
  formatRecordingHead,
} from "../output/format_recording.ts";
import { quotePath } from "../quote_value.ts";
import type { Stdio } from "../terminal/run_session.ts";
import { tellReason } from "./tell_reason.ts";

/** What is to be recorded, and where. */
export interface RecordingRequest {
  readonly path: string;
  /** Keys too: there may be passwords among them. */
  readonly input: boolean;
}

/** A session's streams, and the recording of what passes through them. */
export interface Recording {
  readonly stdio: Stdio;
  /**
   * Ends the recording; what has come is in the file.
   *
   * @throws {PortholeError} io_failed where something could not be written.
   */
  finish(): Promise<void>;
}

/**
 * Records a session, event by event: whatever ends porthole, what has passed until then is in the file. It is
 * made when the session begins, for its owner's eyes only.
 *
 * @throws {PortholeError} io_failed where the file cannot be made.
 */
export async function recordSession(
  { path, input }: RecordingRequest,
  stdio: Stdio,
  deps: Pick<
    Deps,
    | "now"
    | "env"
    | "terminalSize"
    | "onSignal"
    | "checkWritable"
    | "openPrivateFile"
    | "platform"
  >,
): Promise<Recording> {
  const explain = (error: unknown): PortholeError =>
    new PortholeError(
      "io_failed",
      `Cannot write the recording to ${quotePath(path)}: ${tellReason(error)}`,
      { cause: error },
    );
  await deps.checkWritable(path).catch((error) => {
    throw explain(error);
  });
  let began: number | undefined;
  let file: OpenFile | undefined;
  let failure: PortholeError | undefined;
  let written: Promise<void> = Promise.resolve();
  let stopListening = () => {};

  function write(text: string): void {
    written = written.then(async () => {
      if (failure !== undefined) return;
      file ??= await deps.openPrivateFile(path);
      await file.write(new TextEncoder().encode(text));
    }).catch((error) => {
      failure ??= explain(error);
    });
  }

  function begin(): void {
    if (began !== undefined) return;
    const startedAt = deps.now();
    began = startedAt.getTime();
    const size = deps.terminalSize() ?? { columns: 80, rows: 24 };
    write(formatRecordingHead({ ...size, startedAt, term: deps.env("TERM") }));
    if (deps.platform === "windows") return;
    stopListening = deps.onSignal("SIGWINCH", () => {
      const { columns, rows } = deps.terminalSize() ?? size;
      add("r", `${columns}x${rows}`);
    });
  }

  function add(kind: "o" | "i" | "r", data: string): void {
    if (data === "" || began === undefined) return;
    write(formatRecordingEvent(deps.now().getTime() - began, kind, data));
  }

  /** Takes down bytes as text; a character that comes in two parts goes with its end. */
  function takeDown(kind: "o" | "i") {
    const decoder = new TextDecoder();
    return {
      take: (bytes: Uint8Array) =>
        add(kind, decoder.decode(bytes, { stream: true })),
      end: () => add(kind, decoder.decode()),
    };
  }

  const keys = takeDown("i");
  const screen = takeDown("o");
  const stdin: InputDevice = {
    ...stdio.stdin,
    open() {
      begin();
      const stream = stdio.stdin.open();
      if (!input) return stream;
      return stream.pipeThrough(
        new TransformStream({
          transform(bytes, controller) {
            keys.take(bytes);
            controller.enqueue(bytes);
          },
        }),
      );
    },
  };
  const stdout: OutputDevice = {
    ...stdio.stdout,
    async write(bytes) {
      begin();
      screen.take(bytes);
      await stdio.stdout.write(bytes);
    },
  };
  return {
    stdio: { ...stdio, stdin, stdout },
    async finish() {
      stopListening();
      screen.end();
      keys.end();
      await written;
      file?.close();
      if (failure !== undefined) throw failure;
    },
  };
}
