import { isLoopback } from "../is_loopback.ts";
import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import type { RackServeAction } from "./rack_server.ts";
import {
  type FlagSources,
  readAll,
  readChoice,
  readCount,
  readDuration,
  readSwitch,
  readText,
} from "./read_flags.ts";
import { usageError } from "./usage_error.ts";

const DEFAULT_LISTEN = "0.0.0.0:5443";
const DEFAULT_NAME = "porthole";
const MAX_SESSION_MS = 12 * 3_600_000;
const DRAIN_MS = 110_000;

/** Makes sense of `porthole rack serve`. */
export function readServe(sources: FlagSources): RackServeAction {
  const clusters = readNames(sources, "clusters");
  const gen1 = readNames(sources, "gen1");
  if (clusters.length + gen1.length === 0) {
    throw usageError(
      "Cannot serve: no cluster is named",
      "--clusters NAME[,NAME...] names those that the rack serves",
    );
  }
  const users = readText(sources, "users")?.value;
  if (users === undefined) throw refuseWithoutUsers("serve");
  const behindBalancer = readSwitch(sources, "behind-balancer");
  const behindProxy = readAll(sources, "behind-proxy");
  if (behindBalancer && behindProxy.length > 0) {
    throw usageError(
      'Cannot use "--behind-balancer" with "--behind-proxy": a balancer keeps ' +
        "the clients' addresses, and a proxy names them",
    );
  }
  const listen = readListen(sources);
  const tls = readTls(sources);
  if (
    tls === undefined && !behindBalancer && behindProxy.length === 0 &&
    !isLoopback(listen.hostname)
  ) {
    throw usageError(
      `Cannot serve plain http on ${
        quoteValue(listen.hostname)
      }: tokens would cross the network in the clear`,
      [
        "--tls-cert and --tls-key serve https",
        "--behind-balancer and --behind-proxy CIDR are for TLS that ends in front of the rack",
      ],
    );
  }
  return present({
    kind: "serve",
    clusters: [...new Set([...clusters, ...gen1])],
    gen1,
    name: readRackName(sources),
    listen,
    tls,
    behindBalancer,
    behindProxy,
    users,
    ticketKey: readText(sources, "ticket-key")?.value,
    sessionRole: readRole(sources),
    handoff: readChoice(sources, "handoff")?.value ?? "porthole",
    allowRun: readSwitch(sources, "allow-run"),
    allowParams: readSwitch(sources, "allow-params"),
    allowUpdate: readSwitch(sources, "allow-update"),
    maxSessionMs: readDuration(sources, "max-session")?.value ||
      MAX_SESSION_MS,
    drainMs: readDuration(sources, "drain")?.value ?? DRAIN_MS,
    ecsExec: readParam(sources),
    sessionsPerUser: readLimit(sources, "max-sessions-per-user", 20),
    sessions: readLimit(sources, "max-sessions", 500),
    lookUpsPerSecond: readLimit(sources, "max-lookups", 5),
  });
}

/** The error of a rack verb that needs to know where users are kept. */
export function refuseWithoutUsers(doing: string) {
  return usageError(
    `Cannot ${doing}: --users is missing`,
    "--users ssm:/PATH keeps them in the Parameter Store, --users file:FILE in a file",
  );
}

function readNames(
  sources: FlagSources,
  flag: "clusters" | "gen1",
): readonly string[] {
  const names = readAll(sources, flag).flatMap((text) => text.split(","))
    .filter((name) => name !== "");
  const bad = names.find((name) =>
    !/^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/.test(name)
  );
  if (bad === undefined) return names;
  throw usageError(
    `Cannot use ${quoteValue(bad)} as --${flag}: it is not a cluster's name`,
  );
}

function readRackName(sources: FlagSources): string {
  const name = readText(sources, "name")?.value ?? DEFAULT_NAME;
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) return name;
  throw usageError(
    `Cannot use ${quoteValue(name)} as the name of a rack`,
    "A name has letters, digits, dashes and underscores: --name NAME",
  );
}

function readListen(sources: FlagSources): RackServeAction["listen"] {
  const text = readText(sources, "listen")?.value ?? DEFAULT_LISTEN;
  const [, host = "", port = ""] =
    /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]*):(\d{1,5})$/.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535) {
    throw usageError(
      `Cannot listen on ${quoteValue(text)}: it is not HOST:PORT`,
      `--listen ${DEFAULT_LISTEN} is the default`,
    );
  }
  return {
    hostname: host.replace(/^\[|\]$/g, "") || "0.0.0.0",
    port: Number(port),
  };
}

function readTls(sources: FlagSources): RackServeAction["tls"] {
  const cert = readText(sources, "tls-cert")?.value;
  const key = readText(sources, "tls-key")?.value;
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { cert, key };
  throw usageError(
    `Cannot use "--tls-${cert === undefined ? "key" : "cert"}" without "--tls-${
      cert === undefined ? "cert" : "key"
    }"`,
  );
}

function readRole(sources: FlagSources): string | undefined {
  const arn = readText(sources, "session-role")?.value;
  if (arn === undefined || /^arn:aws[\w-]*:iam::\d{12}:role\/\S+$/.test(arn)) {
    return arn;
  }
  throw usageError(
    `Cannot use ${quoteValue(arn)} as --session-role: it is not a role's ARN`,
  );
}

function readParam(sources: FlagSources): RackServeAction["ecsExec"] {
  const text = readAll(sources, "param").at(-1);
  if (text === undefined || text === "ECSExec=No") return "No";
  if (text === "ECSExec=Yes") return "Yes";
  throw usageError(
    `Cannot use ${quoteValue(text)} as --param`,
    "It is ECSExec=Yes or ECSExec=No",
  );
}

function readLimit(
  sources: FlagSources,
  flag: "max-sessions-per-user" | "max-sessions" | "max-lookups",
  usual: number,
): number {
  const count = readCount(sources, flag) ?? usual;
  if (count > 0) return count;
  throw usageError(`Cannot use 0 as --${flag}: nothing could be done`);
}
