/**
 * Results in the order in which tasks end.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import type { TaskResult } from "../core/result.ts";
import type { TaskHandle } from "./task_handle.ts";

/** A method of handles, not for users: the results of handles of this class, as {@linkcode asCompleted} yields them. */
export const ENDS: unique symbol = Symbol("ends");

interface WithEnds {
  [ENDS](handles: ReadonlySet<unknown>): AsyncIterable<TaskResult>;
}

/** The result of a handle of the type `H`; for handles of several types, one of their results. */
export type ResultOf<H> = H extends TaskHandle<infer T> ? TaskResult<T> : never;

/**
 * Yields the results of tasks in the order in which they end; first those that have ended already. A failure is a result
 * with `ok: false`. Leaving the loop early ends the waiting, and not the tasks. It starts the runner if nothing else has.
 *
 * @typeParam H The type of the handles.
 * @param handles The handles, of any runners. One that occurs again counts once.
 * @returns The results, each once. They can be iterated once.
 * @throws {TypeError} If `handles` is not iterable, or something in it is not a handle.
 *
 * @example The first one that ends comes first
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { asCompleted, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const load = task({ name: "load" }, (name: string) => name);
 * await using runner = new TaskRunner();
 * const slow = runner.submit(load.with({ startAfter: 30 }), "slow");
 * const fast = runner.submit(load, "fast");
 * const seen = [];
 * for await (const { value } of asCompleted([slow, fast])) seen.push(value);
 * assertEquals(seen, ["fast", "slow"]);
 * ```
 */
export function asCompleted<H extends TaskHandle<unknown>>(handles: Iterable<H>): AsyncIterable<ResultOf<H>> {
  if (typeof (handles as Partial<Iterable<H>> | null | undefined)?.[Symbol.iterator] !== "function") {
    throw new TypeError(`asCompleted() takes an iterable of handles, not ${describeValue(handles)}`);
  }
  const given = new Set<unknown>(handles);
  for (const handle of given) {
    if (ENDS in Object(handle)) continue;
    throw new TypeError(`asCompleted() takes handles that submit() returned, not ${describeValue(handle)}`);
  }
  const [first] = given as Set<WithEnds>;
  const ends = first === undefined ? nothing() : first[ENDS](given);
  return ends as AsyncIterable<ResultOf<H>>;
}

async function* nothing(): AsyncIterable<never> {}
