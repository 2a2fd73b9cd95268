import { type TypedVerb, VERB_NAMES } from "./flags.ts";

/** What `porthole help TOPIC` explains besides the verbs. */
export const OTHER_TOPICS = [
  "many",
  "routing",
  "environment",
  "exit-codes",
  "errors",
] as const;

/** What `porthole help TOPIC` can explain. */
export type HelpTopic =
  | Exclude<TypedVerb, "help">
  | typeof OTHER_TOPICS[number];

/** All topics, in the order of the help. */
export const HELP_TOPICS: readonly HelpTopic[] = [
  ...VERB_NAMES.filter((name) => name !== "help"),
  ...OTHER_TOPICS,
];
