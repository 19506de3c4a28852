/**
 * Copies of whole graphs of values, in which some objects are replaced by others.
 *
 * @module
 */

import { kindOf } from "./object_kind.ts";

/**
 * Copies a value with all that can be reached from it. What is reached twice is copied once, so that identity and cycles
 * survive. Instances of classes become plain objects, as in a structured clone. Subclasses say what is to be replaced.
 */
export abstract class GraphCopy {
  readonly #copies = new Map<object, unknown>();

  /** The copy of a value that stands `depth` levels deep. */
  copy(value: unknown, depth: number): unknown {
    if (typeof value === "symbol" || typeof value === "function") return this.foreign(value);
    if (typeof value !== "object" || value === null) return value;
    const known = this.#copies.get(value);
    if (known !== undefined) return known;
    // All in one function, as each level of the stack counts.
    try {
      const kind = kindOf(value);
      if (kind === "leaf") return value;
      if (kind === "foreign") return this.foreign(value);
      if (depth > this.deepest) return this.tooDeep(value);
      switch (kind) {
        case "error":
          return this.error(value as Error, depth);
        case "record":
          return this.record(value, depth);
        case "array": {
          const copy: unknown[] = this.remember(value, []);
          copy.length = (value as readonly unknown[]).length;
          return this.fill(copy, value, depth);
        }
        case "map": {
          const copy = this.remember(value, new Map<unknown, unknown>());
          Map.prototype.forEach.call(value, (item, key) => {
            copy.set(this.copy(key, depth + 1), this.copy(item, depth + 1));
          });
          return copy;
        }
        case "set": {
          const copy = this.remember(value, new Set<unknown>());
          Set.prototype.forEach.call(value, (item) => {
            copy.add(this.copy(item, depth + 1));
          });
          return copy;
        }
      }
    } catch (error) {
      return this.unreadable(value, error);
    }
  }

  /** The deepest level that is copied. */
  protected abstract readonly deepest: number;

  /** What stands for an error. */
  protected abstract error(error: Error, depth: number): unknown;

  /** What stands for a function, a symbol, or an object that structured clone refuses or changes. */
  protected abstract foreign(value: unknown): unknown;

  /** What stands for an object beyond the deepest level. */
  protected abstract tooDeep(value: object): unknown;

  /** What stands for an object that threw when it was read, or had something in it that may not stand there. */
  protected abstract unreadable(value: object, error: unknown): unknown;

  /** What stands for an object with named values. */
  protected abstract record(source: object, depth: number): unknown;

  /** Keeps what stands for an object, for the next time it is reached. */
  protected remember<T>(source: object, copy: T): T {
    this.#copies.set(source, copy);
    return copy;
  }

  /** Copies the named values of an object into another. */
  protected fill<T extends object>(target: T, source: object, depth: number): T {
    const keys = Object.keys(source);
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as string;
      put(target, key, this.copy((source as Record<string, unknown>)[key], depth + 1));
    }
    return target;
  }
}

/** Sets a named value, be its name `__proto__`. */
export function put(target: object, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true });
  } else {
    Reflect.set(target, key, value);
  }
}
