import type { PluginFacts } from "../doctor_facts.ts";
import { type Check, type CheckName, settle } from "./check.ts";

const PLUGIN: CheckName = {
  id: "plugin",
  title: "session-manager-plugin",
  link:
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html",
};

/** Whether there is a plugin that works; it is needed only where the configuration asks for it. */
export function checkPlugin({ session, found }: PluginFacts): Check {
  const isWanted = session.value === "plugin";
  if (found.kind === "unseen") {
    const { because, code } = found;
    if (isWanted) {
      return settle(
        PLUGIN,
        "fail",
        `${because}, and the configuration asks for it (session: plugin)`,
        "install it, or use --session builtin",
      );
    }
    return settle(
      PLUGIN,
      code === "plugin_not_found" ? "ok" : "warn",
      code === "plugin_not_found"
        ? "not installed; the built-in client is used, and needs none"
        : `${because}; the built-in client is used`,
      code === "plugin_not_found"
        ? undefined
        : "install it again, or remove it",
    );
  }
  const { path, version, signs } = found.value;
  const where = `${path}, version ${version ?? "unknown"}`;
  if (signs || version === undefined) return settle(PLUGIN, "ok", where);
  return settle(
    PLUGIN,
    isWanted ? "warn" : "ok",
    isWanted
      ? `${where}: too old to sign its connection, which AWS may refuse`
      : `${where}: too old to sign its connection; the built-in client is used`,
    isWanted ? "update it, or use --session builtin" : undefined,
  );
}
