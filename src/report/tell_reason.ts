import { messageOf } from "../errors.ts";

/** Why a file cannot be written: the runtime's own text is empty for some causes. */
export function tellReason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return "there is no such directory";
  }
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return messageOf(error);
}
