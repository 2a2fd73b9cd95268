import { compareVersions } from "../../compare_versions.ts";

/** A parameter of a rack. */
export interface RackParameter {
  readonly name: string;
  readonly values: readonly string[];
  readonly default: string;
  /** The first version that knows it. */
  readonly since: string;
}

/** What which version of a rack knows. */
export interface RackVersions {
  /** The first version that has a rack in it. */
  readonly first: string;
  readonly parameters: readonly RackParameter[];
}

/** Those of porthole. */
export const RACK_VERSIONS: RackVersions = {
  first: "0.2.0",
  parameters: [
    { name: "ECSExec", values: ["Yes", "No"], default: "No", since: "0.2.0" },
  ],
};

/** The container's docker label that holds a parameter. */
export function labelOf(parameter: string): string {
  return `rack.${parameter}`;
}

/** A parameter as the labels say, or as it is without one. */
export function readParameter(
  { name, values, default: otherwise }: RackParameter,
  labels: Readonly<Record<string, string>>,
): string {
  const value = labels[labelOf(name)];
  return value !== undefined && values.includes(value) ? value : otherwise;
}

/**
 * Why a rack must not become another version: the older one would not know a parameter that is set, and would do as
 * if it were not. Undefined where nothing stands in the way.
 */
export function guardUpdate(
  version: string,
  { first, parameters }: RackVersions,
  labels: Readonly<Record<string, string>>,
): string | undefined {
  for (const parameter of parameters) {
    const { name, since } = parameter;
    if (
      compareVersions(version, since) < 0 &&
      readParameter(parameter, labels) !== parameter.default
    ) {
      return `Cannot update to ${version}: it predates the ${name} parameter; set ${name}=${parameter.default} first, wait for the update to complete, then downgrade`;
    }
  }
  return compareVersions(version, first) < 0
    ? `Cannot update to ${version}: it has no rack`
    : undefined;
}
