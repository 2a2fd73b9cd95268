/** A host was not reached, or refused; `status` is its own HTTP answer (not a proxy's), if any. */
export class ConnectFailure extends Error {
  override readonly name = "ConnectFailure";
  constructor(message: string, readonly status?: number) {
    super(message);
  }
}
