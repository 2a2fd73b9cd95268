/**
 * Whether an endpoint's policy does not plainly let everybody do everything with a service. An endpoint without one of
 * its own has AWS's, which does.
 */
export function restrictsAccess(
  policy: string | undefined,
  service: string,
): boolean {
  if (policy === undefined || policy === "") return false;
  try {
    const { Statement } = JSON.parse(policy) as { Statement?: unknown };
    const statements = [Statement].flat() as readonly (
      | Record<string, unknown>
      | undefined
    )[];
    const denies = statements.some((one) => one?.["Effect"] === "Deny");
    return denies ||
      !statements.some((one) =>
        one?.["Effect"] === "Allow" && one["Condition"] === undefined &&
        isAnybody(one["Principal"]) && has(one["Resource"], ["*"]) &&
        has(one["Action"], ["*", `${service}:*`])
      );
  } catch {
    return true;
  }
}

function isAnybody(principal: unknown): boolean {
  return has(principal, ["*"]) ||
    has((principal as { AWS?: unknown } | undefined)?.AWS, ["*"]);
}

function has(value: unknown, wanted: readonly string[]): boolean {
  return [value].flat().some((one) =>
    typeof one === "string" && wanted.includes(one)
  );
}
