/**
 * How long the end of a program by a signal may take.
 *
 * @module
 */

/** How long bodies have to end, in milliseconds, unless the program says how long everything may take. */
const MAX_END_MS = 1_000;

/** How long workers may take to end after that: threads that loop cannot be ended, except with the program. */
const MAX_WORKERS_END_MS = 1_000;

/** How long the last save may take, in milliseconds: a store that hangs must not keep the program from ending. */
const MAX_SAVE_MS = 5_000;

/** How long each part of the end may take, in milliseconds. */
export interface EndLimits {
  /** For bodies to end by themselves. */
  readonly bodies: number;
  /** After that, for workers to end. */
  readonly workers: number;
  /** At the same time, for everything to be saved. */
  readonly save: number;
}

const USUAL_LIMITS: EndLimits = { bodies: MAX_END_MS, workers: MAX_WORKERS_END_MS, save: MAX_SAVE_MS };

/**
 * The limits of an end.
 *
 * @param within How long it may take in all, in milliseconds: bodies get what workers and the last save do not need.
 */
export function endLimits(within?: number): EndLimits {
  if (within === undefined) return USUAL_LIMITS;
  const rest = Math.min(MAX_WORKERS_END_MS, within / 2);
  return { bodies: within - rest, workers: rest, save: rest };
}
