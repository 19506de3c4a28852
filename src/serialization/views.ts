/**
 * Typed arrays without the memory around them.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import { isOfSharedMemory } from "./keepable.ts";

/**
 * Replaces, in a value that is changed thereby, views that show a part of their buffer by copies of that part: structured
 * clone takes the whole buffer with them, which for a `Buffer` is 8 KiB of what else the program was doing. Memory that is
 * shared, which only errors still hold here, becomes text, as all in them that cannot be kept.
 */
export function cutViews(value: unknown): unknown {
  return new Cut().of(value);
}

class Cut {
  readonly #seen = new Map<object, unknown>();

  of(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const known = this.#seen.get(value);
    if (known !== undefined) return known;
    const cut = isOfSharedMemory(value) ? describeValue(value) : ArrayBuffer.isView(value) ? ownView(value) : value;
    this.#seen.set(value, cut);
    if (cut === value) this.#content(value);
    return cut;
  }

  #content(object: object): void {
    if (object instanceof Map) this.#map(object);
    else if (object instanceof Set) this.#set(object);
    else if (!ArrayBuffer.isView(object)) this.#values(object as Record<string, unknown>);
  }

  #values(object: Record<string, unknown>): void {
    for (const key of Object.keys(object)) {
      const value = object[key];
      const cut = this.of(value);
      if (cut !== value) Object.defineProperty(object, key, { value: cut });
    }
  }

  #map(map: Map<unknown, unknown>): void {
    const entries = [...map].map(([key, value]) => [this.of(key), this.of(value), key, value] as const);
    if (entries.every(([key, value, oldKey, oldValue]) => Object.is(key, oldKey) && Object.is(value, oldValue))) return;
    map.clear();
    for (const [key, value] of entries) map.set(key, value);
  }

  #set(set: Set<unknown>): void {
    const members = [...set].map((member) => [this.of(member), member] as const);
    if (members.every(([member, old]) => Object.is(member, old))) return;
    set.clear();
    for (const [member] of members) set.add(member);
  }
}

/** The view, or one of a buffer of its own if it shows a part only. */
function ownView(view: ArrayBufferView): ArrayBufferView {
  const { buffer, byteOffset, byteLength } = view;
  if (byteLength === buffer.byteLength) return view;
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  // Subclasses, such as Buffer, come back as what they extend.
  const type: unknown = Reflect.get(globalThis, typeTag?.call(view) ?? "DataView");
  return new (type as new (bytes: ArrayBufferLike) => ArrayBufferView)(bytes);
}

const typeTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get;
