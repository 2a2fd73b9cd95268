import type { Aws } from "../../aws/create_aws.ts";
import { type Page, readPages } from "./read_lists.ts";

/** What ListTasks and DescribeTasks take at most. */
export const BATCH = 100;

type Context = Parameters<Aws["explain"]>[1];

/** Reads one page of a list, from a token on. */
export type ReadPage = (
  nextToken: { readonly nextToken?: string },
  context: Context,
) => Promise<Page<string>>;

/** Reads a list of AWS's page by page; that one has no end is explained as AWS's errors are. */
export async function* listPages(
  { explain }: Pick<Aws, "explain">,
  context: Context,
  readPage: ReadPage,
): AsyncGenerator<readonly string[]> {
  try {
    yield* readPages((nextToken) => readPage(nextToken, context));
  } catch (error) {
    throw explain(error, context);
  }
}

/** Lists the ARNs of the tasks of a cluster, or of one of its services. */
export function listTaskArns(
  { call, explain }: Pick<Aws, "call" | "explain">,
  filter: {
    readonly cluster: string;
    readonly serviceName?: string;
    readonly desiredStatus?: "RUNNING" | "STOPPED";
  },
  context: Context,
): AsyncGenerator<readonly string[]> {
  return listPages({ explain }, context, async (nextToken, context) => {
    const page = await call("ecs", "listTasks", {
      ...filter,
      maxResults: BATCH,
      ...nextToken,
    }, context);
    return { items: page.taskArns, nextToken: page.nextToken };
  });
}
