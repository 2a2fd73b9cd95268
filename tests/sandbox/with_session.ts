import {
  type ChannelClient,
  type ClientOptions,
  openChannel,
} from "./channel_client.ts";
import type { Sandbox } from "./sandbox.ts";
import type { SandboxOptions } from "./sandbox_options.ts";
import { startSandbox } from "./start_sandbox.ts";

/** Runs a test with one session in a sandbox of its own, and cleans up after it. */
export async function withSession(
  command: string,
  body: (client: ChannelClient, sandbox: Sandbox) => Promise<void>,
  options: Partial<SandboxOptions> = {},
  clientOptions: ClientOptions = {},
): Promise<void> {
  const sandbox = await startSandbox(options);
  try {
    const client = await openChannel(sandbox, command, clientOptions);
    try {
      await body(client, sandbox);
    } finally {
      client.end();
      await client.gone;
    }
  } finally {
    await sandbox.close();
  }
}
