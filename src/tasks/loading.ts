/**
 * The import of a user's module by a worker, which looks for tasks in it. What the module does besides, it does in every
 * worker; a program that starts there would start itself over and over.
 *
 * @module
 */

import { NonRetryableError } from "../core/errors.ts";
import { globalSingleton } from "../core/global_singleton.ts";

const state = globalSingleton<{ module: string | undefined }>("loading", () => ({ module: undefined }));

/** Calls a function that imports a module; while it does, runners in here refuse to start. */
export async function whileLoading<T>(module: string, load: () => Promise<T>): Promise<T> {
  state.module = module;
  try {
    return await load();
  } finally {
    state.module = undefined;
  }
}

/**
 * Refuses to do something that only the program itself should.
 *
 * @throws {NonRetryableError} While a worker imports a module.
 */
export function refuseWhileLoading(what: string): void {
  if (state.module === undefined) return;
  throw new NonRetryableError(`Cannot ${what} while a worker imports ${state.module}: ${GUARD}`);
}

/** What to write in a module that is imported by workers. */
export const GUARD = `define tasks at the top level of the module, and put what starts the program under a guard:

if (import.meta.main) {
  await using runner = new TaskRunner();
  …
}
`;
