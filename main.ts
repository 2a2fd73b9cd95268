import process from "node:process";
import { keepAbsolute } from "./src/absolute_path.ts";
import { run } from "./src/cli.ts";
import { createRealDeps } from "./src/real_deps.ts";
import { isPluginName } from "./src/session/plugin/is_porthole.ts";

// Before anything is started: children have it too, those of the AWS SDK and of a filter's shell.
const path = Deno.env.get("PATH");
if (path !== undefined) {
  Deno.env.set("PATH", keepAbsolute(path, Deno.build.os));
}

// Deno itself tells where the program is, and not by which name it was called.
const calledAs = isPluginName(process.argv0) ? ["plugin"] : [];

Deno.exit(await run([...calledAs, ...Deno.args], createRealDeps()));
