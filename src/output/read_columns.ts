/** The width that COLUMNS exports; undefined where it is unset or is not one. */
export function readColumns(columns: string | undefined): number | undefined {
  if (!/^\d{1,6}$/.test(columns ?? "")) return undefined;
  return Number(columns) || undefined;
}
