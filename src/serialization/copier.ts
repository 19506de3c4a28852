/**
 * Copies of values in which some parts are replaced by others.
 *
 * @module
 */

import { JSON_LEVEL, levelOfPrimitive } from "./encoding.ts";
import { located, Walker } from "./walker.ts";

/** From so many objects on, a map is faster than looking through an array. */
const MAX_SEARCHED = 16;

/** What holds other values. */
export type ContainerKind = "array" | "record" | "map" | "set";

/**
 * Copies a value with all that can be reached from it. What is reached twice is copied once, so that identity and cycles
 * survive. Instances of classes become plain objects, as in a structured clone. Each property is read once.
 */
export abstract class Copier extends Walker<unknown, object> {
  #copied: CopiedObjects | undefined;

  /** Called with each container before its parts are copied. */
  protected enter(_container: object, _kind: ContainerKind, _isPlain: boolean): void {}

  /** What stands for an object with named values; `undefined` for a copy of it. */
  protected replaced(_record: object, _depth: number): unknown {
    return undefined;
  }

  /** What stands for an object of which this is a copy, whose own values are yet to be copied. */
  protected kept(copy: object): object {
    return copy;
  }

  /** What stands for a primitive value that JSON does not have, or for a function. */
  protected abstract special(value: unknown): unknown;

  protected override primitive(value: unknown): unknown {
    return levelOfPrimitive(value) === JSON_LEVEL ? value : this.special(value);
  }

  protected override reached(object: object, _depth: number): unknown {
    return this.#copied?.copyAt(this.#copied.indexOf(object));
  }

  /** The number of an object that was copied, counted from 0; -1 if it was not. */
  protected indexOf(object: object): number {
    return this.#copied?.indexOf(object) ?? -1;
  }

  /** Keeps the copy of an object for when it is reached again. */
  protected remember<T>(source: object, copy: T): T {
    (this.#copied ??= new CopiedObjects()).add(source, copy);
    return copy;
  }

  /** Copies all values at once, which is the fastest way, and then those that are objects themselves. */
  protected override record(record: object, depth: number, isPlain: boolean): unknown {
    const replaced = this.replaced(record, depth);
    if (replaced !== undefined) return replaced;
    this.enter(record, "record", isPlain);
    const copy = shallowCopy(record);
    if (copy === undefined) return this.#copyNamed(record, this.remember(record, {}), depth);
    const kept = this.remember(record, this.kept(copy));
    const keys = Object.keys(copy);
    let index = 0;
    try {
      for (; index < keys.length; index++) {
        const value = copy[keys[index]!];
        if (levelOfPrimitive(value) !== JSON_LEVEL) copy[keys[index]!] = this.visit(value, depth + 1);
      }
    } catch (thrown) {
      throw located(this.failure(thrown), { of: record, key: keys[index]! });
    }
    return kept;
  }

  protected override array(array: readonly unknown[], depth: number): unknown {
    this.enter(array, "array", true);
    const copy: unknown[] = this.remember(array, array.slice());
    let index = 0;
    try {
      for (; index < copy.length; index++) {
        const item = copy[index];
        if (levelOfPrimitive(item) !== JSON_LEVEL) copy[index] = this.visit(item, depth + 1);
      }
    } catch (thrown) {
      throw located(this.failure(thrown), { of: array, key: index });
    }
    return copy;
  }

  protected override otherArray(array: readonly unknown[], depth: number): unknown {
    this.enter(array, "array", false);
    const copy: unknown[] = this.remember(array, []);
    copy.length = array.length;
    return this.#copyNamed(array, copy, depth);
  }

  #copyNamed(source: object, copy: object, depth: number): object {
    for (const key of Object.keys(source)) {
      try {
        const value = this.visit((source as Readonly<Record<string, unknown>>)[key], depth + 1);
        // Assigned, the name "__proto__" would not be one of a value.
        Object.defineProperty(copy, key, { value, configurable: true, enumerable: true, writable: true });
      } catch (thrown) {
        throw located(this.failure(thrown), { of: source, key });
      }
    }
    return copy;
  }

  protected override open(container: object, kind: "map" | "set"): object {
    this.enter(container, kind, false);
    return this.remember(container, kind === "map" ? new Map() : new Set());
  }

  protected override addEntry(content: object, key: unknown, item: unknown): object {
    return (content as Map<unknown, unknown>).set(key, item);
  }

  protected override addMember(content: object, member: unknown): object {
    return (content as Set<unknown>).add(member);
  }

  protected override close(content: object): unknown {
    return content;
  }
}

/** A copy of all values at once; `undefined` if one of them throws when it is read. */
function shallowCopy(record: object): Record<string, unknown> | undefined {
  try {
    return { ...record };
  } catch {
    return undefined;
  }
}

/** The objects that were copied, and their copies. */
class CopiedObjects {
  readonly #sources: object[] = [];
  readonly #copies: unknown[] = [];
  /** The indexes of objects, once there are too many to look through. */
  #indexes: Map<object, number> | undefined;

  indexOf(object: object): number {
    if (this.#indexes !== undefined) return this.#indexes.get(object) ?? -1;
    const sources = this.#sources;
    for (let index = 0; index < sources.length; index++) if (sources[index] === object) return index;
    return -1;
  }

  copyAt(index: number): unknown {
    return index === -1 ? undefined : this.#copies[index];
  }

  add(source: object, copy: unknown): void {
    const index = this.#sources.push(source) - 1;
    this.#copies.push(copy);
    if (index === MAX_SEARCHED) this.#indexes = new Map(this.#sources.map((each, at) => [each, at]));
    else this.#indexes?.set(source, index);
  }
}
