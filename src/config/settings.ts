import * as v from "../schema.ts";
import {
  ECS_EXEC_CHOICES,
  PICK_CHOICES,
  ROUTE_CHOICES,
  SESSION_CHOICES,
} from "../choices.ts";
import { parseDuration } from "../duration.ts";
import type { Setting } from "../setting.ts";

const TEXT = v.pipe(
  v.string("is not text: put it in quotes"),
  v.check((text) => text.trim() !== "", "is empty"),
  v.check(
    (text) => !/[\p{Cc}\ufffd]/u.test(text),
    "contains unreadable characters",
  ),
);
const DURATION_HINT = 'write it as "30s", "5m" or "1h30m", or 0 for no limit';
const DURATION = v.pipe(
  v.union([v.string(), v.literal(0)], `has no unit: ${DURATION_HINT}`),
  v.transform((value) => value === 0 ? 0 : parseDuration(value)),
  v.number(`is not a duration: ${DURATION_HINT}`),
  v.minValue(0, "is negative"),
);
const SESSION = v.picklist(
  SESSION_CHOICES,
  `must be one of {${SESSION_CHOICES.join("|")}}`,
);

const PICK = v.picklist(
  PICK_CHOICES,
  `must be one of {${PICK_CHOICES.join("|")}}`,
);
const ROUTE = v.picklist(
  ROUTE_CHOICES,
  `must be one of {${ROUTE_CHOICES.join("|")}}`,
);
const ECS_EXEC = v.pipe(
  v.unknown(),
  v.transform((value) =>
    typeof value === "boolean"
      ? value ? "Yes" : "No"
      : ECS_EXEC_CHOICES.find((choice) =>
        choice.toLowerCase() === String(value).toLowerCase()
      )
  ),
  v.picklist(
    ECS_EXEC_CHOICES,
    `must be one of {${ECS_EXEC_CHOICES.join("|")}}`,
  ),
);
const GENERATION = v.literal(
  1,
  "must be 1 or be left out",
);
const SWITCH = v.boolean("is neither true nor false");
const NO_TLS = v.literal(
  false,
  "is neither false nor a mapping with ca, cert, key, server_name",
);

const RACK = v.pipe(
  TEXT,
  v.regex(
    /^[A-Za-z0-9][\w.-]{0,63}$/,
    "is not a name that porthole rack login has stored",
  ),
);

/** One setting of a configuration file. */
export interface SettingRow {
  /** Its key, with those of the sections it stands in. */
  readonly key: string;
  /** What a value of it must be, and what becomes of it. */
  readonly schema: v.GenericSchema<unknown, unknown>;
  /** It is a path, relative to the file. */
  readonly isPath?: boolean;
  /** It starts a program or names whom to trust: a file that a stranger has put there does not set it. */
  readonly isTrust?: boolean;
}

/** Every setting of a configuration file, by its name in the program, in the order they are shown. */
export const SETTINGS = {
  region: { key: "region", schema: TEXT },
  cluster: { key: "cluster", schema: TEXT },
  service: { key: "service", schema: TEXT },
  /** Milliseconds; 0 means no limit. */
  timeoutMs: { key: "timeout", schema: DURATION },
  /** ecspresso's: the program that picks among candidates. */
  filterCommand: { key: "filter_command", schema: TEXT, isTrust: true },
  via: { key: "exec.route", schema: ROUTE },
  generation: { key: "exec.generation", schema: GENERATION },
  /** Whether ECS Exec is to be used; absent: whatever the task allows. */
  ecsExec: { key: "exec.ecs_exec", schema: ECS_EXEC },
  /** Where the Docker daemon of a task's instance listens, with places to fill in, or `ssm`. */
  dockerHost: { key: "exec.docker.host", schema: TEXT, isTrust: true },
  /** TLS was turned off. */
  dockerTls: { key: "exec.docker.tls", schema: NO_TLS, isTrust: true },
  /** Files in PEM form. */
  dockerCa: {
    key: "exec.docker.tls.ca",
    schema: TEXT,
    isPath: true,
    isTrust: true,
  },
  dockerCert: {
    key: "exec.docker.tls.cert",
    schema: TEXT,
    isPath: true,
    isTrust: true,
  },
  dockerKey: {
    key: "exec.docker.tls.key",
    schema: TEXT,
    isPath: true,
    isTrust: true,
  },
  /** The name in the daemon's certificate, where its address is another one. */
  dockerServerName: {
    key: "exec.docker.tls.server_name",
    schema: TEXT,
    isTrust: true,
  },
  /** The name of a stored login: with it AWS is not asked. */
  rack: { key: "exec.rack", schema: RACK, isTrust: true },
  session: { key: "exec.session", schema: SESSION },
  /** Which of several running tasks is taken. */
  pick: { key: "exec.pick", schema: PICK },
  /** The shell of an interactive session. */
  shell: { key: "exec.shell", schema: TEXT },
  /** Only warnings and errors are printed. */
  quiet: { key: "exec.quiet", schema: SWITCH },
} as const satisfies Readonly<Record<string, SettingRow>>;

/** The names of the settings. */
export type SettingName = keyof typeof SETTINGS;

/** What a file says of AWS and of routes: with a rack these are not read. */
export const UNREAD_WITH_RACK: readonly SettingName[] = [
  "region",
  "via",
  "generation",
  "ecsExec",
  "dockerHost",
  "dockerTls",
  "dockerCa",
  "dockerCert",
  "dockerKey",
  "dockerServerName",
];

/** What a configuration file sets. */
export type FileSettings = {
  readonly [N in SettingName]?: Setting<
    v.InferOutput<typeof SETTINGS[N]["schema"]>
  >;
};

/** What a row says of its setting. */
export function rowOf(name: SettingName): SettingRow {
  return SETTINGS[name];
}

/** The name of the setting that has a key. */
export function settingOf(key: string): SettingName | undefined {
  return (Object.keys(SETTINGS) as SettingName[]).find((name) =>
    SETTINGS[name].key === key
  );
}
