/**
 * Whether a value can be sent to a worker, and how.
 *
 * @module
 */

import type { ValueEncoding } from "../core/checkpointer.ts";
import {
  CLONE_LEVEL,
  encodingOf,
  levelOfFlat,
  levelOfFormat,
  levelOfPrimitive,
  NO_LEVEL,
  PACKED_LEVEL,
} from "./encoding.ts";
import { isSharedMemory } from "./atomic.ts";
import { isOpen, refuseHidden } from "./hidden.ts";
import { Refusal, sharedMemory, tooDeep, unreadable, unsupported } from "./refusal.ts";
import { located, walk, Walker } from "./walker.ts";

/** From so many objects on, a set is faster than looking through an array. */
const MAX_SEARCHED = 16;

/**
 * How a value can be sent to a worker.
 *
 * @param what Names the value in messages, such as `"args"`.
 * @param moved Objects that are handed over, and thus not looked into.
 * @param memory Whether the worker shares memory with the program, so that `SharedArrayBuffer`s can be sent.
 * @throws {TypeError} If it cannot, as it is or holds something that structured clone refuses or turns into something
 * else, such as a function, a `URL`, or an instance of a class with methods. The message names the path to it.
 */
export function checkCloneable(
  value: unknown,
  what: string,
  moved?: ReadonlySet<object>,
  memory: "shared" | "separate" = "shared",
): ValueEncoding {
  let level = moved === undefined || moved.size === 0 ? levelOfFlat(value) : NO_LEVEL;
  if (level !== NO_LEVEL && typeof value === "object" && value !== null && !isOpen(value)) level = NO_LEVEL;
  if (level === NO_LEVEL) level = walk(new CloneCheck(moved, memory), value, what);
  return encodingOf(level);
}

/** Finds the level of a value. */
class CloneCheck extends Walker<number, number> {
  readonly #moved: ReadonlySet<object> | undefined;
  readonly #memory: "shared" | "separate";
  /** The objects that were reached: a few in an array, which is the fastest for small values, more in a set. */
  readonly #few: object[] = [];
  #many: Set<object> | undefined;

  constructor(moved: ReadonlySet<object> | undefined, memory: "shared" | "separate") {
    super();
    this.#moved = moved;
    this.#memory = memory;
  }

  protected override primitive(value: unknown): number {
    const level = levelOfPrimitive(value);
    if (level === NO_LEVEL) throw unsupported(value, "send");
    return level;
  }

  /** JSON would make two of an object that is there twice. */
  protected override reached(object: object): number | undefined {
    return this.#moved?.has(object) || this.#isReachedAgain(object) ? CLONE_LEVEL : undefined;
  }

  protected override record(record: object, depth: number, isPlain: boolean): number {
    refuseHidden(record, "record", "send");
    return this.#named(record, isPlain ? levelOfFormat(record) : CLONE_LEVEL, depth);
  }

  /** The level of an object whose named values are yet to be visited. */
  #named(record: object, level: number, depth: number): number {
    let key: string | undefined;
    try {
      for (key in record) {
        const value = (record as Readonly<Record<string, unknown>>)[key];
        let found = levelOfPrimitive(value);
        if (found === NO_LEVEL) found = Object.hasOwn(record, key) ? this.visit(value, depth + 1) : level;
        if (found > level) level = found;
      }
    } catch (thrown) {
      const failure = this.failure(thrown);
      throw key === undefined ? failure : located(failure, { of: record, key });
    }
    return level;
  }

  protected override array(array: readonly unknown[], depth: number): number {
    refuseHidden(array, "array", "send");
    let level = levelOfFormat(array);
    let index = 0;
    try {
      for (; index < array.length; index++) {
        let found = levelOfPrimitive(array[index]);
        if (found === NO_LEVEL) found = this.visit(array[index], depth + 1);
        if (found > level) level = found;
      }
    } catch (thrown) {
      throw located(this.failure(thrown), { of: array, key: index });
    }
    return level;
  }

  protected override atomic(object: object): number {
    if (this.#memory === "separate" && isSharedMemory(object)) throw sharedMemory(object, "send");
    refuseHidden(object, "whole", "send");
    return CLONE_LEVEL;
  }

  protected override error(): number {
    return PACKED_LEVEL;
  }

  protected override unsupported(object: object): number {
    throw unsupported(object, "send");
  }

  protected override tooDeep(): number {
    throw tooDeep(this.maxDepth, "send");
  }

  protected override failure(thrown: unknown): unknown {
    return thrown instanceof Refusal ? thrown : unreadable(thrown, "send");
  }

  protected override otherArray(array: readonly unknown[], depth: number): number {
    refuseHidden(array, "array", "send");
    return this.#named(array, CLONE_LEVEL, depth);
  }

  protected override open(container: object): number {
    refuseHidden(container, "entries", "send");
    return CLONE_LEVEL;
  }

  protected override addEntry(level: number, key: number, item: number): number {
    return Math.max(level, key, item);
  }

  protected override addMember(level: number, member: number): number {
    return member > level ? member : level;
  }

  protected override close(level: number): number {
    return level;
  }

  #isReachedAgain(object: object): boolean {
    const few = this.#few;
    if (this.#many === undefined) {
      for (let index = 0; index < few.length; index++) if (few[index] === object) return true;
      if (few.push(object) >= MAX_SEARCHED) this.#many = new Set(few);
      return false;
    }
    const before = this.#many.size;
    return this.#many.add(object).size === before;
  }
}
