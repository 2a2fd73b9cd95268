import { checkUpgrade } from "../http/check_upgrade.ts";
import { BadRequest } from "../http/parse_head.ts";
import type { Exchange, HttpAnswer } from "../http/serve_http.ts";
import { Refusal, refuseUnseen } from "../refusal.ts";
import { allows } from "../users/scope.ts";
import { findByToken, readBasic } from "../users/token.ts";
import { isExpired } from "../users/user.ts";
import { changeSystem } from "./change_system.ts";
import { holdLogs } from "./hold_logs.ts";
import { findRoute, type RackRoute } from "./find_route.ts";
import {
  answerJson,
  answerRefusal,
  answerText,
  formatApp,
  formatProcess,
  formatRack,
  formatService,
  formatSystem,
} from "./format_answers.ts";
import { generationOf, type KnownRequest, type RackRoom } from "./request.ts";
import { resumeSession, terminateSession } from "./act_on_ticket.ts";
import { runProcess, stopProcess } from "./run_process.ts";
import { checkRate, explainRefusal } from "./refuse_request.ts";
import { serveExecRequest } from "./serve_exec_request.ts";

/** Answers one request, whatever it is. Never rejects, but for a connection that fails. */
export async function answerRequest(
  exchange: Exchange,
  room: RackRoom,
): Promise<void> {
  const { head } = exchange;
  // It asks nothing, so that a health check says how this process is, and nothing else.
  if (head.path === "/check" && head.method === "GET") {
    return await exchange.answer(
      room.isDraining() ? answerText("restarting\n", 503) : answerText("ok\n"),
    );
  }
  try {
    const known = authenticate(exchange, room);
    exchange.admit();
    const route = findRoute(head.method, head.path);
    if (route === undefined) throw refuseUnseen();
    const upgrade = checkUpgrade(head);
    if (route.kind === "exec") {
      return await serveExecRequest(known, route, upgrade, room);
    }
    if (route.kind === "system_logs") {
      return await holdLogs(known, upgrade, room);
    }
    if (upgrade !== undefined) throw refuseUnseen();
    await exchange.answer(await answerRoute(known, route, room));
  } catch (error) {
    if (error instanceof BadRequest) throw error;
    await exchange.answer(answerRefusal(explainRefusal(error, room)));
  }
}

/** Whose token it is; a request without one that counts learns nothing but that. */
function authenticate(exchange: Exchange, room: RackRoom): KnownRequest {
  const users = room.users();
  if (users === undefined) {
    throw new Refusal(503, "users cannot be read, try again");
  }
  const password = readBasic(exchange.head.headers.get("authorization"));
  const user = findByToken(password ?? "", users);
  if (user === undefined || isExpired(user, room.deps.now())) {
    room.countBadToken(exchange.address);
    throw new Refusal(401, "invalid authentication");
  }
  const { name, id } = user;
  return { exchange, user, caller: { name, id, address: exchange.address } };
}

async function answerRoute(
  known: KnownRequest,
  route: Exclude<RackRoute, { kind: "exec" | "system_logs" }>,
  room: RackRoom,
): Promise<HttpAnswer> {
  const { user } = known;
  const { facts, lookUp, settings } = room;
  switch (route.kind) {
    case "auth":
      return answerText("ok\n");
    case "racks":
      return answerJson([formatRack(facts, await settings.read())]);
    case "rack":
      if (route.name !== facts.name) throw refuseUnseen();
      return answerJson(formatRack(facts, await settings.read()));
    case "system":
      return answerJson(formatSystem(facts, await settings.read()));
    case "change_system":
      return await changeSystem(known, room);
    case "resume":
      return await resumeSession(known, room);
    case "terminate":
      return await terminateSession(known, room);
    case "apps":
      return answerJson(
        lookUp.listApps(user).map((app) =>
          formatApp(app, generationOf(room, app))
        ),
      );
    case "app":
    case "budget":
      if (!lookUp.listApps(user).includes(route.app)) throw refuseUnseen();
      return answerJson(
        route.kind === "budget"
          ? {}
          : formatApp(route.app, generationOf(room, route.app)),
      );
    case "services": {
      checkRate(known, room);
      const services = await lookUp.listServices(user, route.app);
      return answerJson(services.map(formatService));
    }
    case "processes": {
      checkRate(known, room);
      const wanted = readQuery(known).get("service");
      const seen = await lookUp.listTasks(user, route.app);
      return answerJson(
        seen.filter(({ service }) => !wanted || service === wanted)
          .map((one) =>
            formatProcess(route.app, one, mayExec(known, route.app, one))
          ),
      );
    }
    case "process": {
      checkRate(known, room);
      const seen = await lookUp.findTask(user, route.app, route.pid);
      return answerJson(
        formatProcess(route.app, seen, mayExec(known, route.app, seen)),
      );
    }
    case "run":
      checkRate(known, room);
      return await runProcess(known, route, room);
    case "stop":
      checkRate(known, room);
      return await stopProcess(known, route, room);
  }
}

function mayExec(
  { user }: KnownRequest,
  app: string,
  { service, isRun }: { readonly service: string; readonly isRun: boolean },
): boolean {
  return isRun || allows(user.scopes, "exec", app, service);
}

function readQuery({ exchange }: KnownRequest): URLSearchParams {
  return new URLSearchParams(exchange.head.query ?? "");
}
