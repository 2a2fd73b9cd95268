import { type ErrorCode, messageOf, PortholeError } from "../errors.ts";

/** Something that was looked up, or why it could not be. */
export type Seen<T> =
  | { readonly kind: "seen"; readonly value: T }
  | Unseen;

/** Why something could not be looked up. */
export interface Unseen {
  readonly kind: "unseen";
  readonly because: string;
  /** Only where porthole knows the failure. */
  readonly code?: ErrorCode;
  /** What the user can do about it, a line each. */
  readonly hints?: readonly string[];
}

/** Looks at something, and tells why where it may not. */
export async function look<T>(answer: Promise<T>): Promise<Seen<T>> {
  try {
    return { kind: "seen", value: await answer };
  } catch (error) {
    // Without "Cannot look at …": the reader says what could not be looked at.
    if (!(error instanceof PortholeError)) {
      return { kind: "unseen", because: messageOf(error) };
    }
    const { because, code, hints } = error;
    return { kind: "unseen", because, code, hints };
  }
}

/** What was seen; undefined where nothing was. */
export function valueOf<T>(seen: Seen<T> | undefined): T | undefined {
  return seen?.kind === "seen" ? seen.value : undefined;
}
