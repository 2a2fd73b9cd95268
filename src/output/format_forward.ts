import type { Route } from "../route/route.ts";
import type { Target } from "../target/target.ts";
import { jsonLine } from "./json_line.ts";

/** What is forwarded where. */
export interface ForwardModel {
  readonly target: Pick<Target, "cluster" | "service" | "task">;
  readonly region: string;
  readonly route: Route;
  readonly ports: readonly {
    readonly address: string;
    readonly local: number;
    readonly host: string | undefined;
    readonly port: number;
    readonly container: string;
  }[];
}

/** Renders it as one line of JSON. */
export function formatForward(
  { target, region, route, ports }: ForwardModel,
): string {
  return `${
    jsonLine({
      cluster: target.cluster,
      service: target.service ?? null,
      task: target.task.id,
      region,
      route: { kind: route.kind, because: route.because },
      ports: ports.map(({ host, ...port }) => ({
        ...port,
        host: host ?? null,
      })),
    })
  }\n`;
}
