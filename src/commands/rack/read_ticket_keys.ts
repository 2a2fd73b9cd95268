import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { quoteValue } from "../../quote_value.ts";
import { parseTicketKeys, type TicketKeys } from "../../rack/tickets/ticket.ts";

/** The secret of ECS that holds the key of tickets. */
const VARIABLE = "PORTHOLE_TICKET_KEY";
const MOST_BYTES = 4 * 1024;

/**
 * Reads the keys of tickets from the file, else from the secret of ECS; else makes one that ends with this process.
 *
 * @throws {PortholeError} config_invalid for a file that cannot be read, and for what is not one or two keys.
 */
export async function readTicketKeys(
  file: string | undefined,
  { env, readTextFile }: Pick<Deps, "env" | "readTextFile">,
  log: Pick<Log, "warn">,
): Promise<TicketKeys> {
  let text = env(VARIABLE);
  let from = VARIABLE;
  if (file !== undefined) {
    from = `--ticket-key ${quoteValue(file)}`;
    try {
      text = await readTextFile(file, { mostBytes: MOST_BYTES });
    } catch (error) {
      throw refuse(from, messageOf(error), error);
    }
  } else if (!text) {
    log.warn(
      "No key for tickets is set: sessions that are handed off can be resumed through this process alone",
    );
    return [crypto.getRandomValues(new Uint8Array(32))];
  }
  const keys = parseTicketKeys(text ?? "");
  if (keys !== undefined) return keys;
  throw refuse(
    from,
    "it is not one or two lines of at least 32 characters each",
  );
}

function refuse(
  from: string,
  because: string,
  cause?: unknown,
): PortholeError {
  return new PortholeError("config_invalid", {
    cannot: `use the key of tickets in ${from}`,
    because,
  }, { hint: "openssl rand -hex 32 makes one", cause });
}
