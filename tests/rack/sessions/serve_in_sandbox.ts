import { createAwsAccess } from "../../../src/access/aws/create_aws_access.ts";
import { createAws } from "../../../src/aws/create_aws.ts";
import type { AuditEntry } from "../../../src/rack/audit_entry.ts";
import { createBrokeredSessions } from "../../../src/access/aws/create_brokered_sessions.ts";
import { serveExec } from "../../../src/rack/sessions/serve_exec.ts";
import type {
  Dialect,
  EndReason,
  ExecCall,
} from "../../../src/rack/sessions/session_call.ts";
import type { SessionPorts } from "../../../src/rack/sessions/session_ports.ts";
import { createRealDeps } from "../../../src/real_deps.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { recordLog } from "../../exec/fake_log.ts";
import {
  createSocketPair,
  type SocketPair,
} from "../../session/rack/v1/socket_pair.ts";

/** A rack without its HTTP: execs of one task in a sandbox. */
export interface RackInSandbox {
  readonly ports: SessionPorts;
  readonly audited: AuditEntry[];
  readonly said: readonly string[];
  /** Serves one exec; the pair's other end is the client's. */
  serve(service: string, dialect: Dialect): Promise<ServedExec>;
}

/** An exec that is being served. */
export interface ServedExec {
  readonly pair: SocketPair;
  readonly done: Promise<void>;
  readonly handedOff: string[];
  readonly released: () => boolean;
  end(reason: EndReason): void;
}

/** Makes one. */
export function rackIn(
  sandbox: Sandbox,
  given: Partial<SessionPorts> = {},
): RackInSandbox {
  const real = createRealDeps();
  const deps = {
    ...real,
    env: (name: string) => sandbox.env[name] ?? real.env(name),
  };
  const aws = createAws({ ...deps, region: "us-east-1", profile: undefined });
  const access = createAwsAccess(aws);
  const sessions = createBrokeredSessions(aws);
  const audited: AuditEntry[] = [];
  const { log, said } = recordLog();
  const ports: SessionPorts = {
    rack: "test",
    region: "us-east-1",
    access,
    sessionsOf: () => sessions,
    audit: {
      write(entry) {
        audited.push(entry);
        return Promise.resolve();
      },
    },
    signTicket: ({ sessionId }) => Promise.resolve(`ticket-of-${sessionId}`),
    readEcsExec: () => Promise.resolve("Yes"),
    docker: undefined,
    handoff: "porthole",
    deps,
    log,
    ...given,
  };
  return {
    ports,
    audited,
    said,
    async serve(service, dialect) {
      const [task] = await access.listTasks("default", service);
      const pair = createSocketPair();
      const ended = new AbortController();
      const handedOff: string[] = [];
      let released = false;
      const call: ExecCall = {
        caller: { name: "ann", id: "id-of-ann", address: "192.0.2.1" },
        place: {
          app: "default",
          generation: 2,
          service,
          isRun: false,
          task: task!,
        },
        dialect,
        slot: {
          ended: ended.signal,
          handOff: ({ sessionId }) => void handedOff.push(sessionId),
          release: () => void (released = true),
        },
        accept: pair.accept,
      };
      return {
        pair,
        done: serveExec(call, ports),
        handedOff,
        released: () => released,
        end: (reason) => ended.abort(reason),
      };
    },
  };
}
