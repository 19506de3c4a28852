/**
 * The import of a user's module by a worker that looks for tasks in it. Whatever the module does at its top level, it does in
 * every worker. A program that starts itself there would do so again and again.
 *
 * @module
 */

import { NonRetryableError } from "../core/retry_errors.ts";
import { globalSingleton } from "../core/global_singleton.ts";

const state = globalSingleton<{ module: string | undefined }>("loading", () => ({ module: undefined }));

/** Calls a function that imports a module. Until it has, runners in this worker refuse to start. */
export async function whileLoading<T>(module: string, load: () => Promise<T>): Promise<T> {
  state.module = module;
  try {
    return await load();
  } finally {
    state.module = undefined;
  }
}

/**
 * Throws during an import by a worker, for what only the program itself should do.
 *
 * @param what What it refuses, such as `run()`.
 *
 * @throws {NonRetryableError} While a worker imports a module.
 */
export function refuseWhileLoading(what: string): void {
  if (state.module === undefined) return;
  throw new NonRetryableError(`Cannot ${what} while a worker imports ${state.module}: ${GUARD}`);
}

/** What to write in a module that workers import. */
export const GUARD = `define tasks at the top level of the module, and put what starts the program under a guard:

if (import.meta.main) {
  await using runner = new TaskRunner();
  …
}
`;
