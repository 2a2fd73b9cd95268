import type { Source } from "../setting.ts";

/** Says in a few words where a value came from. */
export function describeSource(source: Source): string {
  switch (source.kind) {
    case "flag":
    case "env":
    case "rack":
      return source.name;
    case "target":
      return "TARGET";
    case "file":
      return `${source.path}:${source.line}:${source.column}`;
    case "aws_profile":
      return `AWS profile ${source.profile}`;
    case "instance_metadata":
      return "instance metadata";
    case "default":
      return "default";
  }
}
