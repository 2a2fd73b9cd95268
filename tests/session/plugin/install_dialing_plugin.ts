/** A stand-in that was installed. */
export interface DialingPlugin {
  /** The signals it caught, in order. */
  readSignals(): Promise<readonly string[]>;
}

const PROGRAM = new URL("dialing_plugin.ts", import.meta.url).pathname;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;

/**
 * Writes a stand-in for AWS's session-manager-plugin into `folder`, which a test then puts into PATH: it joins the
 * sessions of a sandbox that takes unsigned upgrades.
 */
export async function installDialingPlugin(
  folder: string,
  /** It loses what comes after so many frames of output. */
  { loseAfter = 0 }: { readonly loseAfter?: number } = {},
): Promise<DialingPlugin> {
  const record = `${folder}/signals`;
  await Deno.writeTextFile(record, "");
  // Deno finds its packages by what is in the tests' own environment.
  const own = ["HOME", "DENO_DIR", "DENO_TLS_CA_STORE"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [`${name}='${value}'`];
  });
  await Deno.writeTextFile(
    `${folder}/session-manager-plugin`,
    `#!/bin/sh
# A stand-in for AWS's session-manager-plugin, written by a test.
if [ "$1" = --version ]; then echo 1.2.896.0; exit; fi
exec env ${own.join(" ")} '${Deno.execPath()}' run -A -q --no-check --frozen \\
  --config '${CONFIG}' '${PROGRAM}' '${record}' ${loseAfter} "$@"
`,
    { mode: 0o755 },
  );
  return {
    readSignals: async () =>
      (await Deno.readTextFile(record)).split("\n").filter((line) =>
        line !== ""
      ),
  };
}
