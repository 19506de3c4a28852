/**
 * Whether a value can travel to a worker, and how.
 *
 * @module
 */

import { describeError, describeValue } from "../core/describe.ts";
import { Packer } from "./envelope_packer.ts";
import { Unpacker } from "./envelope_unpacker.ts";
import { kindOf } from "./object_kind.ts";
import { travelRefusal } from "./travel_advice.ts";

/**
 * How a value can travel: `"json"`, it is equal after `JSON.parse(JSON.stringify())`; `"clone"`, it needs structured
 * clone; `"errors"`, it needs structured clone, with its errors put into envelopes by {@linkcode packErrors} first.
 */
export type Portability = "json" | "clone" | "errors";

/** The same as numbers, of which the greatest counts for a whole value. */
const LEVELS: readonly Portability[] = ["json", "clone", "errors"];
const JSON_LEVEL = 0;
const CLONE_LEVEL = 1;
const ERRORS_LEVEL = 2;
/** It cannot travel at all; the walk says why. */
const STOP = 3;
/** It is no primitive, or one that cannot travel. */
const LOOK_INTO = 4;

/** JSON and structured clone run out of stack at a few thousand. */
const DEEPEST = 1_000;
/** From so many objects on, a set is faster than looking through an array. */
const FEW = 16;
/** Up to this length, counting an array's keys is faster than counting its values. */
const SHORT = 4;
/** A longer path is cut in the middle. */
const LONGEST_PATH = 200;

/**
 * How a value can travel to a worker.
 *
 * @param what Names the value in messages, such as `"args"`.
 * @param moved Objects that are handed over, and thus not looked into.
 * @throws {TypeError} If it cannot, as it is or holds something that structured clone refuses or turns into something
 * else, such as a function, a `URL`, or an instance of a class with methods. The message names the path to it.
 */
export function portability(value: unknown, what: string, moved?: ReadonlySet<object>): Portability {
  if (moved === undefined || moved.size === 0) {
    const level = levelOfFlat(value);
    if (level !== LOOK_INTO) return LEVELS[level] ?? "errors";
  }
  const walk = new Walk(moved);
  const level = walk.visit(value, 0);
  if (level === STOP) throw walk.refusal(what);
  return LEVELS[level] ?? "errors";
}

/** A copy of a portable value in which an envelope stands for each error. */
export function packErrors(value: unknown): unknown {
  return new Packer("keep", DEEPEST).copy(value, 0);
}

/**
 * A copy of a value in which the errors are back that {@linkcode packErrors} put into envelopes.
 *
 * @throws {TypeError} If an envelope is malformed.
 */
export function unpackErrors(value: unknown): unknown {
  return new Unpacker().copy(value, 0);
}

/** One look at all that can be reached from a value. */
class Walk {
  readonly #moved: ReadonlySet<object> | undefined;
  /** The objects that were reached: a few in an array, which is the fastest for small values, more in a set. */
  readonly #few: object[] = [];
  #many: Set<object> | undefined;
  /** The steps to what cannot travel, the last one first, and the rest of the message. */
  #path: string[] | undefined;
  #reason = "";
  #cause: unknown;

  constructor(moved: ReadonlySet<object> | undefined) {
    this.#moved = moved;
  }

  refusal(what: string): TypeError {
    const path = what + (this.#path ?? []).reverse().join("");
    const half = LONGEST_PATH / 2;
    const short = path.length <= LONGEST_PATH ? path : `${path.slice(0, half)}…${path.slice(-half)}`;
    return new TypeError(`${short} ${this.#reason}`, this.#cause === undefined ? undefined : { cause: this.#cause });
  }

  visit(value: unknown, depth: number): number {
    const level = levelOfPrimitive(value);
    if (level !== LOOK_INTO) return level;
    if (typeof value === "object" && value !== null) return this.#object(value, depth);
    return typeof value === "symbol"
      ? this.#stop("is a symbol, which cannot travel to a worker: pass a text")
      : this.#stop("is a function, which cannot travel to a worker: pass plain data");
  }

  #object(object: object, depth: number): number {
    if (this.#moved?.has(object) || this.#isReachedAgain(object)) return CLONE_LEVEL;
    if (depth > DEEPEST) {
      return this.#stop(`is more than ${DEEPEST} levels deep, too deep to travel to a worker: pass flatter data`);
    }
    try {
      const prototype: unknown = Object.getPrototypeOf(object);
      if (prototype === Object.prototype) return this.#values(object, depth, levelOfFormat(object));
      if (prototype === Array.prototype && Array.isArray(object)) return this.#array(object, depth);
      return this.#special(object, depth);
    } catch (cause) {
      return this.#unreadable(cause);
    }
  }

  #array(array: readonly unknown[], depth: number): number {
    let level = levelOfFormat(array);
    // A named value makes a difference, unless there is a hole for it, which reads as undefined.
    if (countValues(array) !== array.length || array.includes(undefined)) {
      return this.#values(array, depth, CLONE_LEVEL);
    }
    for (let index = 0; index < array.length; index++) {
      const found = this.visit(array[index], depth + 1);
      if (found === STOP) return this.#step(`[${index}]`);
      if (found > level) level = found;
    }
    return level;
  }

  #values(object: object, depth: number, least: number): number {
    let level = least;
    let key = "";
    try {
      for (key in object) {
        if (!Object.hasOwn(object, key)) continue;
        const found = this.visit((object as Record<string, unknown>)[key], depth + 1);
        if (found === STOP) return this.#step(stepTo(object, key));
        if (found > level) level = found;
      }
      return level;
    } catch (cause) {
      this.#unreadable(cause);
      return key === "" ? STOP : this.#step(stepTo(object, key));
    }
  }

