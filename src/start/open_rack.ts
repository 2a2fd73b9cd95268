import {
  createRackClient,
  type RackClient,
} from "../access/rack/create_rack_client.ts";
import { createRackDirectory } from "../access/rack/create_rack_directory.ts";
import type { Rack } from "../access/rack/rack.ts";
import {
  type RackSystem,
  readApp,
  readSystem,
} from "../access/rack/read_answers.ts";
import type { EcsExecChoice } from "../choices.ts";
import type { Deps } from "../deps.ts";
import { wrapConnection } from "../docker/docker_connection.ts";
import { PortholeError } from "../errors.ts";
import { connectRack } from "./connect_rack.ts";

/** Opens the door to a rack; it is asked nothing yet. */
export function openRack(
  rack: Rack,
  deps: Pick<Deps, "env" | "sleep">,
): RackClient {
  return createRackClient(rack, {
    sleep: deps.sleep,
    connect: async (rack) => wrapConnection(await connectRack(rack, deps)),
  });
}

/** Opens what a rack has, and says in which region that is. */
export async function openRackDirectory(client: RackClient): Promise<{
  readonly directory: ReturnType<typeof createRackDirectory>;
  /** Undefined where the rack does not say. */
  readonly region: string | undefined;
  /** It is a rack of porthole's own. */
  readonly isPorthole: boolean;
  /** Its parameter ECSExec. */
  readonly ecsExec: EcsExecChoice;
}> {
  const { region, isPorthole, parameters } = await askSystem(client);
  const directory = createRackDirectory(client, region ?? "");
  const ecsExec = parameters["ECSExec"] === "Yes" ? "Yes" : "No";
  return { directory, region, isPorthole, ecsExec };
}

/** Asks for the generation of an app, which bears on the way to its containers. */
export async function askGeneration(
  client: RackClient,
  app: string,
): Promise<1 | 2> {
  const text = await client.ask({ method: "GET", path: ["apps", app] });
  return readApp(text, client).generation === "1" ? 1 : 2;
}

/** Asks a rack what it is. */
export async function askSystem(client: RackClient): Promise<RackSystem> {
  const text = await client.ask({
    method: "GET",
    path: ["system"],
    missing: () =>
      new PortholeError(
        "rack_refused",
        `Cannot understand rack "${client.rack.name}": it has no /system`,
        { hint: "check the rack's address: it may be another server" },
      ),
  });
  return readSystem(text, client);
}
