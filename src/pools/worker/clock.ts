/**
 * The time, whatever tasks do to the globals of their worker.
 *
 * @module
 */

/** Milliseconds since the worker started. */
export const now: () => number = performance.now.bind(performance);