  #special(object: object, depth: number): number {
    switch (kindOf(object)) {
      case "array":
      case "record":
        return this.#values(object, depth, CLONE_LEVEL);
      case "leaf":
        return CLONE_LEVEL;
      case "error":
        return ERRORS_LEVEL;
      case "map":
        return this.#map(object as ReadonlyMap<unknown, unknown>, depth);
      case "set":
        return this.#set(object as ReadonlySet<unknown>, depth);
      case "foreign":
        return this.#stop(travelRefusal(object));
    }
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): number {
    let level = CLONE_LEVEL;
    let index = 0;
    for (const [key, value] of entriesOf.call(map)) {
      const keyFound = this.visit(key, depth + 1);
      if (keyFound === STOP) return this.#step(`.keys().toArray()[${index}]`);
      const found = this.visit(value, depth + 1);
      if (found === STOP) return this.#step(`.get(${describeValue(key)})`);
      level = Math.max(level, keyFound, found);
      index++;
    }
    return level;
  }

  #set(set: ReadonlySet<unknown>, depth: number): number {
    let level = CLONE_LEVEL;
    let index = 0;
    for (const value of valuesOf.call(set)) {
      const found = this.visit(value, depth + 1);
      if (found === STOP) return this.#step(`.values().toArray()[${index}]`);
      level = Math.max(level, found);
      index++;
    }
    return level;
  }

  #isReachedAgain(object: object): boolean {
    const few = this.#few;
    if (this.#many === undefined) {
      for (let index = 0; index < few.length; index++) if (few[index] === object) return true;
      if (few.push(object) >= FEW) this.#many = new Set(few);
      return false;
    }
    const before = this.#many.size;
    return this.#many.add(object).size === before;
  }

  #stop(reason: string): typeof STOP {
    this.#reason = reason;
    return STOP;
  }

  #unreadable(cause: unknown): typeof STOP {
    this.#cause = cause;
    return this.#stop(`cannot travel to a worker, as reading it throws ${describeError(cause)}`);
  }

  #step(step: string): typeof STOP {
    (this.#path ??= []).push(step);
    return STOP;
  }
}

const entriesOf: () => MapIterator<[unknown, unknown]> = Map.prototype.entries;
const valuesOf: () => SetIterator<unknown> = Set.prototype.values;

/** The level of a primitive, or of an array or object of them: the common case, for which no walk is made. */
function levelOfFlat(value: unknown): number {
  if (typeof value !== "object" || value === null) return levelOfPrimitive(value);
  try {
    return levelOfFlatObject(value);
  } catch {
    return LOOK_INTO;
  }
}

function levelOfFlatObject(value: object): number {
  const prototype: unknown = Object.getPrototypeOf(value);
  let level = levelOfFormat(value);
  if (prototype === Array.prototype && Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      const found = levelOfPrimitive(item);
      if (found === LOOK_INTO || item === undefined) return LOOK_INTO;
      if (found > level) level = found;
    }
    return countValues(value) === value.length ? level : LOOK_INTO;
  }
  if (prototype !== Object.prototype) return LOOK_INTO;
  for (const key in value) {
    const found = levelOfPrimitive((value as Record<string, unknown>)[key]);
    if (found === LOOK_INTO) return LOOK_INTO;
    if (found > level) level = found;
  }
  return level;
}

function levelOfPrimitive(value: unknown): number {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON_LEVEL;
    case "number":
      // Neither NaN nor infinite nor -0.
      return value - value === 0 && (value !== 0 || 1 / value > 0) ? JSON_LEVEL : CLONE_LEVEL;
    case "undefined":
    case "bigint":
      return CLONE_LEVEL;
    default:
      return value === null ? JSON_LEVEL : LOOK_INTO;
  }
}

/** The least level of an object, by whether it says itself how it stands in JSON. */
function levelOfFormat(object: object): number {
  return typeof (object as { toJSON?: unknown }).toJSON === "function" ? CLONE_LEVEL : JSON_LEVEL;
}

function countValues(array: readonly unknown[]): number {
  return array.length <= SHORT ? Object.keys(array).length : Object.values(array).length;
}

function stepTo(object: object, key: string): string {
  if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)) return `.${key}`;
  return Array.isArray(object) && /^\d+$/.test(key) ? `[${key}]` : `[${JSON.stringify(key)}]`;
}
