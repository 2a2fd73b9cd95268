import assert from "node:assert/strict";
import { VERBS } from "../../src/args/verbs.ts";
import { forEachVariant, testPorthole } from "./run_porthole.ts";

/** Runs before the program, and says at its end what it may still do. */
const WATCH = `
const exit = Deno.exit;
Deno.exit = (code) => {
  const { state } = Deno.permissions.querySync({ name: "write" });
  console.error("write is " + state);
  exit(code);
};
`;

forEachVariant((porthole) => {
  // A binary has no place before its program.
  if (porthole.variant === "binary") return;
  for (const [name, { writes }] of Object.entries(VERBS)) {
    testPorthole(
      `${name} ${writes ? "keeps" : "gives up"} writing`,
      async () => {
        const file = await Deno.makeTempFile({ suffix: ".ts" });
        try {
          await Deno.writeTextFile(file, WATCH);
          const [program, run = "", ...words] = porthole.command([name]);
          const { stderr } = await new Deno.Command(program, {
            args: [run, `--preload=${file}`, ...words],
            cwd: "/",
            stdin: "null",
          }).output();
          assert.match(
            new TextDecoder().decode(stderr),
            new RegExp(`write is ${writes ? "granted" : "denied|prompt"}`),
          );
        } finally {
          await Deno.remove(file);
        }
      },
    );
  }
});
