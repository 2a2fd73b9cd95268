import type { Agent, AwsAccess, SessionGrant } from "../access/access.ts";
import type { Deps } from "../deps.ts";
import { explainDiagnosis } from "../diagnosis/explain_diagnosis.ts";
import { lookUpFacts } from "../diagnosis/look_up_facts.ts";
import { rankCauses } from "../diagnosis/rank_causes.ts";
import { type ErrorCode, PortholeError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Target } from "../target/target.ts";

/** Refusals that may pass, and whose causes are looked for when they do not. */
const NOT_CONNECTED: readonly ErrorCode[] = [
  "target_not_connected",
  "agent_not_running",
];

/**
 * RUNNING says only that the agent's process has started: it takes "a few seconds" to connect, says
 * AWS in containers-roadmap 187. An agent older than this has had its time.
 */
const YOUNG_MS = 60_000;

/** Between two tries. */
const RETRY_MS = 2_000;

/** What asking for a session takes. */
export interface RequestTools {
  readonly access: AwsAccess;
  readonly log: Log;
  readonly deps: Pick<Deps, "now" | "sleep">;
  /** How long to retry while the agent is starting; 0 means no limit. */
  readonly waitMs: number;
  readonly isOver: () => boolean;
}

/** Asks for a session with a command, again and again while the agent may still be connecting; then says why not. */
export async function requestSession(
  target: Target,
  command: string,
  tools: RequestTools,
): Promise<SessionGrant> {
  const { access } = tools;
  return await requestGrant(target, async () => {
    const { grant } = await access.open({ ...target, command });
    return grant;
  }, tools);
}

/** Asks for any session in a container in that way. */
export async function requestGrant(
  target: Target,
  ask: () => Promise<SessionGrant>,
  { access, log, deps, waitMs, isOver }: RequestTools,
): Promise<SessionGrant> {
  const start = deps.now().getTime();
  let tries = 0;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isNotConnected(error)) throw error;
      const now = deps.now().getTime();
      const left = waitMs === 0 || now + RETRY_MS <= start + waitMs;
      const hope = isYoung(target.container.agent, start) ? left : tries === 0;
      if (!hope || isOver()) {
        throw await diagnoseRefusal(error, access, target);
      }
      if (tries === 0) {
        log.info("The agent is not connected to Session Manager; trying again");
      }
      tries++;
      await deps.sleep(RETRY_MS);
    }
  }
}

/** Adds to a refusal the causes that AWS lets us see. */
export async function diagnoseRefusal(
  error: PortholeError,
  access: AwsAccess,
  target: Target,
): Promise<PortholeError> {
  const facts = await lookUpFacts(access, target);
  return explainDiagnosis(error, rankCauses(facts));
}

function isNotConnected(error: unknown): error is PortholeError {
  return error instanceof PortholeError && NOT_CONNECTED.includes(error.code);
}

function isYoung(agent: Agent | undefined, now: number): boolean {
  const startedAt = agent?.startedAt?.getTime();
  return startedAt === undefined
    ? agent?.status === "PENDING"
    : now - startedAt < YOUNG_MS;
}
