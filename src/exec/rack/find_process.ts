import type { Directory } from "../../access/access.ts";
import type { Process } from "../../access/rack/read_answers.ts";
import type { TaskSelector } from "../../args/invocation.ts";
import { usageError } from "../../args/usage_error.ts";
import type { Config } from "../../config/config.ts";
import { PortholeError } from "../../errors.ts";
import { chooseRow } from "../../target/choose_row.ts";
import type { Chooser } from "../../target/chooser.ts";
import { nameOfArn } from "../../name_of_arn.ts";

/**
 * The app that is meant: the cluster that anything but a default names, else the only one, else one that is chosen.
 *
 * @throws {PortholeError} cluster_not_found, no_choice, cancelled.
 */
export async function findApp(
  directory: Pick<Directory<Process>, "listClusters">,
  { cluster }: Pick<Config, "cluster">,
  chooser: Chooser,
): Promise<string> {
  if (cluster.source.kind !== "default") return nameOfArn(cluster.value);
  const apps = (await directory.listClusters()).toSorted();
  const [first, ...others] = apps;
  if (first === undefined) {
    throw new PortholeError(
      "cluster_not_found",
      "Cannot choose an app: the rack has none",
    );
  }
  if (others.length === 0) return first;
  if (!await chooser.canAsk()) {
    throw new PortholeError(
      "no_choice",
      "Cannot choose an app: the rack has several, and none was named",
      {
        hint: `name one as APP/SERVICE, or with --cluster: ${
          apps.slice(0, 10).join(", ")
        }${apps.length > 10 ? ", ..." : ""}`,
      },
    );
  }
  const rows = apps.map((name) => ({
    item: name,
    name,
    isId: false,
    details: [],
  }));
  const choice = await chooseRow({ noun: "cluster", rows }, chooser, {
    canGoBack: false,
  });
  if (choice.kind === "item") return choice.item;
  throw new RangeError("the first step cannot go back");
}

/**
 * The process that `--task-id` names: a rack's ids are the ends of ECS's, so that the end of one is compared.
 *
 * @throws {PortholeError} usage, task_not_found, task_ambiguous.
 */
export async function findProcess(
  directory: Pick<Directory<Process>, "listTasks">,
  app: string,
  selector: TaskSelector | undefined,
  /** A rack of porthole's own knows them. */
  knowsWholeIds = false,
): Promise<TaskSelector | undefined> {
  if (selector === undefined) return undefined;
  if (selector.kind === "id" && knowsWholeIds) return selector;
  if (selector.kind === "ip") {
    throw usageError(
      "Cannot use an IP address as --task-id over a rack: it does not tell where processes are",
      "porthole tasks lists processes with their ids",
    );
  }
  if (selector.kind === "id") {
    throw usageError(
      "Cannot use a whole task id over a rack: it knows the last 12 characters",
      `--task-id ${selector.id.slice(-12)}`,
    );
  }
  const { prefix: end } = selector;
  const processes = await directory.listTasks(app);
  const found = processes.filter(({ id }) => id.endsWith(end));
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) {
    return { kind: "id", id: first.id };
  }
  const list = (of: readonly Process[]) =>
    of.slice(0, 10).map(({ id }) => id).join(", ");
  throw first === undefined
    ? new PortholeError(
      "task_not_found",
      `Cannot find a process whose id ends in "${end}" in app "${app}"`,
      {
        hint: processes.length === 0
          ? "no process is running"
          : `running: ${list(processes)}`,
      },
    )
    : new PortholeError(
      "task_ambiguous",
      `Cannot choose a process: ${found.length} ids end in "${end}" in app "${app}"`,
      { hint: `give more of the id: ${list(found)}` },
    );
}
