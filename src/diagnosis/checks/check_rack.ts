import type { Seen } from "../seen.ts";
import { type Check, type CheckName, settle } from "./check.ts";

/** What a rack says of itself, as far as it is checked. */
export interface RackFacts {
  /** As it was named. */
  readonly name: string;
  /** Where it is; unseen where no login is stored. */
  readonly address: Seen<string>;
  /** What it answers; absent where there is nobody to ask. */
  readonly system?: Seen<{
    readonly status: string | undefined;
    readonly version: string | undefined;
    /** The parameter ECSExec; absent where the rack does not know it. */
    readonly ecsExec: string | undefined;
  }>;
}

const RACK: CheckName = { id: "rack", title: "Rack" };
const TOKEN: CheckName = { id: "rack_token", title: "Token" };
const ECS_EXEC: CheckName = { id: "rack_ecs_exec", title: "ECSExec" };

/** The checks of a rack: over one nothing else can be seen. */
export function checkRack(
  { name, address, system }: RackFacts,
): readonly Check[] {
  if (address.kind === "unseen") {
    const { because, hints = [] } = address;
    return [settle(RACK, "fail", because, hints.join("\n"))];
  }
  if (system === undefined) return [];
  const where = `${name} (${address.value})`;
  if (system.kind === "unseen") {
    const { code, because, hints = [] } = system;
    const remedy = hints.join("\n");
    return code === "access_denied"
      ? [
        settle(RACK, "ok", `${where} answers`),
        settle(TOKEN, "fail", because, remedy),
      ]
      : [
        settle(RACK, "fail", because, remedy),
        settle(TOKEN, "unknown", "not checked: the rack did not answer"),
      ];
  }
  const { status, version, ecsExec } = system.value;
  const isWell = status === undefined || status === "running";
  return [
    settle(
      RACK,
      isWell ? "ok" : "warn",
      `${where} is ${status ?? "there"}, version ${version ?? "unknown"}`,
    ),
    settle(TOKEN, "ok", "the rack accepts it"),
    ecsExec === undefined
      ? settle(ECS_EXEC, "ok", "the rack has no such parameter: Docker exec")
      : settle(
        ECS_EXEC,
        "ok",
        ecsExec === "Yes"
          ? "Yes: sessions use ECS Exec"
          : `${ecsExec || "No"}: sessions use Docker exec`,
      ),
  ];
}
