/**
 * What an object is to structured clone.
 *
 * @module
 */

import { isError } from "../core/error_classes.ts";

/**
 * What an object is to structured clone: an `"array"`; a `"record"` of named values; a `"map"` or `"set"`; a `"leaf"`, which
 * it copies whole, such as a `Date` or an `ArrayBuffer`; an `"error"`, of which it loses much; or `"foreign"`: it would refuse
 * the object, or turn it into something else.
 */
export type ObjectKind = "array" | "record" | "map" | "set" | "leaf" | "error" | "foreign";

/** A type that structured clone knows, found by its prototype. */
interface KnownType {
  readonly kind: ObjectKind;
  /** Throws for an object that only pretends to be one, or that can no longer be read, such as a detached buffer. */
  readonly probe: (object: object) => unknown;
  /** Whether instances of subclasses travel: `"data"` for those only that lose no method, `"all"` for views (`Buffer`). */
  readonly subclasses: "data" | "all";
}

const KNOWN_TYPES: ReadonlyMap<object, KnownType> = new Map([
  known(Array.prototype, "array", (object) => Array.isArray(object) || refuse()),
  known(Map.prototype, "map", getter(Map.prototype, "size")),
  known(Set.prototype, "set", getter(Set.prototype, "size")),
  known(Date.prototype, "leaf", method(Date.prototype.getTime)),
  known(RegExp.prototype, "leaf", getter(RegExp.prototype, "source")),
  known(Number.prototype, "leaf", method(Number.prototype.valueOf)),
  known(String.prototype, "leaf", method(String.prototype.valueOf)),
  known(Boolean.prototype, "leaf", method(Boolean.prototype.valueOf)),
  known(BigInt.prototype, "leaf", method(BigInt.prototype.valueOf)),
  known(ArrayBuffer.prototype, "leaf", (object) => (object as ArrayBuffer).detached && refuse()),
  known(SharedArrayBuffer.prototype, "leaf", getter(SharedArrayBuffer.prototype, "byteLength")),
  known(DataView.prototype, "leaf", getter(DataView.prototype, "byteLength"), "all"),
  known(Object.getPrototypeOf(Uint8Array.prototype), "leaf", method(Uint8Array.prototype.keys), "all"),
]);

/** What was found out about prototypes: a known type, or whether their instances are data only. */
const seen = new WeakMap<object, KnownType | "record" | "foreign">();

/** What an object is to structured clone. A proxy whose traps throw makes it throw too. */
export function kindOf(object: object): ObjectKind {
  if (isError(object)) return "error";
  const prototype: object | null = Object.getPrototypeOf(object);
  if (prototype === null || prototype === Object.prototype) return "record";
  let type = seen.get(prototype);
  if (type === undefined) seen.set(prototype, type = typeOfInstances(prototype));
  if (typeof type === "string") return type;
  try {
    type.probe(object);
    return type.kind;
  } catch {
    return "foreign";
  }
}

function typeOfInstances(prototype: object): KnownType | "record" | "foreign" {
  let methods = "none";
  for (let each: object | null = prototype; each !== null; each = Object.getPrototypeOf(each)) {
    const type = KNOWN_TYPES.get(each);
    if (type !== undefined) return methods === "none" || type.subclasses === "all" ? type : "foreign";
    if (Object.getPrototypeOf(each) === null && Object.hasOwn(each, "isPrototypeOf")) break;
    if (hasMethods(each)) methods = "some";
  }
  return methods === "none" ? "record" : "foreign";
}

function hasMethods(prototype: object): boolean {
  return Reflect.ownKeys(prototype).some((key) => {
    if (key === "constructor") return false;
    const property = Object.getOwnPropertyDescriptor(prototype, key);
    return property !== undefined && (!("value" in property) || typeof property.value === "function");
  });
}

function known(
  prototype: object,
  kind: ObjectKind,
  probe: KnownType["probe"],
  subclasses: KnownType["subclasses"] = "data",
): [object, KnownType] {
  return [prototype, { kind, probe, subclasses }];
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
