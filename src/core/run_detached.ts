/**
 * Calling a function outside of every task.
 *
 * @module
 */

import { type ContextSlot, contextSlot, type Frame, withFrame } from "./context_slot.ts";
import { nodeModule } from "./node_builtins.ts";

/**
 * Calls a function in the async context of the program's top level. What the engine starts for itself (timers, the
 * microtask that starts ready tasks) goes through here. Otherwise it would run in the context of the task that happened to
 * be running, and keep that task from being garbage-collected.
 */
export const runDetached: <R>(fn: () => R) => R = contextSlot === undefined
  ? nodeModule("node:async_hooks").AsyncLocalStorage.snapshot()
  : callerWith(contextSlot, contextSlot.read());

function callerWith(slot: ContextSlot, frame: Frame): <R>(fn: () => R) => R {
  return (fn) => withFrame(slot, frame, fn);
}
