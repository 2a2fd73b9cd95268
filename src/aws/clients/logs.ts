import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";

/** The SDK's client of CloudWatch Logs: what porthole asks of it and no more goes into the binary. */
export const Client = CloudWatchLogsClient;

/** What it is asked. */
export const commands = {
  filterLogEvents: FilterLogEventsCommand,
};
