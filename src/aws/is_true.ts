/** `true` in any case, as the AWS CLI reads its switches. */
export function isTrue(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === "true";
}
