import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { HOST_SETTING } from "./docker_address.ts";

/** What `exec.docker.host` may leave to be filled in, in braces. */
export const HOST_PLACES = ["private_ip", "public_ip", "instance_id"] as const;
/** One of them. */
export type HostPlace = typeof HOST_PLACES[number];

const PLACE = /\{([^{}]*)\}/g;

/**
 * Finds what an address leaves to be filled in.
 *
 * @throws PortholeError config_invalid for a place that cannot be filled in.
 */
export function findHostPlaces(host: string): readonly HostPlace[] {
  return [...host.matchAll(PLACE)].map(([written, name]) => {
    const place = HOST_PLACES.find((place) => place === name);
    if (place !== undefined) return place;
    throw new PortholeError(
      "config_invalid",
      `Cannot use ${
        quoteValue(host)
      } as ${HOST_SETTING}: ${written} is not a known placeholder`,
      {
        hint: `it can contain ${
          HOST_PLACES.map((name) => `{${name}}`).join(", ")
        }`,
      },
    );
  });
}

/** Fills an address in. */
export function fillHostPlaces(
  host: string,
  values: Readonly<Partial<Record<HostPlace, string>>>,
): string {
  return host.replace(
    PLACE,
    (written, name: HostPlace) => values[name] ?? written,
  );
}
