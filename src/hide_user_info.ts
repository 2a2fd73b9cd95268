/** A text without what stands before the host of its first URL: a user, and perhaps a password. */
export function hideUserInfo(text: string): string {
  return text.replace(/:\/\/[^/\s]*@/, "://...@");
}
