import {
  connectEngine,
  type Engine,
  findEngineObstacle,
  startEngine,
} from "./start_engine.ts";
import { findSshObstacle, type SshServer, startSshd } from "./start_sshd.ts";

/** An engine, and an ssh server to its socket where there can be one. */
export interface EngineSite {
  readonly engine: Engine;
  readonly sshd: SshServer | undefined;
  stop(): Promise<void>;
}

/** Where the tests find the site that the run has started for all files: JSON. */
const VARIABLE = "PORTHOLE_TEST_ENGINE";

/** Starts an engine, and an ssh server where one can run. */
export async function startEngineSite(): Promise<EngineSite> {
  const engine = await startEngine();
  try {
    const sshd = await findSshObstacle() === undefined
      ? await startSshd(engine.folder, engine.socket)
      : undefined;
    return {
      engine,
      sshd,
      async stop() {
        await sshd?.stop();
        await engine.stop();
      },
    };
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

/**
 * Starts a site for all test files of a run, in the environment of what this process starts. Where none can run, or
 * it does not start, each file finds out for itself.
 */
export async function shareEngine(): Promise<AsyncDisposable> {
  const site = await findEngineObstacle() === undefined
    ? await startEngineSite().catch(() => undefined)
    : undefined;
  if (site !== undefined) Deno.env.set(VARIABLE, JSON.stringify(site));
  return {
    async [Symbol.asyncDispose]() {
      Deno.env.delete(VARIABLE);
      await site?.stop();
    },
  };
}

/** The site that the run has started; whoever did stops it. */
export function findSharedSite(): EngineSite | undefined {
  const text = Deno.env.get(VARIABLE);
  if (text === undefined) return undefined;
  const { engine, sshd } = JSON.parse(text);
  const stop = () => Promise.resolve();
  return {
    engine: connectEngine(engine, stop),
    sshd: sshd && { ...sshd, stop },
    stop,
  };
}
