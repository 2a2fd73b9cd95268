import { verbOf } from "./src/args/parse_args.ts";
import { run } from "./src/cli.ts";
import { createRealDeps } from "./src/real_deps.ts";

const argv = Deno.args;

// exec and run write results and open Docker's socket, __complete keeps its cache, and whoever asks
// AWS may have to renew an SSO token.
const needsWrite = [
  "exec",
  "run",
  "tasks",
  "status",
  "enable-exec",
  "disable-exec",
  "config",
  "__complete",
]
  .includes(verbOf(argv) ?? "help");
if (!needsWrite) Deno.permissions.revokeSync({ name: "write" });

Deno.exit(await run(argv, createRealDeps()));
