/**
 * Ending a synchronous function that takes too long, also one that loops forever.
 *
 * @module
 */

import { shared } from "../../core/shared.ts";
import { OutOfTime } from "./executor.ts";

interface Script {
  runInThisContext(options: { timeout: number }): unknown;
}

interface Vm {
  Script: new (code: string) => Script;
}

/** A loop that looks at `currentTask().cancelled` gets as long to end by itself, in milliseconds. */
const SLACK_MS = 3;

/** The longest timeout that `node:vm` takes, in milliseconds, with something to spare. */
const LONGEST_MS = 2 ** 31;

/** What the script calls, and what came of it. */
const call = shared<{ fn: (() => unknown) | undefined }>("call", () => ({ fn: undefined }));

let script: Script | undefined;

/**
 * Calls a function, for as long as `timeout` milliseconds at the most.
 *
 * @throws {OutOfTime} If it was ended. Its `finally` blocks did not run.
 */
export function callWithin(timeout: number, fn: () => unknown): unknown {
  if (timeout > LONGEST_MS) return fn(); // the pool has an eye on it
  script ??= makeScript();
  let outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
  call.fn = () => {
    try {
      outcome = { value: fn() };
    } catch (error) {
      outcome = { error };
    }
  };
  try {
    script.runInThisContext({ timeout: Math.ceil(timeout) + SLACK_MS });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
  }
  if (outcome === undefined) throw new OutOfTime();
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

/** Made when first needed: loading `node:vm` takes milliseconds. */
function makeScript(): Script {
  const { process } = globalThis as unknown as { process: { getBuiltinModule(name: "node:vm"): Vm } };
  const { Script } = process.getBuiltinModule("node:vm");
  return new Script(`globalThis[Symbol.for("workflowy.call.1")].fn()`);
}
