import type { ConfigShowInvocation } from "../args/invocation.ts";
import type { Config } from "../config/config.ts";
import { type SettingName, SETTINGS } from "../config/settings.ts";
import type { Deps } from "../deps.ts";
import { formatDuration } from "../duration.ts";
import { hideUserInfo } from "../hide_user_info.ts";
import type { Log } from "../log.ts";
import { formatConfig } from "../output/format_config.ts";
import { readConfig } from "../start/open_access.ts";
import { viewStdout } from "../report/view_stdout.ts";
import type { Report } from "../report/report.ts";

/** `porthole config show`: the settings that an exec would have, and where they come from. */
export async function showConfig(
  invocation: ConfigShowInvocation,
  deps: Deps,
  log: Log,
): Promise<Report> {
  const config = await readConfig(invocation, deps, log);
  const settings = listSettings(config);
  const { width } = viewStdout(invocation.shared.color, deps);
  return {
    stdout: formatConfig(config.files, settings, invocation.output, width),
    status: 0,
  };
}

/** The settings by key, in the table's order; the profile, which no file sets, stands behind the service. */
export function listSettings(config: Config) {
  const { timeoutMs } = config;
  const timeout = { ...timeoutMs, value: formatDuration(timeoutMs.value) };
  // A URL from the environment may hold a password.
  const rack = config.rack && {
    ...config.rack,
    value: hideUserInfo(config.rack.value),
  };
  return (Object.keys(SETTINGS) as SettingName[]).flatMap((name) => {
    const { key } = SETTINGS[name];
    const setting = name === "timeoutMs"
      ? timeout
      : name === "rack"
      ? rack
      : config[name];
    return name === "service"
      ? [[key, setting], ["profile", config.profile]] as const
      : [[key, setting]] as const;
  });
}
