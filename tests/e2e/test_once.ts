import { forEachVariant, type Porthole } from "./run_porthole.ts";

let last: Porthole | undefined;
forEachVariant((porthole) => last = porthole);

/** Defines a test that one variant is enough for: the binary's, where there is one. */
export function testOnce(
  name: string,
  body: (porthole: Porthole) => Promise<void>,
): void {
  Deno.test({
    name: `${last?.variant}: ${name}`,
    ignore: Deno.build.os === "windows",
    // The sandbox in this process, and node-pty's handles, outlive the test.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      if (last !== undefined) await body(last);
    },
  });
}
