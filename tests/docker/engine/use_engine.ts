import type { Deps } from "../../../src/deps.ts";
import { PortholeError } from "../../../src/errors.ts";
import type { DockerSessionRequest } from "../../../src/session/docker/docker_session_request.ts";
import type { StreamSession } from "../../../src/session/session.ts";
import {
  type CarrierName,
  depsWithSsh,
  endpointOf,
  finishSession,
  openEngineSession,
  type SessionRecord,
} from "./open_engine_session.ts";
import { waitUntil } from "./run_program.ts";
import {
  type EngineSite,
  findSharedSite,
  startEngineSite,
} from "./share_engine.ts";
import { type Engine, findEngineObstacle } from "./start_engine.ts";
import { findSshObstacle, type SshServer } from "./start_sshd.ts";

const ci = Deno.env.get("CI") === "true";
const engineObstacle = await findEngineObstacle();
const sshObstacle = engineObstacle ?? await findSshObstacle();

/** An engine for the tests of one file: the run's, or one that is started before them and stopped after. */
export interface EngineUse {
  engine(): Engine;
  sshd(): SshServer;
  hasSshd(): boolean;
  /** Real ones, with an `ssh` that knows its key. */
  deps(): Deps;
  /** Defines a test. Where no engine can run it is skipped, and says why; in CI it fails then. */
  test(name: string, body: () => Promise<void>, carrier?: CarrierName): void;
  /** Opens a session in the container that has a shell. */
  open(
    carrier: CarrierName,
    words: readonly string[],
    request?: Partial<DockerSessionRequest>,
  ): Promise<StreamSession>;
  /** Opens one and reads it to its end, also where it cannot open; without `input` the command has no stdin. */
  run(
    carrier: CarrierName,
    words: readonly string[],
    request?: Partial<DockerSessionRequest>,
    input?: string,
  ): Promise<SessionRecord>;
  /** The processes of the container that has a shell, but its first, as the host sees them. */
  listProcesses(): Promise<string[]>;
  /** Waits for one whose words hold a text. */
  waitForProcess(words: string): Promise<void>;
  /** The engine's own API version. */
  apiVersion(): Promise<string>;
  /** Waits until none is left. */
  waitForNoProcess(withinMs: number): Promise<void>;
}

/** Prepares an engine for the tests of the file that calls it. */
export function useEngine(): EngineUse {
  let site: EngineSite | undefined;

  Deno.test.beforeAll(async () => {
    if (engineObstacle !== undefined && !ci) return;
    site = findSharedSite() ?? await startEngineSite();
  });
  Deno.test.afterAll(async () => await site?.stop());

  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("Cannot test: no engine runs");
    return value;
  };
  const use: EngineUse = {
    engine: () => there(site?.engine),
    sshd: () => there(site?.sshd),
    hasSshd: () => site?.sshd !== undefined,
    deps: () => depsWithSsh(site?.sshd),
    test(name, body, carrier) {
      const obstacle = carrier === "ssh" ? sshObstacle : engineObstacle;
      const skipped = obstacle !== undefined && !ci;
      Deno.test({
        name: skipped ? `${name} (no Docker Engine here: ${obstacle})` : name,
        ignore: skipped,
        // A watchdog may take a moment longer to end than the session that it watched.
        sanitizeOps: false,
        sanitizeResources: false,
        fn: body,
      });
    },
    async open(carrier, words, request = {}) {
      return await openEngineSession(
        await endpointOf(use.engine(), carrier, site?.sshd?.port),
        use.deps(),
        { containerId: use.engine().full.id, words, ...request },
      );
    },
    async run(carrier, words, request = {}, input = undefined) {
      const stdin = input !== undefined;
      try {
        const session = await use.open(carrier, words, { stdin, ...request });
        return await finishSession(session, input);
      } catch (error) {
        if (!(error instanceof PortholeError)) throw error;
        return { output: "", stderr: "", end: { kind: "failed", error } };
      }
    },
    async listProcesses() {
      const { docker, full } = use.engine();
      const table = await docker("top", full.id, "-o", "pid,args");
      return table.split("\n").slice(1).filter((row) =>
        !row.includes("sleep 1000000")
      );
    },
    apiVersion: () =>
      use.engine().docker("version", "--format", "{{.Server.APIVersion}}"),
    waitForProcess: (words) =>
      waitUntil(
        async () =>
          (await use.listProcesses()).some((row) => row.includes(words)),
        `${words} does not start`,
        20_000,
      ),
    async waitForNoProcess(withinMs) {
      let left: string[] = [];
      await waitUntil(
        async () => (left = await use.listProcesses()).length === 0,
        "processes are left in the container",
        withinMs,
      ).catch((error) => {
        throw new Error(`${error.message}: ${left.join(", ")}`);
      });
    },
  };
  return use;
}
