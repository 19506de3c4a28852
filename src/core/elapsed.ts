/**
 * Time that passes, whatever happens to the system's clock.
 *
 * @module
 */

let elapsedMs = 0;
/** The clock that was read last, and what it showed. */
let source: unknown = undefined;
let seenMs = 0;

const SystemDate = globalThis.Date;

/**
 * Milliseconds since an arbitrary moment, with fractions; never fewer than before. A system clock that is put forward or
 * back has no effect.
 *
 * Where a test has replaced `Date` (as `FakeTime` of `@std/testing` does), its time counts instead, so that a fake clock
 * drives the engine. The change from one clock to the other takes no time.
 */
export function elapsed(): number {
  const current = globalThis.Date;
  const nowMs = current === SystemDate ? performance.now() : current.now();
  if (current === source) {
    if (nowMs > seenMs) elapsedMs += nowMs - seenMs;
  } else {
    source = current;
  }
  seenMs = nowMs;
  return elapsedMs;
}

/** What `Date.now()` returned when {@linkcode elapsedCoarse} read the clock last, and what it read. */
let seenDate = NaN;
let coarseMs = 0;

/**
 * The same, up to a millisecond old. Cheaper, as the clock is read once a millisecond: a task without work takes less than
 * two microseconds, and reading the clock twice would be a tenth of that.
 */
export function elapsedCoarse(): number {
  const now = Date.now();
  if (now !== seenDate) {
    seenDate = now;
    coarseMs = elapsed();
  }
  return coarseMs;
}
