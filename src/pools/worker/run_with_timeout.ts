/**
 * Ending a synchronous function that takes too long, also one that loops forever.
 *
 * @module
 */

import { nodeModule } from "../../core/node_builtins.ts";
import { globalKey, globalSingleton } from "../../core/global_singleton.ts";
import { now } from "./clock.ts";
import { OutOfTime } from "./worker_loop.ts";

interface Script {
  runInThisContext(options: { timeout: number }): unknown;
}

/**
 * How many milliseconds more than its timeout a function gets. A loop that looks at `currentTask().cancelled` ends by itself
 * within that; and so does the synchronous start of an asynchronous body, which then hears that it is out of time: on a busy
 * machine such a start may have to wait for a processor.
 */
const SLACK_MS = 50;

/** A function that returns within that many milliseconds before it is to be ended waits for the end. */
const CLOSE_MS = 1.5;
/** For how many milliseconds at most, beyond the moment at which it was to be ended. */
const MAX_WAIT_MS = 20;

/** The longest timeout that `node:vm` takes, in milliseconds, with some to spare. */
const MAX_VM_TIMEOUT_MS = 2 ** 31;

/** What the script calls, and what came of it. */
const call = globalSingleton<{ fn: (() => unknown) | undefined }>("call", () => ({ fn: undefined }));

let script: Script | undefined;

/**
 * Calls a function, for `timeout` milliseconds at most.
 *
 * @throws {OutOfTime} If it was ended. Its `finally` blocks did not run.
 */
export function runWithTimeout(timeout: number, fn: () => unknown): unknown {
  if (timeout > MAX_VM_TIMEOUT_MS) return fn(); // the pool watches it
  const limit = Math.ceil(timeout) + SLACK_MS;
  const start = now();
  let took = limit;
  let outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
  call.fn = () => {
    try {
      outcome = { value: fn() };
    } catch (error) {
      outcome = { error };
    }
    // An end that comes while the script returns would hit what runs next.
    took = now() - start;
    if (took >= limit - CLOSE_MS) { while (now() - start < limit + MAX_WAIT_MS); }
  };
  try {
    prepareTimeouts().runInThisContext({ timeout: limit });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT" && now() - start < limit) throw error;
  }
  if (outcome !== undefined && "value" in outcome) return outcome.value;
  // What is ended within a function of the runtime fails with some other error.
  if (outcome === undefined || took >= limit) throw new OutOfTime();
  throw outcome.error;
}

/** Makes ready what {@linkcode runWithTimeout} needs. */
export function prepareTimeouts(): Script {
  return script ??= makeScript();
}

/** Made when first needed: loading `node:vm` takes milliseconds. */
function makeScript(): Script {
  const { Script } = nodeModule("node:vm");
  return new Script(`globalThis[Symbol.for(${JSON.stringify(globalKey("call"))})].fn()`);
}
