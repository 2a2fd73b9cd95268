const BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);

/** Whether a text is an IPv4 address as AWS writes it. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}
