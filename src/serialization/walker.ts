/**
 * Walking over a value and all that can be reached from it. What is made of it is up to the visitors that extend the
 * walker: a check (`cloneable.ts`), copies (`copier.ts`), a string (`canonical.ts`).
 *
 * @module
 */

import { isPlainArray } from "./encoding.ts";
import { kindOf } from "./object_kind.ts";
import { Refusal, type Step } from "./refusal.ts";

/** The deepest level of a value that is sent or saved: JSON and structured clone run out of stack at a few thousand. */
export const MAX_DEPTH = 1_000;

/**
 * Walks over a value in the order in which JSON and structured clone do, and makes one result of the results of its parts.
 *
 * The walker finds out what an object is, and leads through Maps and Sets. Records and arrays, of which there are the most,
 * are left to the visitors: a call for each value in them would take half of the time. A visitor refuses a part by throwing a
 * {@linkcode Refusal}, to which each level adds its step of the path.
 */
export abstract class Walker<Result, Content> {
  /** The deepest level that is walked over; the value itself is level 0. */
  protected readonly maxDepth: number;

  constructor(maxDepth: number = MAX_DEPTH) {
    this.maxDepth = maxDepth;
  }

  /** The result for a value that stands `depth` levels deep. */
  visit(value: unknown, depth: number): Result {
    return typeof value === "object" && value !== null ? this.visitObject(value, depth) : this.primitive(value);
  }

  /** The result for a primitive value or a function. */
  protected abstract primitive(value: unknown): Result;

  /** The result for an object that was reached before; `undefined` if this is the first time. */
  protected abstract reached(object: object, depth: number): Result | undefined;

  /** The result for an object that is copied as a whole, such as a `Date`. */
  protected abstract atomic(object: object, depth: number): Result;

  /** The result for an error. */
  protected abstract error(error: Error, depth: number): Result;

  /** The result for an object that structured clone refuses or turns into something else. */
  protected abstract unsupported(object: object): Result;

  /** The result for an object below the deepest level. */
  protected abstract tooDeep(object: object): Result;

  /** The result for an object with named values; `isPlain` unless it is an instance of a class, or has no prototype. */
  protected abstract record(record: object, depth: number, isPlain: boolean): Result;

  /** The result for an array that has all its items and nothing else. */
  protected abstract array(array: readonly unknown[], depth: number): Result;

  /** The result for an array that has holes, named values, or a class of its own. */
  protected abstract otherArray(array: readonly unknown[], depth: number): Result;

  /** Begins a `Map` or `Set`. */
  protected abstract open(container: object, kind: "map" | "set"): Content;

  /** Adds an entry of a `Map`. */
  protected abstract addEntry(content: Content, key: Result, item: Result): Content;

  /** Adds a member of a `Set`. */
  protected abstract addMember(content: Content, member: Result): Content;

  /** The result for a `Map` or `Set` that all was added to. */
  protected abstract close(content: Content, kind: "map" | "set"): Result;

  /** What to throw in place of what was thrown while an object was read, such as by a getter. */
  protected failure(thrown: unknown): unknown {
    return thrown;
  }

  /** The result for an object that could not be walked over, or refuses to give one. */
  protected failed(_object: object, thrown: unknown): Result {
    throw this.failure(thrown);
  }

  /** The result for an object, reached for the first time or again. */
  protected visitObject(object: object, depth: number): Result {
    const reached = this.reached(object, depth);
    if (reached !== undefined) return reached;
    if (depth > this.maxDepth) return this.tooDeep(object);
    try {
      return this.content(object, depth);
    } catch (thrown) {
      return this.failed(object, thrown);
    }
  }

  /** The result for an object that is reached for the first time. */
  protected content(object: object, depth: number): Result {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype === Object.prototype) return this.record(object, depth, true);
    if (prototype === Array.prototype && Array.isArray(object) && isPlainArray(object)) {
      return this.array(object, depth);
    }
    switch (kindOf(object)) {
      case "record":
        return this.record(object, depth, false);
      case "array":
        return this.otherArray(object as readonly unknown[], depth);
      case "map":
        return this.#map(object as ReadonlyMap<unknown, unknown>, depth);
      case "set":
        return this.#set(object as ReadonlySet<unknown>, depth);
      case "atomic":
        return this.atomic(object, depth);
      case "error":
        return this.error(object as Error, depth);
      case "unsupported":
        return this.unsupported(object);
    }
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): Result {
    let content = this.open(map, "map");
    let index = 0;
    let atKey: unknown;
    let isKeyDone = false;
    try {
      for (const [key, value] of entriesOf.call(map)) {
        atKey = key;
        isKeyDone = false;
        const keyResult = this.visit(key, depth + 1);
        isKeyDone = true;
        content = this.addEntry(content, keyResult, this.visit(value, depth + 1));
        index++;
      }
    } catch (thrown) {
      throw located(this.failure(thrown), isKeyDone ? { mapValue: index, key: atKey } : { mapKey: index });
    }
    return this.close(content, "map");
  }

  #set(set: ReadonlySet<unknown>, depth: number): Result {
    let content = this.open(set, "set");
    let index = 0;
    try {
      for (const member of valuesOf.call(set)) {
        content = this.addMember(content, this.visit(member, depth + 1));
        index++;
      }
    } catch (thrown) {
      throw located(this.failure(thrown), { member: index });
    }
    return this.close(content, "set");
  }
}

/** As they are, whatever a class that extends them makes of them. */
const entriesOf: () => MapIterator<[unknown, unknown]> = Map.prototype.entries;
const valuesOf: () => SetIterator<unknown> = Set.prototype.values;

/**
 * The result of a walk.
 *
 * @param what Names the value in messages, such as `"args"`.
 * @throws {TypeError} If a part of the value is refused; the message names the path to it.
 */
export function walk<Result>(walker: Walker<Result, unknown>, value: unknown, what: string): Result {
  try {
    return walker.visit(value, 0);
  } catch (thrown) {
    throw thrown instanceof Refusal ? thrown.toError(what) : thrown;
  }
}

/** Adds a step to the path of a refusal. */
export function located(thrown: unknown, step: Step): unknown {
  if (thrown instanceof Refusal) thrown.addStep(step);
  return thrown;
}
