import * as v from "../../../schema.ts";
import type { Wrapper } from "../../wrap_command.ts";
import { LONGEST_JSON } from "./protocol.ts";
import { readerOf, writeJson } from "./read_json.ts";

/** What a rack says of a session that it has opened, before any of its bytes. */
export interface Opened {
  readonly route: {
    readonly kind: "ecs_exec" | "docker";
    readonly because: string;
  };
  readonly container: string;
  readonly runtimeId: string | undefined;
  /** The id of a session of Session Manager. */
  readonly session: string | undefined;
  /** A line each, for the user. */
  readonly warnings: readonly string[];
}

/** A session that the client joins by itself. All of it but the ids is secret. */
export interface Handoff extends Opened {
  readonly sessionId: string;
  readonly streamUrl: string;
  readonly tokenValue: string;
  readonly region: string;
  readonly target: string;
  /** Opens `/porthole/resume` and `/porthole/terminate`. */
  readonly ticket: string;
  /** What is around the command; null where nothing is. */
  readonly wrapper: Wrapper | null;
}

const LINE = v.pipe(v.string(), v.maxLength(4096));
const FLAG = v.optional(v.boolean(), false);

const FACTS = {
  route: v.object({
    kind: v.picklist(["ecs_exec", "docker"]),
    because: LINE,
  }),
  container: v.pipe(v.string(), v.regex(/^[\w-]{1,255}$/)),
  runtime_id: v.nullish(v.pipe(v.string(), v.regex(/^[\w-]{1,255}$/))),
  session: v.nullish(v.pipe(v.string(), v.regex(/^[\w.-]{1,96}$/))),
  warnings: v.optional(v.pipe(v.array(LINE), v.maxLength(32)), []),
};

function toOpened(
  { route, container, runtime_id, session, warnings }: v.InferOutput<
    v.ObjectSchema<typeof FACTS, undefined>
  >,
): Opened {
  return {
    route,
    container,
    runtimeId: runtime_id ?? undefined,
    session: session ?? undefined,
    warnings,
  };
}

const HANDOFF = v.pipe(
  v.object({
    ...FACTS,
    sessionId: v.pipe(v.string(), v.regex(/^[\w.-]{1,96}$/)),
    streamUrl: v.pipe(v.string(), v.maxLength(16_384)),
    tokenValue: v.pipe(
      v.string(),
      v.regex(/^[\x21-\x7e]+$/),
      v.maxLength(16_384),
    ),
    region: v.pipe(v.string(), v.regex(/^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/)),
    target: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,1024}$/)),
    ticket: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,8192}$/)),
    wrapper: v.nullable(v.object({
      version: v.pipe(v.number(), v.integer()),
      nonce: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
      options: v.object({
        interactive: FLAG,
        stdin: FLAG,
        binary: FLAG,
        splitStderr: FLAG,
        variables: v.optional(
          v.pipe(v.number(), v.integer(), v.minValue(0)),
          0,
        ),
      }),
    })),
  }),
  v.transform((
    {
      sessionId,
      streamUrl,
      tokenValue,
      region,
      target,
      ticket,
      wrapper,
      ...rest
    },
  ): Handoff => ({
    ...toOpened(rest),
    sessionId,
    streamUrl,
    tokenValue,
    region,
    target,
    ticket,
    wrapper,
  })),
);

/** Reads message 7. */
export const readOpened: (payload: Uint8Array) => Opened = readerOf(
  "what was opened",
  LONGEST_JSON,
  v.pipe(v.object(FACTS), v.transform(toOpened)),
);

/** Reads message 5; where it leads is not judged here. */
export const readHandoffMessage: (payload: Uint8Array) => Handoff = readerOf(
  "the hand-off",
  LONGEST_JSON,
  HANDOFF,
);

/** Writes message 7. */
export function writeOpened(opened: Opened): Uint8Array {
  return writeJson("what was opened", LONGEST_JSON, toWire(opened));
}

/** Writes message 5. */
export function writeHandoff(handoff: Handoff): Uint8Array {
  return writeJson("the hand-off", LONGEST_JSON, {
    ...handoff,
    ...toWire(handoff),
    runtimeId: undefined,
  });
}

function toWire({ route, container, runtimeId, session, warnings }: Opened) {
  return {
    route: { kind: route.kind, because: route.because },
    container,
    runtime_id: runtimeId ?? null,
    session: session ?? null,
    warnings: warnings.map((line) => line.slice(0, 4096)).slice(0, 32),
  };
}
