/** One recorded frame. */
export interface RecordedFrame {
  readonly dir: "client->agent" | "agent->client";
  readonly ws: "text" | "binary";
  readonly hex: string;
  readonly decoded: {
    readonly messageType: string;
    readonly createdDate: number;
    readonly sequenceNumber: number;
    readonly flags: number;
    readonly messageId: string;
    readonly payloadType: number;
    readonly payloadLength: number;
    readonly payload: string;
  };
}

/** Reads a file of golden bytes. */
export function readVector<T>(name: string): T {
  return JSON.parse(readText(name));
}

/** Reads a recorded session. */
export function readVectorLines(name: string): readonly RecordedFrame[] {
  return readText(name).trim().split("\n").map((line) => JSON.parse(line));
}

function readText(name: string): string {
  return Deno.readTextFileSync(
    `${import.meta.dirname}/../../vectors/${name}`,
  );
}
