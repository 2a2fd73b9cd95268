import { quotePath } from "../quote_value.ts";

/** The external variable that holds the environment's variables that a file asks for. */
export const NATIVES_VARIABLE = "porthole_environment";

const ASKED = "porthole is asked for the variable";

/**
 * A plugin's function leaves a template in its place, for its plugin is known only once the file is read:
 * a func_prefix stands before the name, and an address may quote its keys with ' too.
 */
const PLUGIN_TEMPLATES = [
  "else if ends('tfstate') then function(address)",
  `call(called, [porthole_std.strReplace(address, '"', "'")])`,
  "else if ends('ssm_list') then function(name, index)",
  "call(porthole_std.substr(called, 0, porthole_std.length(called) - 5), [name, index])",
  "else if ends('cfn_output') then function(stack, key) call(called, [stack, key])",
  "else if ends('ssm') || ends('cfn_export') || ends('secretsmanager_arn')",
  "then function(name) call(called, [name])",
];

/**
 * Stands before a Jsonnet file, on a line of its own, and gives it the native functions of ecspresso:
 * any jsonnet understands it, for it is Jsonnet. Files that it imports have their own `std`, without them.
 */
export const NATIVES_PREFIX = [
  "local porthole_std = std;",
  "local std = porthole_std {",
  "native(name)::",
  `local known = porthole_std.extVar('${NATIVES_VARIABLE}');`,
  "local find(name) = if porthole_std.objectHas(known, name) then known[name]",
  `else error '${ASKED} ' + porthole_std.escapeStringJson(name);`,
  "local called = name;",
  "local ends(tail) = porthole_std.endsWith(called, tail);",
  "local call(name, args) = '{{ ' + porthole_std.join(' ', [name] + [",
  "if porthole_std.isString(arg) then '`' + arg + '`' else porthole_std.toString(arg) for arg in args]) + ' }}';",
  "if name == 'env' then function(name, default='')",
  "local found = find(name); if found == null || found == '' then default else found",
  "else if name == 'must_env' then function(name)",
  "local found = find(name); if found == null then",
  "error 'the environment variable ' + porthole_std.escapeStringJson(name) + ' is not set'",
  "else found",
  "else if name == 'json_escape' then function(value)",
  "local escaped = porthole_std.escapeStringJson(value);",
  "porthole_std.substr(escaped, 1, porthole_std.length(escaped) - 2)",
  ...PLUGIN_TEMPLATES,
  "else error 'there is no native function ' + porthole_std.escapeStringJson(name)",
  "};\n",
].join(" ");

/** Whether a file may use native functions. */
export function usesNatives(text: string): boolean {
  return /\bnative\b/.test(text);
}

/** The names that a file's texts could mean: what it puts together from pieces, it asks for later. */
export function listNames(text: string): readonly string[] {
  const texts = text.matchAll(/'([A-Za-z_]\w*)'|"([A-Za-z_]\w*)"/g);
  return [...new Set([...texts].map(([, one, two]) => one ?? two ?? ""))];
}

/** The variable that an evaluation has ended for the want of. */
export function askedFor(complaint: string): string | undefined {
  const [, name] = new RegExp(`${ASKED} ("(?:[^"\\\\]|\\\\.)*")`).exec(
    complaint,
  ) ?? [];
  try {
    return name === undefined ? undefined : JSON.parse(name);
  } catch {
    return undefined;
  }
}

/** What to say to a complaint about a native function; undefined where it is about something else. */
export function explainNatives(
  file: string,
  complaint: string,
): string | undefined {
  if (complaint.includes("there is no native function")) {
    return "porthole has ecspresso's env, must_env and json_escape, and the functions of its plugins ssm and tfstate";
  }
  // What an unknown native function is to the programs: an error, or null.
  return /native function|only functions can be called, got null|call.*\bnull\b/i
      .test(complaint)
    ? `std.native functions work in ${
      quotePath(file)
    } itself, not in files that it imports: pass them the value, as a function argument`
    : undefined;
}
