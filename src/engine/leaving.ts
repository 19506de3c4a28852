/**
 * Stopping without doing all that was submitted: what runs is finished, and the rest is left for the next run.
 *
 * @module
 */

import type { IdleGate } from "../core/idle_gate.ts";
import { type Attempt, attemptOf } from "./attempt.ts";
import type { Executor } from "./executor.ts";
import type { Handle } from "./handle.ts";
import type { HandleStore } from "./handle_store.ts";
import type { Dispatcher } from "./queue/dispatcher.ts";
import { awaitsOther, type SlotWaits } from "./slot_waits.ts";

/** What it takes to leave tasks behind. */
export interface LeavingParts {
  readonly handles: HandleStore;
  readonly dispatcher: Dispatcher;
  readonly executor: Executor;
  readonly waits: SlotWaits;
  /** Opened whenever a body has ended, or waits for a handle. */
  readonly calm: IdleGate;
}

/**
 * Lets what runs end, and starts nothing more. A body that waits for what is left, once nothing else runs, sees its wait
 * fail, and its task is left as well: it is ready again.
 *
 * @returns When nothing runs.
 */
export async function leaveQueued(reason: unknown, parts: LeavingParts): Promise<void> {
  const { handles, dispatcher, calm } = parts;
  dispatcher.gate("hold");
  // What survives the program is left where it is, also what a worker elsewhere may have begun just now.
  const endsHere = (handle: Handle) => dispatcher.queueOf(handle).pool.leave === undefined;
  const running = () => handles.running().filter(endsHere);
  for (const handle of handles.list()) if (endsHere(handle)) withdraw(handle, reason, parts);
  for (let left = running(); left.length > 0; left = running()) {
    const changed = calm.next();
    await new Promise((resolve) => setImmediate(resolve)); // bodies whose wait has just ended continue
    left = running();
    if (!left.some(isActive)) { for (const handle of left) interruptWait(handle.attempt as Attempt, reason, parts); }
    await changed;
  }
}

/** Takes a task back from its pool, which has prefetched it, if it has: it is ready as before. */
function withdraw(handle: Handle, reason: unknown, { executor, dispatcher }: LeavingParts): void {
  const attempt = attemptOf(handle);
  if (attempt?.phase !== "staged") return;
  executor.unstage(attempt);
  attempt.abort(reason);
  dispatcher.queueOf(handle).push(handle);
}

/** Lets a body see its wait fail. Unless it ends with a value, its task is ready again, and what it submitted stays. */
function interruptWait(attempt: Attempt, reason: unknown, { waits }: LeavingParts): void {
  if (!attempt.isInterrupted) {
    attempt.isInterrupted = true;
    attempt.abort(reason);
  }
  waits.interrupt(attempt, reason);
}

/** Lets bodies that survive the program run without it: their outcomes belong to the next run. */
export function letGo(handles: Iterable<Handle>, dispatcher: Dispatcher): void {
  for (const handle of handles) {
    const attempt = attemptOf(handle);
    const queue = dispatcher.queueOf(handle);
    if (attempt === undefined || attempt.isLetGo || queue.pool.leave === undefined) continue;
    attempt.isLetGo = true;
    queue.ask("leave()", (pool) => pool.leave!(attempt));
  }
}

/** Whether a running task will continue by itself: it does not only wait for tasks of its own runner. */
function isActive(handle: Handle): boolean {
  const attempt = attemptOf(handle);
  if (attempt?.phase !== "waiting") return true; // without an attempt, its outcome is being saved
  return [...attempt.waits].some((wait) => awaitsOther(wait, handle));
}
