/** Whether a host is this machine itself; an IPv6 address may be in brackets, as a URL has it. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|::1|\[::1\])$/.test(host);
}
