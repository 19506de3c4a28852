/**
 * Work in slices, between which others have their turn: the tasks of all runners together, and long loops.
 *
 * @module
 */

import { afterOthers } from "./io_turns.ts";
import { runDetached } from "./run_detached.ts";

/**
 * How long tasks may follow each other before requests, timers and other events get their turn, in milliseconds: short
 * enough for a server in the same program, long enough that the turn itself (some 0.1 ms) costs little. If others have much
 * to do, they get as long.
 */
export const SLICE_MS = 10;

/**
 * After how many milliseconds the first turn is taken to have ended. Deno loads Node's timers for the first
 * `setImmediate()`, which takes longer than a few tasks, and which a program that ends after them does without.
 */
const FIRST_TURN_MS = 1;

/** Whether no turn has been followed yet. */
let isFirst = true;
/** When the slice began, by `elapsed()`. */
let startedAt = 0;
/** Whether the end of the turn is waited for; not if no task was started in this turn and the one before. */
let isFollowed = false;
/** Whether a task was started in this turn. */
let isUsed = false;

/**
 * Says that a task is about to start. A slice lasts for as long as tasks start in each turn of the event loop: a turn
 * alone does not mean that others had theirs, see `afterOthers()`.
 *
 * @param now A reading of `elapsed()`.
 * @returns Whether the slice has lasted long enough, so that others should come first.
 */
export function sliceHasEnded(now: number): boolean {
  isUsed = true;
  if (isFollowed) return now - startedAt >= SLICE_MS;
  startedAt = now;
  followTurn();
  return false;
}

/** Begins a slice, as others have had their turn. */
export function beginSlice(now: number): void {
  startedAt = now;
}

function followTurn(): void {
  isFollowed = true;
  if (isFirst) runDetached(() => AbortSignal.timeout(FIRST_TURN_MS).onabort = endTurn);
  else runDetached(() => setImmediate(endTurn));
  isFirst = false;
}

function endTurn(): void {
  isFollowed = false;
  if (isUsed) followTurn();
  isUsed = false;
}

/** Divides a long loop into slices. */
export class Slices {
  #end = performance.now() + SLICE_MS;

  /** Called before each round of the loop: the next slice begins if this one has ended. */
  async next(): Promise<void> {
    if (performance.now() < this.#end) return;
    await new Promise<void>((resolve) => afterOthers(SLICE_MS, resolve));
    this.#end = performance.now() + SLICE_MS;
  }
}
