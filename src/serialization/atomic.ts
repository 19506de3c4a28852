/**
 * Objects that are copied as a whole: dates, regular expressions, primitive values as objects, memory and views of it.
 *
 * @module
 */

/** Whether an object is memory that several threads may use, or a view of some. */
export function isSharedMemory(object: object): boolean {
  return (ArrayBuffer.isView(object) ? object.buffer : object) instanceof SharedArrayBuffer;
}

/** The name of the type of a view, such as `"Uint8Array"`. */
export function viewType(view: ArrayBufferView): string {
  return typeTag?.call(view) ?? "DataView";
}

const typeTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get;

/**
 * A copy of such an object. A view of a part of a buffer gets a buffer of its own: structured clone would take the whole
 * buffer along, which may hold whatever else the program was doing.
 *
 * @param copyOf Copies the buffer of a view of all of it, so that views of one buffer share a copy.
 */
export function copyAtomic(object: object, copyOf: (buffer: object) => unknown): object {
  if (ArrayBuffer.isView(object)) return copyView(object, copyOf);
  if (object instanceof ArrayBuffer) return object.resizable ? structuredClone(object) : object.slice();
  if (object instanceof Date) return new Date(object.getTime());
  if (object instanceof RegExp) return new RegExp(object.source, object.flags);
  return Object(object.valueOf());
}

function copyView(view: ArrayBufferView, copyOf: (buffer: object) => unknown): ArrayBufferView {
  const { buffer, byteOffset, byteLength } = view;
  const isWhole = byteLength === buffer.byteLength;
  const copy = isWhole ? copyOf(buffer) : buffer.slice(byteOffset, byteOffset + byteLength);
  // Instances of subclasses without methods become what they extend.
  const type: unknown = Reflect.get(globalThis, viewType(view));
  return new (type as new (buffer: unknown) => ArrayBufferView)(copy);
}
