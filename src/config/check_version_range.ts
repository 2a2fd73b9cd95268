/** A version as Go's go-version reads it: any number of numbers, a pre-release, build metadata. */
const VERSION =
  /v?\d+(?:\.\d+)*(?:-\d+[0-9A-Za-z~-]*(?:\.[0-9A-Za-z~-]+)*|-?[A-Za-z~-]+[0-9A-Za-z~-]*(?:\.[0-9A-Za-z~-]+)*)?(?:\+[0-9A-Za-z~-]+(?:\.[0-9A-Za-z~-]+)*)?/;
const CONDITION = new RegExp(
  `^\\s*(?:=|!=|>|<|>=|<=|~>)?\\s*(?:${VERSION.source})\\s*$`,
);

/** No range is so long, and matching a pre-release takes time that grows with its square. */
const LONGEST_CONDITION = 200;

/**
 * The part of a `required_version` that is not a condition on a version, if there is one.
 *
 * The range is about ecspresso's version, so ours is never compared with it.
 */
export function checkVersionRange(range: string): string | undefined {
  return range.split(",").find((condition) =>
    condition.length > LONGEST_CONDITION || !CONDITION.test(condition)
  );
}
