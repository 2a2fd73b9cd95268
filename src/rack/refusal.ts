/** The statuses that a rack refuses with. */
export type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 429 | 500 | 503;

/** What a rack does not do, in words for the one who asked; nothing of it is secret. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly status: RefusalStatus,
    message: string,
    /** What the asker can do about it. */
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** What it is about could not be written down, and so was not done: nobody waits for that to be written down. */
export class AuditRefusal extends Refusal {
  constructor() {
    super(503, "the audit cannot be written, no session is opened");
  }
}

/** Foreign, absent and ambiguous have one answer: nobody learns what there is that they may not see. */
export function refuseUnseen(): Refusal {
  return new Refusal(404, "not found, or not allowed for this token");
}
