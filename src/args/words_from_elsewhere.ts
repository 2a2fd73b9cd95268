import { usageError } from "./usage_error.ts";
import type { PortholeError } from "../errors.ts";

/** What to use instead of a command that other programs have. */
type Answer = readonly [reason: string, ...hints: readonly string[]];

const EXEC: Answer = [
  '"exec" opens a shell or runs a command',
  "porthole exec SERVICE",
];
const TASKS: Answer = ['"tasks" lists tasks', "porthole tasks SERVICE"];
const STATUS: Answer = [
  '"status" shows a service and its last events',
  "porthole status SERVICE",
];
const LOGS: Answer = [
  '"logs" shows what containers have written',
  "porthole logs SERVICE --follow",
];
const COPY: Answer = [
  '"cp" copies files and directories',
  "out of a container: porthole cp SERVICE:PATH .",
  "into a container: porthole cp FILE SERVICE:PATH",
];
const FORWARD: Answer = [
  '"forward" forwards local ports to a container',
  "porthole forward SERVICE LOCAL:PORT",
];
const STOP: Answer = ['"stop" stops tasks', "porthole stop TASK-ID"];

/** Commands of kubectl, docker, ssh, and similar programs. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  ssh: EXEC,
  shell: EXEC,
  sh: EXEC,
  bash: EXEC,
  console: EXEC,
  attach: EXEC,
  connect: EXEC,
  "execute-command": EXEC,
  ps: TASKS,
  ls: TASKS,
  list: TASKS,
  get: TASKS,
  describe: STATUS,
  services: STATUS,
  events: STATUS,
  log: LOGS,
  tail: LOGS,
  copy: COPY,
  scp: COPY,
  "port-forward": FORWARD,
  portforward: FORWARD,
  "forward-port": FORWARD,
  tunnel: FORWARD,
  proxy: FORWARD,
  kill: STOP,
  rm: STOP,
  deploy: [
    "porthole opens sessions; it does not deploy",
    "Deploy with the tool you use today; " +
    '"porthole enable-exec SERVICE" turns ECS Exec on',
  ],
};

/** The error for a command that porthole has under another name, or not at all. */
export function answerElsewhere(word: string): PortholeError | undefined {
  if (!Object.hasOwn(ANSWERS, word)) return undefined;
  const [reason, ...hints] = ANSWERS[word]!;
  return usageError(`Cannot run "${word}": ${reason}`, hints);
}
