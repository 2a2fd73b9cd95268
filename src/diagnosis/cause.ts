/** How much the evidence proves: the agent cannot work so, seldom works so, or may not. */
export type Certainty = "certain" | "likely" | "possible";

/** One reason why an agent is not connected. */
export interface Cause {
  readonly certainty: Certainty;
  readonly evidence: string;
  readonly remedy: string;
}
