import type { HttpAnswer } from "../http/serve_http.ts";
import { decodeHeader } from "../http/parse_head.ts";
import { refuseRestart } from "../limits/session_table.ts";
import { Refusal, refuseUnseen } from "../refusal.ts";
import { RUN_TAGS } from "../sessions/session_ports.ts";
import type { RunCall } from "../sessions/session_call.ts";
import { answerJson, answerText, formatProcess } from "./format_answers.ts";
import { tellRefusal } from "./refuse_request.ts";
import { generationOf, type KnownRequest, type RackRoom } from "./request.ts";

/** `POST …/services/S/processes`: a task like the service's, which is the caller's own. */
export async function runProcess(
  known: KnownRequest,
  { app, service }: { readonly app: string; readonly service: string },
  room: RackRoom,
): Promise<HttpAnswer> {
  const { exchange, user, caller } = known;
  try {
    if (room.isDraining()) throw refuseRestart();
    const found = await room.lookUp.findService(user, "run", app, service);
    if (!room.allow.run) {
      throw new Refusal(403, "this rack runs without --allow-run");
    }
    const call: RunCall = {
      caller,
      app,
      generation: generationOf(room, app),
      service: found,
      ...readRunHeaders(exchange.head.headers),
    };
    const task = await room.run(call);
    room.lookUp.noteStart(app);
    const tags = new Map([[RUN_TAGS.user, caller.id]]);
    return answerJson(
      formatProcess(app, {
        task: { ...task, tags },
        service,
        isRun: true,
      }, true),
    );
  } catch (error) {
    throw await tellRefusal(error, known, { verb: "run", app, service }, room);
  }
}

/** `DELETE …/processes/P`: stops a task that the caller has run; one of a service is as absent. */
export async function stopProcess(
  known: KnownRequest,
  { app, pid }: { readonly app: string; readonly pid: string },
  room: RackRoom,
): Promise<HttpAnswer> {
  const { user, caller } = known;
  try {
    const { task, service, isRun } = await room.lookUp.findTask(user, app, pid);
    if (!isRun) throw refuseUnseen();
    await room.audit.write({
      event: "stop",
      user: caller.name,
      address: caller.address,
      app,
      service,
      task: task.id,
    });
    await room.tasks.stopTask(app, task.id, `stopped by ${caller.name}`);
    return answerText("ok\n");
  } catch (error) {
    throw await tellRefusal(error, known, { verb: "stop", app }, room);
  }
}

const NOT_HERE = ["release", "image", "volumes"];

function readRunHeaders(
  headers: ReadonlyMap<string, string>,
): Pick<RunCall, "command" | "environment" | "memory"> {
  const refused = NOT_HERE.find((name) => headers.get(name));
  if (refused !== undefined) {
    throw new Refusal(400, `the header ${refused} is not supported`);
  }
  const command = headers.get("command");
  const memory = headers.get("memory");
  if (memory && !/^[1-9][0-9]{0,6}$/.test(memory)) {
    throw new Refusal(400, "the header Memory is not a number of MiB");
  }
  // Convox's SDK writes a map as a query string.
  const environment = [
    ...new URLSearchParams(decodeHeader(headers.get("environment") ?? "")),
  ].map(([name, value]) => ({ name, value }));
  if (environment.some(({ name }) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) {
    throw new Refusal(400, "the header Environment has a name that is none");
  }
  return {
    environment,
    ...(command ? { command: decodeHeader(command) } : {}),
    ...(memory ? { memory: Number(memory) } : {}),
  };
}
