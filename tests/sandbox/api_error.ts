/** A refusal as AWS words it; the API's front turns it into a response. */
export class ApiError extends Error {
  override name = "ApiError";

  constructor(
    /** AWS's error name, e.g. `ClusterNotFoundException`. */
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}
