/**
 * The types of a task's arguments at submit, where handles may be given in place of values.
 *
 * @module
 */

import type { TaskHandle } from "./task_handle.ts";

/** An argument for a parameter of type `T`: a value, a handle of one, or an array or object that contains handles. */
export type Input<T> = T | TaskHandle<T> | WithHandles<T>;

/** The type `T` of an array, tuple or plain object, in which each element or field may be a handle instead. */
export type WithHandles<T> = T extends ((...args: never) => unknown) | null | undefined ? never
  : T extends object ? { [K in keyof T]: T[K] | TaskHandle<T[K]> }
  : never;

/** The arguments of `submit()` for the parameters `A`: each may be a handle, or contain handles one level down. */
export type Inputs<A extends unknown[]> = { [K in keyof A]: Input<A[K]> };

/** The arguments of `map()` for the parameters `A`: one iterable for each parameter. */
export type Columns<A extends unknown[]> = { [K in keyof A]: Iterable<Input<A[K]>> };
