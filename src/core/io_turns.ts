/**
 * Letting the event loop read what has arrived.
 *
 * @module
 */

import { runDetached } from "./run_detached.ts";

/**
 * After how many turns of the event loop all should have been read that had arrived before. While the loop always has
 * something to do, Deno's runtime (Tokio) asks the system for input only after 61 turns. What has arrived then waits for its
 * turn among other operations: beside 500 that begin again at once it took up to 500 turns, in 1 of 50 rounds, and mostly 60.
 */
const TURNS = 512;

/** Resolves when all has been read that other processes have written before the call. It takes about 1 ms of a processor. */
export function inputRead(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let turns = 0;
  const turn = () => {
    if (++turns > TURNS) resolve();
    else setImmediate(turn);
  };
  runDetached(turn);
  return promise;
}
