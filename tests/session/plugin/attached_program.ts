/**
 * A program for the tests to run in a terminal: a session through the plugin that PATH holds, then how it ended.
 */
import { createRealDeps } from "../../../src/real_deps.ts";
import { findPlugin } from "../../../src/session/plugin/find_plugin.ts";
import { openAttachedPluginSession } from "../../../src/session/plugin/open_attached_plugin_session.ts";

const deps = createRealDeps();
const session = await openAttachedPluginSession({
  pluginPath: await findPlugin(deps),
  grant: {
    sessionId: "ecs-execute-command-0abc",
    streamUrl: "wss://x.example",
    tokenValue: "secret",
    target: "ecs:a_b_c",
  },
  region: "us-east-1",
  ssmEndpoint: "https://ssm.us-east-1.amazonaws.com",
  terminate: (id) => Promise.resolve(console.log(`terminated ${id}`)),
}, deps);
void session.opened.then(() => console.log("opened"));
const end = await session.exit;
console.log(`end ${JSON.stringify(end)}`);
Deno.exit(end.kind === "status" ? end.status : 0);
