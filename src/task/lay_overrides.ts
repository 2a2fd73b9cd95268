import { present } from "../present.ts";
import type {
  ContainerOverride,
  TaskOverrides,
  Variable,
} from "../access/access.ts";
import { PortholeError } from "../errors.ts";

/** RunTask takes so many characters of them, as JSON. */
const MOST_CHARACTERS = 8192;

/** What is laid over a task definition by flags, and over what a file says. */
export interface OverrideRequest {
  /** The one container it is about. */
  readonly container: string;
  readonly command?: readonly string[] | undefined;
  readonly variables: readonly Variable[];
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
}

/**
 * Lays what was asked for over the overrides of a file.
 *
 * @throws {PortholeError} usage for more than RunTask takes.
 */
export function layOverrides(
  { containerOverrides = [], ...file }: TaskOverrides,
  { container, command, variables, cpu, memory }: OverrideRequest,
): TaskOverrides {
  const before = containerOverrides.find(({ name }) => name === container);
  const environment = layVariables(before?.environment ?? [], variables);
  const override: ContainerOverride = {
    ...before,
    name: container,
    ...present({ command }),
    ...(environment.length === 0 ? {} : { environment }),
  };
  const all = [
    ...containerOverrides.filter((other) => other !== before),
    ...(Object.keys(override).length === 1 ? [] : [override]),
  ];
  const overrides = present({
    ...file,
    cpu,
    memory,
    ...(all.length === 0 ? {} : { containerOverrides: all }),
  });
  const { length } = JSON.stringify(overrides);
  if (length <= MOST_CHARACTERS) return overrides;
  throw new PortholeError(
    "usage",
    `Cannot start the task: its command, variables and overrides are ${length} characters long, and RunTask accepts ${MOST_CHARACTERS}`,
    { hint: "send long content through standard input, or put it in a file" },
  );
}

/** The last of a name counts. */
function layVariables(
  before: readonly Variable[],
  over: readonly Variable[],
): readonly Variable[] {
  return [
    ...new Map([...before, ...over].map((one) => [one.name, one])).values(),
  ];
}
