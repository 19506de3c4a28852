/**
 * Stores that are measured in turns.
 *
 * @module
 */

import type { Timing } from "../harness.ts";

/** The measurements of a store. */
export interface StoreTiming extends Timing {
  /** Bytes on the disk for each record, at the end. */
  readonly kept: number;
  /** Bytes written for each record; `undefined` where the system does not say. */
  readonly written: number | undefined;
}

/** Gives everyone a turn in each round, in another order each time. */
export async function takeTurns(all: readonly { turn(): Promise<void> }[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const order = all.map((each) => ({ each, place: Math.random() })).sort((a, b) => a.place - b.place);
    for (const { each } of order) await each.turn();
  }
}
