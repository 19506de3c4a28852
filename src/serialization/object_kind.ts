/**
 * What an object is to structured clone.
 *
 * @module
 */

import { isError } from "../core/error_classes.ts";

/**
 * What an object is to structured clone: an `"array"`; a `"record"` of named values; a `"map"` or `"set"`; `"atomic"`, copied
 * as a whole, such as a `Date` or an `ArrayBuffer`; an `"error"`, of which it loses much; or `"unsupported"`: it would refuse the
 * object, or turn it into something else.
 */
export type ObjectKind = "array" | "record" | "map" | "set" | "atomic" | "error" | "unsupported";

/** A type that structured clone knows, found by its prototype. */
interface KnownType {
  readonly kind: ObjectKind;
  /** Throws for an object that has only the prototype, or that can no longer be read, such as a detached buffer. */
  readonly probe: (object: object) => unknown;
}

/** What the prototypes of all typed arrays extend. */
const TYPED_ARRAY: object = Object.getPrototypeOf(Uint8Array.prototype);

const KNOWN_TYPES: ReadonlyMap<object, KnownType> = new Map([
  known(Array.prototype, "array", (object) => Array.isArray(object) || refuse()),
  known(Map.prototype, "map", getter(Map.prototype, "size")),
  known(Set.prototype, "set", getter(Set.prototype, "size")),
  known(Date.prototype, "atomic", method(Date.prototype.getTime)),
  known(RegExp.prototype, "atomic", getter(RegExp.prototype, "source")),
  known(Number.prototype, "atomic", method(Number.prototype.valueOf)),
  known(String.prototype, "atomic", method(String.prototype.valueOf)),
  known(Boolean.prototype, "atomic", method(Boolean.prototype.valueOf)),
  known(BigInt.prototype, "atomic", method(BigInt.prototype.valueOf)),
  known(ArrayBuffer.prototype, "atomic", (object) => (object as ArrayBuffer).detached && refuse()),
  known(SharedArrayBuffer.prototype, "atomic", getter(SharedArrayBuffer.prototype, "byteLength")),
  known(DataView.prototype, "atomic", getter(DataView.prototype, "byteLength")),
  known(TYPED_ARRAY, "atomic", method(Uint8Array.prototype.keys)),
]);

/** What is known about prototypes: a known type, or whether their instances are data only. */
const types = new WeakMap<object, KnownType | "record" | "unsupported">();

/** What an object is to structured clone. A proxy whose traps throw makes it throw too. */
export function kindOf(object: object): ObjectKind {
  const prototype: object | null = Object.getPrototypeOf(object);
  if (prototype === Object.prototype) return "record";
  if (prototype === Array.prototype && Array.isArray(object)) return "array";
  if (isError(object)) return "error";
  if (prototype === null) return "record";
  let type = types.get(prototype);
  if (type === undefined) types.set(prototype, type = typeOfInstances(prototype));
  if (typeof type === "string") return type;
  try {
    type.probe(object);
    return type.kind;
  } catch {
    return "unsupported";
  }
}

function typeOfInstances(prototype: object): KnownType | "record" | "unsupported" {
  let methods = "none";
  for (let each: object | null = prototype; each !== null; each = Object.getPrototypeOf(each)) {
    const type = KNOWN_TYPES.get(each);
    if (type !== undefined) return methods === "none" ? type : "unsupported"; // its methods would be lost
    if (Object.getPrototypeOf(each) === null && Object.hasOwn(each, "isPrototypeOf")) break;
    // Prototypes such as that of Uint8Array have methods, which a copy has as well.
    if (Object.getPrototypeOf(each) !== TYPED_ARRAY && hasMethods(each)) methods = "some";
  }
  return methods === "none" ? "record" : "unsupported";
}

function hasMethods(prototype: object): boolean {
  return Reflect.ownKeys(prototype).some((key) => {
    if (key === "constructor") return false;
    const property = Object.getOwnPropertyDescriptor(prototype, key);
    return property !== undefined && (!("value" in property) || typeof property.value === "function");
  });
}

function known(prototype: object, kind: ObjectKind, probe: KnownType["probe"]): [object, KnownType] {
  return [prototype, { kind, probe }];
}

function getter(prototype: object, name: string): KnownType["probe"] {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  return (object) => get?.call(object);
}

function method(of: (this: never) => unknown): KnownType["probe"] {
  return (object) => Reflect.apply(of, object, []);
}

function refuse(): never {
  throw new TypeError("not of this type");
}
