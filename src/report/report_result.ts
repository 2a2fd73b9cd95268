import { present } from "../present.ts";
import type { Deps } from "../deps.ts";
import { explainUnknown, messageOf, type PortholeError } from "../errors.ts";
import { exitStatusOf } from "../exit_status.ts";
import type { Log } from "../log.ts";
import { prepareResultFile } from "./prepare_result_file.ts";
import type { Report } from "./report.ts";

/** What came of the work, or of its preparation. */
export type WorkEnd =
  /** The command's status, undefined if it was not reported. */
  | { readonly kind: "status"; readonly status: number | undefined }
  /** A dry run has only this to print; its status is 0 unless it names another. */
  | {
    readonly kind: "plan";
    readonly text: string;
    readonly status?: number;
  };

/** What every result may hold. */
interface Ending {
  readonly status?: number | undefined;
  readonly error?: PortholeError;
}

/** How a result is recorded and reported. */
export interface ResultForm<R extends Ending> {
  /** What is known before anything is. */
  readonly initial: R;
  /** The file of `--result`. */
  readonly path: string | undefined;
  /** For that file. */
  readonly format: (result: R) => string;
  /** For standard output; absent where that is the command's. */
  readonly print?: (result: R) => string;
  /** Completes a result that has ended, well or badly. */
  readonly end?: () => Partial<R>;
}

/** Makes a report of some work. It never rejects: a failure is part of the report, and of the result. */
export async function reportResult<R extends Ending>(
  { initial, path, format, print, end }: ResultForm<R>,
  { deps, log }: {
    readonly deps: Pick<Deps, "checkWritable" | "writePrivateFile">;
    readonly log: Log;
  },
  work: (learn: (facts: Partial<R>) => void) => Promise<WorkEnd>,
): Promise<Report> {
  let result = initial;
  const learn = (facts: Partial<R>) => void (result = { ...result, ...facts });
  const learnEnding = (ending: Ending) =>
    void (result = { ...result, ...ending });
  const fail = (thrown: unknown) => {
    const error = explainUnknown(thrown);
    const status = exitStatusOf(error, "remote");
    learnEnding({ error, status });
  };

  let writeResult: ((text: string) => Promise<void>) | undefined;
  try {
    if (path !== undefined) writeResult = await prepareResultFile(path, deps);
    const ended = await work(learn);
    if (ended.kind === "plan") {
      return { stdout: ended.text, status: ended.status ?? 0 };
    }
    learnEnding({ status: ended.status });
  } catch (error) {
    fail(error);
  }
  if (end !== undefined) learn(end());

  try {
    await writeResult?.(format(result));
  } catch (error) {
    if (result.error === undefined) fail(error);
    else log.warn(messageOf(error));
  }
  return {
    ...(print && { stdout: print(result) }),
    ...present({ error: result.error }),
    status: result.status ?? 0,
  };
}
