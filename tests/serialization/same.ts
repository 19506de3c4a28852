/**
 * Whether two values are deep-equal: an independent judge of what must come back equal. Unlike `assertEquals()` it tells
 * `-0` from `0`, holes from `undefined`, and errors by all but their stacks; entries and members count in any order.
 *
 * @param classes `"strict"`: an instance of a class differs from a plain object; `"plain"`: it is as good as one, if its class has no methods.
 */
export function same(a: unknown, b: unknown, classes: "strict" | "plain"): boolean {
  return new Comparison(classes).same(a, b);
}

class Comparison {
  readonly #classes: "strict" | "plain";
  readonly #pairs: (readonly [object, object])[] = [];

  constructor(classes: "strict" | "plain") {
    this.#classes = classes;
  }

  same(a: unknown, b: unknown): boolean {
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
    if (a === b || this.#pairs.some(([x, y]) => x === a && y === b)) return true;
    const before = this.#pairs.length;
    this.#pairs.push([a, b]);
    const isSame = tagOf(a) === tagOf(b) && this.#sameObjects(a, b);
    // What was found under the assumption that they are the same is void.
    if (!isSame) this.#pairs.length = before;
    return isSame;
  }

  #sameObjects(a: object, b: object): boolean {
    const prototypes = [prototypeOf(a), prototypeOf(b)];
    if (prototypes[0] !== prototypes[1] && (this.#classes === "strict" || prototypes.some(hasOwnMethods))) return false;
    if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
    if (a instanceof RegExp && b instanceof RegExp) return String(a) === String(b);
    if (a instanceof ArrayBuffer && b instanceof ArrayBuffer) return sameBytes(new Uint8Array(a), new Uint8Array(b));
    if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return sameBytes(bytesOf(a), bytesOf(b));
    if (a instanceof Map && b instanceof Map) return this.#sameInAnyOrder([...a], [...b]);
    if (a instanceof Set && b instanceof Set) return this.#sameInAnyOrder([...a], [...b]);
    if (a instanceof Error && b instanceof Error) {
      if (Object.hasOwn(a, "cause") !== Object.hasOwn(b, "cause")) return false; // it may be undefined, and there
      const hidden = ["name", "message", "cause", "packed"] as const;
      return hidden.every((key) => this.same(Reflect.get(a, key), Reflect.get(b, key))) && this.#sameValues(a, b);
    }
    if (/^\[object (Number|String|Boolean|BigInt)\]$/.test(tagOf(a))) return Object.is(a.valueOf(), b.valueOf());
    if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false;
    return this.#sameValues(a, b);
  }

  #sameValues(a: object, b: object): boolean {
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    return keys.every((key) => Object.hasOwn(b, key) && this.same(Reflect.get(a, key), Reflect.get(b, key)));
  }

  #sameInAnyOrder(a: readonly unknown[], b: readonly unknown[]): boolean {
    const rest = [...b];
    return a.length === b.length && a.every((each) => {
      const index = rest.findIndex((other) => this.same(each, other));
      if (index >= 0) rest.splice(index, 1);
      return index >= 0;
    });
  }
}

function prototypeOf(object: object): object {
  return Object.getPrototypeOf(object) ?? Object.prototype;
}

function hasOwnMethods(prototype: object): boolean {
  if (prototype === Object.prototype) return false;
  return Object.getOwnPropertyNames(prototype).some((key) => key !== "constructor");
}

function tagOf(object: object): string {
  return object instanceof Error ? "[object Error]" : Object.prototype.toString.call(object);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
