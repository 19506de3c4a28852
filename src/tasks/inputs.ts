/**
 * How a task's parameters are typed at submit: handles may stand in place of values.
 *
 * @module
 */

import type { TaskHandle } from "./task_handle.ts";

/** What may be given for a parameter of type `T`: a value, a handle of one, or an array or object that holds handles. */
export type Input<T> = T | TaskHandle<T> | WithHandles<T>;

/** An array, tuple or plain object type in which each element or field may be a handle instead. */
export type WithHandles<T> = T extends ((...args: never) => unknown) | null | undefined ? never
  : T extends object ? { [K in keyof T]: T[K] | TaskHandle<T[K]> }
  : never;

/** What `submit()` takes for parameters `A`: each may be a handle, or hold handles one level down. */
export type Inputs<A extends unknown[]> = { [K in keyof A]: Input<A[K]> };

/** What `map()` takes for parameters `A`: one iterable per parameter. */
export type Columns<A extends unknown[]> = { [K in keyof A]: Iterable<Input<A[K]>> };
