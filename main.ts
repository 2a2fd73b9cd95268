import { run } from "./src/cli.ts";
import { createRealDeps } from "./src/real_deps.ts";

Deno.exit(await run(Deno.args, createRealDeps()));
