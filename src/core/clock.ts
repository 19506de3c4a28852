/**
 * The time of a runner: that of the computer, or one that a test lets pass.
 *
 * @module
 */

import { elapsed, elapsedCoarse } from "./elapsed.ts";
import { runDetached } from "./run_detached.ts";

/** A computer that has slept, or a clock that was set, is noticed after this, in milliseconds. */
const MAX_LOOK_MS = 30_000;

/** A clock with timers. */
export interface Clock {
  /** Milliseconds since the epoch. This clock may be set, by people or by the network. */
  now(): number;
  /** Milliseconds since an arbitrary moment, with fractions; never fewer than before. */
  elapsed(): number;
  /** The same, up to a millisecond old, and cheaper. */
  elapsedCoarse(): number;
  /** Calls a function once, at least that many milliseconds from now, outside of every task. Returns what `clear()` takes. */
  set(fire: () => void, delayMs: number): unknown;
  /** Calls off what `set()` has returned, also if that was called. */
  clear(timer: unknown): void;
  /** Lets the program end although what `set()` has returned was not called. Time that a test lets pass holds nothing open. */
  unref?(timer: unknown): void;
  /** How long a wait for a time of `now()` may last before that is read again, in milliseconds. */
  readonly maxLookMs: number;
  /** Told that something outside of bodies waits for a task, or for a whole run, until `isOver()`. The computer's time passes anyway. */
  awaited?(isOver: () => boolean): void;
}

/** The computer's time. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  elapsed,
  elapsedCoarse,
  set: (fire, delayMs) => runDetached(() => setTimeout(fire, delayMs)),
  clear: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout> | undefined),
  // Timers are objects since Deno 2.9, and numbers before. Deno Deploy may not have this function.
  unref: (timer) => Deno.unrefTimer?.(timer as number),
  maxLookMs: MAX_LOOK_MS,
};
