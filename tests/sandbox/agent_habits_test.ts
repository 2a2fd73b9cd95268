import assert from "node:assert/strict";
import { openChannel } from "./channel_client.ts";
import { startSandbox } from "./start_sandbox.ts";

Deno.test("the pty merges, echoes nothing by itself and turns LF into CR LF", async () => {
  const sandbox = await startSandbox();
  const client = await openChannel(sandbox, "sh -c 'echo a; echo b >&2'");
  assert.equal(await client.closed(), "");
  assert.equal(client.output().toString(), "a\r\nb\r\n");
  client.end();
  await client.gone;
  await sandbox.close();
});
