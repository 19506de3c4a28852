/**
 * Calling a function outside of every task.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Calls a function in the async context of the program's top level. What the engine starts for itself (timers, the
 * microtask that starts ready tasks) goes through here. Otherwise it would run in the context of the task that happened to
 * be running, and keep that task from being garbage-collected.
 */
export const runDetached: <R>(fn: () => R) => R = AsyncLocalStorage.snapshot();
