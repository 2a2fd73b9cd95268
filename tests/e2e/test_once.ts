import { forEachVariant, type Porthole } from "./run_porthole.ts";

const variants: Porthole[] = [];
forEachVariant((porthole) => variants.push(porthole));

/** The variant that is tested where one is enough: the binary, where there is one. */
export function chooseOne(): Porthole {
  const last = variants.at(-1);
  if (last === undefined) throw new Error("Cannot find a porthole to test");
  return last;
}

/** Defines a test that one variant is enough for: the binary's, where there is one. */
export function testOnce(
  name: string,
  body: (porthole: Porthole) => Promise<void>,
  { ignore = false }: { readonly ignore?: boolean } = {},
): void {
  Deno.test({
    name: `${chooseOne().variant}: ${name}`,
    ignore: ignore || Deno.build.os === "windows",
    // The sandbox in this process, and node-pty's handles, outlive the test.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => body(chooseOne()),
  });
}
