import process from "node:process";
import { keepAbsolute } from "./src/absolute_path.ts";
import { reportCrash, run } from "./src/cli.ts";
import { createRealDeps } from "./src/real_deps.ts";
import { isPluginName } from "./src/session/plugin/is_porthole.ts";

// Before anything is started: children have it too, those of the AWS SDK and of a filter's shell.
const path = Deno.env.get("PATH");
if (path !== undefined) {
  Deno.env.set("PATH", keepAbsolute(path, Deno.build.os));
}

// Deno itself tells where the program is, and not by which name it was called.
const calledAs = isPluginName(process.argv0) ? ["plugin"] : [];

const argv = [...calledAs, ...Deno.args];
const deps = createRealDeps();
// Deno would end the program with 1, which could be the command's own status.
const crash = Promise.withResolvers<number>();
const tell = (event: Event, error: unknown) => {
  event.preventDefault();
  crash.resolve(reportCrash(argv, error, deps));
};
globalThis.addEventListener("error", (event) => tell(event, event.error));
globalThis.addEventListener(
  "unhandledrejection",
  (event) => tell(event, event.reason),
);

Deno.exit(await Promise.race([run(argv, deps), crash.promise]));
