/** How many bytes a session keeps that cannot go on yet. */
export interface SessionLimits {
  /** Output that its reader has not taken: beyond it the source is paused. */
  readonly output: number;
  /** Output that came ahead of its turn: beyond it what comes is not acknowledged, and comes again. */
  readonly ahead: number;
  /** What the connection has not taken: what is sent beyond it is dropped, and sent again. */
  readonly outgoing: number;
}

const MIB = 1024 * 1024;

/** Of a session that has a process for itself: ten thousand messages ahead fit, as many as AWS's client keeps. */
export const OWN_LIMITS: SessionLimits = {
  output: MIB,
  ahead: 16 * MIB,
  outgoing: 8 * MIB,
};

/** Of one of hundreds in a rack. */
export const RELAY_LIMITS: SessionLimits = {
  output: MIB,
  ahead: 4 * MIB,
  outgoing: MIB,
};
