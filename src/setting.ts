/** Where a value came from, for error texts and `config show`. */
export type Source =
  | { readonly kind: "flag"; readonly name: string }
  | { readonly kind: "target" }
  | { readonly kind: "env"; readonly name: string }
  | {
    readonly kind: "file";
    readonly path: string;
    readonly line: number;
    readonly column: number;
    /** Where the file's template read it from, if the value is not for showing: `ssm "/name"`. */
    readonly secret?: string;
  }
  | { readonly kind: "aws_profile"; readonly profile: string }
  /** A rack's own setting, named as it stands in a sentence. */
  | { readonly kind: "rack"; readonly name: string }
  | { readonly kind: "instance_metadata" }
  | { readonly kind: "default" };

/** A value that knows its source. */
export interface Setting<T> {
  readonly value: T;
  readonly source: Source;
}
