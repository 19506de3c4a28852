/**
 * Buffers that are moved to a thread or back, instead of copied.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import { globalSingleton } from "../core/global_singleton.ts";

const marks = globalSingleton(
  "transfer",
  () => ({ lists: new WeakMap<object, readonly Transferable[]>(), any: false }),
);

/**
 * Marks a value that is an argument or the result of a task on a thread: the listed buffers are moved with it and not copied.
 * Afterwards they are empty where they were. Those of an argument are moved when the task starts.
 *
 * A task that may be retried gets copies, except in its last attempt. With other backends the mark has no effect.
 *
 * @param value An object that contains the buffers, or one of them.
 * @param transferables `ArrayBuffer`s, `MessagePort`s and the like. A `SharedArrayBuffer` may be among them, as the buffer of
 * any `Uint8Array` may be one: it is shared with the thread, and not moved.
 * @returns The same value.
 * @throws {TypeError} If `value` is not an object, or `transferables` is not an array.
 *
 * @example Move an image to a thread and back
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, transfer } from "@workflowy/workflowy";
 *
 * const invert = task({ name: "invert", backend: "thread" }, (pixels: Uint8Array) => {
 *   for (let i = 0; i < pixels.length; i++) pixels[i]! ^= 0xff;
 *   return transfer(pixels, [pixels.buffer]);
 * });
 * const image = new Uint8Array([0, 255]);
 * assertEquals(invert(transfer(image, [image.buffer])), new Uint8Array([255, 0])); // a plain call moves nothing
 * // await invert.submit(transfer(image, [image.buffer])) moves the pixels there and back
 * ```
 */
export function transfer<T>(value: T, transferables: readonly (Transferable | SharedArrayBuffer)[]): T {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`transfer() needs an object that holds the buffers, not ${describeValue(value)}`);
  }
  if (!Array.isArray(transferables)) {
    throw new TypeError(`transfer() needs an array of buffers: transfer(value, [value.buffer])`);
  }
  marks.lists.set(value, transferables.filter((each) => !(each instanceof SharedArrayBuffer)));
  marks.any = true;
  return value;
}

const NONE: Transferable[] = [];

/** The buffers to move with these values: those marked on them, or on values one level down. */
export function transferablesOf(values: readonly unknown[]): Transferable[] {
  if (!marks.any) return NONE;
  const found = new Set<Transferable>();
  for (const value of values) {
    if (typeof value !== "object" || value === null) continue;
    collect(value, found);
    if (ArrayBuffer.isView(value)) continue;
    for (const inner of Object.values(value)) if (typeof inner === "object" && inner !== null) collect(inner, found);
  }
  return [...found];
}

function collect(value: object, found: Set<Transferable>): void {
  for (const each of marks.lists.get(value) ?? []) found.add(each);
}
