/**
 * Where the errors of the engine come from, as people see it.
 *
 * @module
 */

import type { Handle } from "./handle.ts";

/**
 * Gives an error that a body did not throw the place where its task is defined as its stack; of a wait, that of the task
 * that waits. Its own stack is that of a timer or a message, and says nothing to people.
 */
export function atDefinition<E extends Error>(error: E, handle: Pick<Handle, "spec" | "name" | "parent">): E {
  let at: Pick<Handle, "spec" | "name" | "parent"> | undefined = handle;
  while (at !== undefined && at.spec.wait !== undefined) at = at.parent;
  const site = at?.spec.definition?.site;
  const frame = site === undefined ? "" : `\n    at ${at!.name} (${site.module}:${site.line}:${site.column})`;
  Reflect.set(error, "stack", `${error.name}: ${error.message}${frame}`); // it may be frozen, if a pool has made it
  return error;
}
