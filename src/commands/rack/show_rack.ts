import type { Rack } from "../../access/rack/rack.ts";
import type { Deps } from "../../deps.ts";
import { alignColumns } from "../../output/align_columns.ts";
import { toLine } from "../../quote_value.ts";
import type { Report } from "../../report/report.ts";
import { askSystem, openRack } from "../../start/open_rack.ts";

/** `porthole rack show`: where a rack is and what it is; its token is not shown. */
export async function showRack(
  rack: Rack,
  deps: Pick<Deps, "env" | "sleep">,
): Promise<Report> {
  const system = await askSystem(openRack(rack, deps));
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Name", rack.name],
    ["URL", rack.url.href.replace(/\/$/, "")],
    ["TLS", describeTls(rack)],
    ["Kind", system.isPorthole ? "porthole" : "convox"],
    ["Provider", system.provider],
    ["Region", system.region],
    ["Status", system.status],
    ["Version", system.version],
  ];
  const lines = alignColumns(
    rows.flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const]
    ),
  );
  return {
    stdout: lines.map((line) => `${toLine(line)}\n`).join(""),
    status: 0,
  };
}

function describeTls({ url, tls }: Rack): string {
  if (url.protocol === "http:") return "none (this machine)";
  switch (tls.kind) {
    case "public":
      return "verified by the public CAs";
    case "ca":
      return "verified, a CA of its own is trusted too";
    case "pin":
      return `pinned to ${tls.sha256}`;
  }
}
