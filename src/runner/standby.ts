/**
 * Waiting for a checkpoint that another runner has.
 *
 * @module
 */

import { CheckpointError } from "../core/errors.ts";
import { pause } from "../core/pause.ts";

/** How often it is looked whether the checkpoint is free, in milliseconds: one short request each time. */
const LOOK_AGAIN_MS = 250;

/**
 * Opens a checkpoint as soon as no other runner has it.
 *
 * @param open Opens it; called again and again while it is in use.
 * @param signals End the wait.
 * @throws The reason of a signal that is aborted, or what `open` throws for another reason.
 */
export async function openWhenFree(open: () => Promise<void>, signals: readonly AbortSignal[]): Promise<void> {
  const signal = AbortSignal.any([...signals]);
  for (;;) {
    signal.throwIfAborted();
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof CheckpointError) || error.reason !== "in use") throw error;
    }
    // Those that wait for the same checkpoint look at different times.
    await pause(LOOK_AGAIN_MS * (0.75 + Math.random() / 2), signal);
  }
}
