/** A host was not reached, or refused; `status` and `said` are its own HTTP answer (not a proxy's), if any. */
export class ConnectFailure extends Error {
  override readonly name = "ConnectFailure";
  constructor(
    message: string,
    readonly status?: number,
    /** What came of the answer's body together with its head. */
    readonly said?: string,
  ) {
    super(message);
  }
}
