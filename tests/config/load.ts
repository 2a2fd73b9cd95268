import assert from "node:assert/strict";
import type { SharedFlags } from "../../src/args/invocation.ts";
import type { SessionChoice } from "../../src/choices.ts";
import type { Parameter } from "../../src/config/call_plugin.ts";
import {
  type ConfigAws,
  type ConfigDeps,
  loadConfig,
  type LoadedConfig,
} from "../../src/config/load_config.ts";
import { PortholeError } from "../../src/errors.ts";
import type { Setting } from "../../src/setting.ts";

/** A world for loadConfig: what is not given is not there. */
export interface World {
  /** Files by their paths, relative ones of the working directory, /proj. */
  readonly files?: Readonly<Record<string, string | Error>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly flags?: Partial<SharedFlags>;
  readonly session?: Setting<SessionChoice>;
  /** Regions of AWS profiles. */
  readonly profiles?: Readonly<Record<string, string>>;
  /** Instead of looking into `profiles`. */
  readonly findProfileRegion?: ConfigAws["findProfileRegion"];
  /** Where the EC2 instance is. */
  readonly instanceRegion?: string;
  /** Instead of answering `instanceRegion`. */
  readonly readInstanceRegion?: ConfigAws["readInstanceRegion"];
  /** The Parameter Store; a list is a StringList. */
  readonly parameters?: Readonly<Record<string, string | readonly string[]>>;
  /** Instead of looking into `parameters`. */
  readonly createParameterReader?: (
    ...settings: Parameters<ConfigAws["createParameterReader"]>
  ) => Awaited<ReturnType<ConfigAws["createParameterReader"]>>;
  readonly platform?: ConfigDeps["platform"];
  readonly spawn?: ConfigDeps["spawn"];
  /** Who owns a file in the working directory, and the link to it. Default: the user. */
  readonly owners?: Readonly<Record<string, readonly number[]>>;
  /** Default: 1000. */
  readonly userId?: number;
  readonly isExecutable?: ConfigDeps["isExecutable"];
}

const USER = 1000;

/** Loads the configuration of a world. */
export function load(world: World): Promise<LoadedConfig> {
  const flags = {
    logFormat: "text",
    color: "auto",
    debug: false,
    noInput: false,
  } as const;
  const invocation = {
    shared: { ...flags, ...world.flags },
    ...(world.session === undefined ? {} : { session: world.session }),
  };
  return loadConfig(
    invocation,
    {
      platform: world.platform ?? "linux",
      env: (name) => {
        assert.notEqual(name, "");
        return world.variables?.[name];
      },
      cwd: () => "/proj",
      readTextFile: (path) => {
        const file = world.files?.[path.replace(/^\/proj\//, "")];
        if (typeof file === "string") return Promise.resolve(file);
        return Promise.reject(file ?? new Deno.errors.NotFound(path));
      },
      readOwnedFile: async (path) => {
        const name = path.replace(/^\/proj\//, "");
        const file = world.files?.[name];
        if (typeof file !== "string") {
          throw file ?? new Deno.errors.NotFound(path);
        }
        return await Promise.resolve({
          text: file,
          owners: world.owners?.[name] ?? [USER],
        });
      },
      userId: () => world.userId ?? USER,
      isExecutable: world.isExecutable ?? (() => Promise.resolve(false)),
      spawn: world.spawn ?? (() => assert.fail("started a program")),
    },
    {
      findProfileRegion: world.findProfileRegion ?? (async (typed) => {
        const name = typed ?? world.variables?.["AWS_PROFILE"] ?? "default";
        const region = world.profiles?.[name];
        return await Promise.resolve({
          warnings: [],
          ...(region === undefined ? {} : { region }),
        });
      }),
      readInstanceRegion: world.readInstanceRegion ??
        (() => Promise.resolve(world.instanceRegion)),
      createParameterReader: async (settings) =>
        await Promise.resolve(
          world.createParameterReader?.(settings) ??
            ((name) => Promise.resolve(readParameter(world, name))),
        ),
    },
  );
}

function readParameter(
  { parameters }: World,
  name: string,
): Parameter | undefined {
  const value = parameters?.[name];
  if (value === undefined) return undefined;
  return typeof value === "string"
    ? { value, list: false }
    : { value: value.join(","), list: true };
}

/** Loads an ecspresso.yml with this text. */
export function loadText(
  text: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<LoadedConfig> {
  return load({ files: { "ecspresso.yml": text }, variables });
}

/** Demands that loading fails with this code, and a message that holds these texts. */
export async function expectConfigError(
  world: World,
  message: string | readonly string[],
  hint = "",
  code = "config_invalid",
): Promise<void> {
  try {
    await load(world);
  } catch (error) {
    assert.ok(error instanceof PortholeError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, /^Cannot /);
    for (const part of [message].flat()) {
      assert.ok(error.message.includes(part), error.message);
    }
    assert.ok((error.hint ?? "").includes(hint), error.hint ?? "no hint");
    return;
  }
  assert.fail(`no error: ${JSON.stringify(world.files)}`);
}

/** Demands that an ecspresso.yml with this text fails at line:column with this reason. */
export function expectTextError(
  text: string,
  place: string,
  reason: string,
  hint = "",
): Promise<void> {
  const world = { files: { "ecspresso.yml": text } };
  return expectConfigError(world, [
    `Cannot use ecspresso.yml:${place}: `,
    reason,
  ], hint);
}
