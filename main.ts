import { keepAbsolute } from "./src/absolute_path.ts";
import { run } from "./src/cli.ts";
import { createRealDeps } from "./src/real_deps.ts";

// Before anything is started: children have it too, those of the AWS SDK and of a filter's shell.
const path = Deno.env.get("PATH");
if (path !== undefined) {
  Deno.env.set("PATH", keepAbsolute(path, Deno.build.os));
}

Deno.exit(await run(Deno.args, createRealDeps()));
