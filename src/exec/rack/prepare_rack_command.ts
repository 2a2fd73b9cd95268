import type { SessionInvocation } from "../../args/invocation.ts";
import { usageError } from "../../args/usage_error.ts";
import type { Config } from "../../config/config.ts";
import { placeWords } from "../../session/place_words.ts";
import {
  isPlain,
  spellForHeader,
} from "../../session/rack/spell_for_header.ts";
import type { SessionStreams } from "../../terminal/choose_streams.ts";
import type { Client } from "../choose_client.ts";
import { type PreparedCommand, wordsOf, wrapFor } from "../prepare_command.ts";

/** A load balancer takes 16 K of a header; what stands before it is ours. */
const LONGEST = 15_000;

/**
 * Puts the command into the form that a rack's header can carry, our script around it.
 */
export function prepareRackCommand(
  invocation: SessionInvocation,
  config: Pick<Config, "shell">,
  { streams, client }: {
    readonly streams: SessionStreams;
    /** What joins a session that is handed off. */
    readonly client: Client;
  },
): PreparedCommand {
  const words = placeWords(wordsOf(invocation.command, config), invocation);
  const prepared = wrapFor(
    client,
    spellForHeader(words),
    streams,
    invocation,
  );
  if (!isPlain(prepared.text)) {
    throw new RangeError(
      "the script has characters that a header cannot carry",
    );
  }
  return prepared;
}

/**
 * Refuses a command that the header of a Convox rack cannot carry.
 *
 * @throws {PortholeError} usage
 */
export function checkHeaderLength({ text: { length } }: PreparedCommand): void {
  if (length > LONGEST) {
    throw usageError(
      `Cannot send this command over a rack: it is ${length} bytes long as it is sent, and ${LONGEST} is the most`,
      "Send what is longer through stdin: porthole exec ... -- sh < FILE",
    );
  }
}
