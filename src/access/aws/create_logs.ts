import type { Aws } from "../../aws/create_aws.ts";
import { present } from "../../present.ts";
import type { Logs } from "../access.ts";

/** CloudWatch answers up to 10 000 events: so many outlive the nursery, and the heap grows by half. */
const PAGE = 1_000;

/** What containers have written, as the CloudWatch Logs API tells it. */
export function createLogs(aws: Pick<Aws, "call">): Logs {
  return {
    filterLogEvents: async (query, next) => {
      const { region, group, streams, from, until, pattern } = query;
      const answer = await aws.call(
        "logs",
        "filterLogEvents",
        {
          logGroupName: group,
          logStreamNames: [...streams],
          startTime: from,
          limit: PAGE,
          ...present({
            endTime: until,
            filterPattern: pattern,
            nextToken: next,
          }),
        },
        {
          doing: `read the log group "${group}"`,
          action: "logs:FilterLogEvents",
          region,
          logGroup: group,
        },
        { region },
      ).catch(catchMissingStream);
      if (answer === undefined) return undefined;
      const { events = [], nextToken } = answer;
      return present({
        events: events.map((event) => ({
          id: event.eventId ?? "",
          stream: event.logStreamName ?? "",
          at: event.timestamp ?? 0,
          ingestedAt: event.ingestionTime ?? event.timestamp ?? 0,
          message: event.message ?? "",
        })),
        next: nextToken,
      });
    },
  };
}

/** CloudWatch has one error for a missing group and a missing stream: its text alone says which. */
function catchMissingStream(error: unknown): undefined {
  const { cause } = error as { readonly cause?: unknown };
  const isMissing = cause instanceof Error &&
    cause.name === "ResourceNotFoundException" &&
    /log stream/i.test(cause.message);
  if (!isMissing) throw error;
}
