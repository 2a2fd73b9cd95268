import { createAwsAccess } from "../../access/aws/create_aws_access.ts";
import { createBrokeredSessions } from "../../access/aws/create_brokered_sessions.ts";
import { createRevisions } from "../../access/aws/create_revisions.ts";
import { createTaggedTasks } from "../../access/aws/create_tagged_tasks.ts";
import type { SharedFlags } from "../../args/invocation.ts";
import type { RackServeAction } from "../../args/rack_server.ts";
import { usageError } from "../../args/usage_error.ts";
import { buildInfo } from "../../build_info.ts";
import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import { quoteValue } from "../../quote_value.ts";
import { createAudit } from "../../rack/audit/create_audit.ts";
import { parseBlock } from "../../rack/http/http_address.ts";
import type { Front } from "../../rack/http/serve_http.ts";
import { createLookUp } from "../../rack/look_up/look_up.ts";
import { serveRack } from "../../rack/serve_rack.ts";
import type { Caller } from "../../rack/sessions/session_call.ts";
import { serveExec } from "../../rack/sessions/serve_exec.ts";
import type { SessionPorts } from "../../rack/sessions/session_ports.ts";
import { startRun } from "../../rack/sessions/start_run.ts";
import { createSettings } from "../../rack/settings/create_settings.ts";
import { RACK_VERSIONS } from "../../rack/settings/rack_versions.ts";
import { readContainerMetadata } from "../../rack/settings/read_container_metadata.ts";
import { readTicket, signTicket } from "../../rack/tickets/ticket.ts";
import { watchUsers } from "../../rack/users/watch_users.ts";
import type { Report } from "../../report/report.ts";
import { openAwsClient } from "../../start/open_access.ts";
import { openListener } from "./open_listener.ts";
import { openServedStore, readServerConfig } from "./open_user_store.ts";
import { readTicketKeys } from "./read_ticket_keys.ts";

/** `porthole rack serve`: a rack, until TERM has drained it or INT ends it. */
export async function serve(
  action: RackServeAction,
  shared: SharedFlags,
  deps: Deps,
  log: Log,
): Promise<Report> {
  const front = readFront(action);
  const keys = await readTicketKeys(action.ticketKey, deps, log);
  const config = await readServerConfig(shared, deps, log);
  const aws = openAwsClient(config, shared, deps, log);
  const store = openServedStore(action.users, aws, deps);
  const access = createAwsAccess(aws);
  const audit = createAudit(deps);
  const ports = {
    ecsExec: action.ecsExec,
    clusters: action.clusters,
    ...(action.sessionRole === undefined
      ? {}
      : { sessionRoleArn: action.sessionRole }),
  };
  const settings = createSettings({
    ...ports,
    now: deps.now,
    access: { ...access, ...createRevisions(aws) },
    audit,
    versions: RACK_VERSIONS,
    readMetadata: () => readContainerMetadata(deps),
    findCaller: async () => (await access.getCallerIdentity()).arn,
  });
  // What it may not be a target of has to be known before anybody asks.
  await settings.findOwn();

  const sessionsOf = shareSessions(
    action,
    (role) =>
      createBrokeredSessions(openAwsClient(config, shared, deps, log, role)),
  );
  const rack = action.name;
  const sessionPorts: SessionPorts = {
    rack,
    region: aws.region,
    access,
    sessionsOf,
    audit,
    signTicket: (facts) =>
      Promise.resolve(signTicket(facts, {
        rack,
        keys,
        until: new Date(facts.opened.getTime() + action.maxSessionMs),
      })),
    readEcsExec: async () => (await settings.read()).ecsExec,
    docker: shared.config === undefined ? undefined : config,
    handoff: action.handoff,
    deps,
    log,
  };
  const over = new AbortController();
  const userWatch = await watchUsers({
    ...deps,
    store,
    audit,
    log,
    signal: over.signal,
  });
  if (userWatch.current() === undefined) {
    log.warn("Users cannot be read yet: nobody can sign in until they can");
  }
  const { listener, address } = await openListener(action, deps);
  log.info(`Rack "${rack}" listens on ${address}`);
  await audit.write({ event: "start", version: buildInfo.version });
  try {
    await serveRack({
      facts: {
        name: rack,
        region: aws.region,
        version: buildInfo.version,
        wireVersion: wireVersion(buildInfo.date),
      },
      audit,
      lookUp: createLookUp({
        rack,
        apps: action.clusters,
        access: { ...access, ...createTaggedTasks(aws) },
        findOwn: settings.findOwn,
        now: deps.now,
      }),
      settings,
      tasks: access,
      sessionsOf,
      readTicket: (text) => readTicket(text, { rack, keys, now: deps.now() }),
      allow: {
        run: action.allowRun,
        params: action.allowParams,
        update: action.allowUpdate,
      },
      gen1: action.gen1,
      exec: (call) => serveExec(call, sessionPorts),
      run: (call) => startRun(call, sessionPorts),
      front,
      userWatch,
      maxSessionMs: action.maxSessionMs,
      drainMs: action.drainMs,
      limits: action,
      deps,
      log,
    }, listener);
  } finally {
    over.abort();
  }
  return { status: 0 };
}

/** The same sessions for the same user: their credentials are kept. */
function shareSessions<S>(
  { sessionRole }: Pick<RackServeAction, "sessionRole">,
  open: (role?: { readonly roleArn: string; readonly name: string }) => S,
): (caller: Pick<Caller, "id" | "name">) => S {
  if (sessionRole === undefined) {
    const sessions = open();
    return () => sessions;
  }
  const known = new Map<string, S>();
  return ({ id, name }) => {
    const sessions = known.get(id) ?? open({ roleArn: sessionRole, name });
    known.delete(id);
    known.set(id, sessions);
    const [oldest] = known.keys();
    if (known.size > MOST_USERS && oldest !== undefined) known.delete(oldest);
    return sessions;
  };
}

/** Users whose credentials are kept. */
const MOST_USERS = 500;

function readFront(
  { behindBalancer, behindProxy }: RackServeAction,
): Front {
  if (behindBalancer) return { kind: "balancer" };
  if (behindProxy.length === 0) return { kind: "direct" };
  const blocks = behindProxy.map((text) => {
    const block = parseBlock(text);
    if (block !== undefined) return block;
    throw usageError(
      `Cannot use ${
        quoteValue(text)
      } as --behind-proxy: it is not a block of addresses`,
      'Write it as "10.0.0.0/16", with no bits set behind the prefix',
    );
  });
  return { kind: "proxy", blocks };
}

/** The date of the build in 14 digits; a build from the source has the latest that Convox's clients compare with. */
function wireVersion(date: string): string {
  const digits = date.replace(/\D/g, "").slice(0, 14);
  return digits.length < 8 ? "20261005214736" : digits.padEnd(14, "0");
}
