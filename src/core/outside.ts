/**
 * Calling a function outside of every task.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Calls a function as if from the program's top level. What the engine starts on its own account (timers, the
 * microtask that starts ready tasks) goes through here: it would else carry the async context of whichever task
 * happened to be running, and keep that task from being collected.
 */
export const outside: <R>(fn: () => R) => R = AsyncLocalStorage.snapshot();
