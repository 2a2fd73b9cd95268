/** What the bench measures: the keys are those of its JSON, the order is that of its tables. */
export const measures = {
  start: { title: "start (version)", unit: "ms" },
  first_request: { title: "start to first AWS request", unit: "ms" },
  exec: { title: "exec -- true, 0 ms a call", unit: "ms" },
  exec_50_ms: { title: "exec -- true, 50 ms a call", unit: "ms" },
  exec_rack: { title: "exec -- true, handed off by a rack", unit: "ms" },
  tasks: { title: "1000 tasks, 50 ms a call", unit: "ms" },
  doctor: { title: "doctor --no-probe, 50 ms a call", unit: "ms" },
  exec_all: { title: "exec --all, 200 tasks, 20 at a time", unit: "ms" },
  memory_exec_all: { title: "peak memory of that", unit: "MB" },
  docker_exec: { title: "Docker exec, start to output", unit: "ms" },
  docker_exec_decided: { title: "Docker exec, decision to output", unit: "ms" },
  output: { title: "output, 50 MiB in 1 KiB messages", unit: "MB/s" },
  output_pty: { title: "output, 50 MiB in base64 from a pty", unit: "MB/s" },
  input: { title: "stdin, 64 MiB", unit: "MB/s" },
  copy_out: { title: "cp out, 16 MiB, start to end", unit: "MB/s" },
  copy_in: { title: "cp in, 16 MiB, start to end", unit: "MB/s" },
  forward_down: { title: "forward, 64 MiB from the port", unit: "MB/s" },
  forward_up: { title: "forward, 64 MiB to the port", unit: "MB/s" },
  forward_echo: { title: "forward, a byte and back, p50", unit: "ms" },
  forward_echo_p99: { title: "forward, a byte and back, p99", unit: "ms" },
  logs: { title: "logs -f, 20 tasks of 50 lines/s", unit: "lines/s" },
  memory_logs: { title: "peak memory of that", unit: "MB" },
  echo: { title: "a key's echo, p50", unit: "ms" },
  echo_p99: { title: "a key's echo, p99", unit: "ms" },
  echo_own: { title: "  porthole's part of it, p50", unit: "ms" },
  echo_own_p99: { title: "  porthole's part of it, p99", unit: "ms" },
  echo_terminal: { title: "  a terminal alone, p50", unit: "ms" },
  echo_terminal_p99: { title: "  a terminal alone, p99", unit: "ms" },
  memory_streaming: { title: "peak memory while streaming", unit: "MB" },
  memory_resting: { title: "memory of a session at rest", unit: "MB" },
  binary: { title: "binary", unit: "MB" },
  archive_tar_gz: { title: "archive, .tar.gz", unit: "MB" },
  archive_tar_xz: { title: "archive, .tar.xz", unit: "MB" },
  archive_zip: { title: "archive, .zip", unit: "MB" },
} as const satisfies Readonly<
  Record<string, { readonly title: string; readonly unit: Unit }>
>;

/** The program that does nothing, as the report names it. */
export const FLOOR = "empty program";

/** What is set beside the empty program's own measure: all of it is more than that. */
export const aboveFloor: Readonly<Partial<Record<MeasureName, MeasureName>>> = {
  start: "start",
  first_request: "start",
  exec: "start",
  memory_streaming: "memory_resting",
  memory_resting: "memory_resting",
};

/** Of the units only those by the second (MB/s is a million bytes) are better when there is more of it. */
export type Unit = "ms" | "MB/s" | "lines/s" | "MB";

/** A key of {@link measures}. */
export type MeasureName = keyof typeof measures;

/** One number that a run of a program brought, in the measure's unit. */
export interface Figure {
  readonly measure: MeasureName;
  readonly value: number;
}

/** One thing that is run again and again. */
export interface Measurement {
  /** What its figures are of: `porthole`, or a peer's name. */
  readonly program: string;
  /** It takes seconds: it has a turn in so many. */
  readonly everyTurn: number;
  /** Runs it once. */
  readonly run: () => Promise<readonly Figure[]>;
}
