import { joinBytes } from "../../join_bytes.ts";

/** Changes a stream of bytes chunk by chunk, holding back as little as it can. */
export interface ByteFilter {
  push(chunk: Uint8Array): Uint8Array;
  flush(): Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** Applies filters one after the other. */
export function chainFilters(filters: readonly ByteFilter[]): ByteFilter {
  return {
    push: (chunk) =>
      filters.reduce((bytes, filter) => filter.push(bytes), chunk),
    flush: () =>
      filters.reduce<Uint8Array>(
        (bytes, filter) => joinBytes([filter.push(bytes), filter.flush()]),
        NOTHING,
      ),
  };
}
