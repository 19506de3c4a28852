/**
 * Letting the event loop see what has arrived from outside: requests, output of subprocesses, files.
 *
 * @module
 */

import { elapsed } from "./elapsed.ts";
import { runDetached } from "./run_detached.ts";

/**
 * While the event loop always has something to do, Deno's runtime (Tokio) asks the system for input only after 61 turns.
 * So many are needed before others have had theirs.
 */
const POLL_TURNS = 61;

/**
 * After how many turns all should have been read that had arrived before: what has arrived waits for its turn among other
 * operations. Beside 500 that begin again at once it took up to 500 turns, in 1 of 50 rounds, and mostly 60.
 */
const READ_TURNS = 512;

/** What is waited for. */
interface Wait {
  /** Turns of the event loop. */
  readonly turns: number;
  /** Milliseconds after which it ends in any case. */
  readonly withinMs: number;
}

/**
 * Calls back once others have had their turn: requests, timers, output of subprocesses. It takes about 0.1 ms.
 *
 * @param withinMs Milliseconds after which it calls back in any case, where others have much to do.
 * @returns A function that calls it off.
 */
export function afterOthers(withinMs: number, then: () => void): () => void {
  return afterTurns({ turns: POLL_TURNS, withinMs }, then);
}

/** Resolves when all has been read that other processes had written before the call. It takes about 1 ms of a processor. */
export function inputRead(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  afterTurns({ turns: READ_TURNS, withinMs: Infinity }, resolve);
  return promise;
}

/** `setImmediate()` in a chain is the way to turn the loop at once: a timer of 0 ms takes 2 ms. */
function afterTurns({ turns, withinMs }: Wait, then: () => void): () => void {
  const end = elapsed() + withinMs;
  let left = turns;
  const turn = () => {
    if (--left === 0 || elapsed() >= end) then();
    else next = setImmediate(turn);
  };
  let next = runDetached(() => setImmediate(turn));
  return () => clearImmediate(next);
}
