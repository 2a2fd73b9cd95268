/** `T` with each key that may be undefined left out where it is. */
export type Present<T> =
  & { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
  & {
    readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<
      T[K],
      undefined
    >;
  };

/** The fields that have a value: a key without one is left out rather than set to undefined. */
export function present<const T extends object>(fields: T): Present<T> {
  const entries = Object.entries(fields).filter(([, value]) =>
    value !== undefined
  );
  return Object.fromEntries(entries) as Present<T>;
}
