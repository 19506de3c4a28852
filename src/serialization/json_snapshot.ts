/**
 * Copies of values that come back equal from JSON.
 *
 * @module
 */

import type { ThrownEnvelope } from "../core/error_envelope.ts";
import { isSharedMemory } from "./atomic.ts";
import { type ContainerKind, Copier } from "./copier.ts";
import { JSON_LEVEL, levelOfFormat } from "./encoding.ts";
import { kindOf, type ObjectKind } from "./object_kind.ts";
import { refuseHidden } from "./hidden.ts";
import {
  cycleInJson,
  describe,
  lostInJson,
  Refusal,
  sharedMemory,
  tooDeep,
  unreadable,
  unsupported,
} from "./refusal.ts";
import { walk } from "./walker.ts";

/** A larger value is searched for objects that it holds twice, of which a copy for each could be without end. */
const MAX_TREE_SIZE = 10_000;

/**
 * A copy of a value that JSON keeps.
 *
 * @param what Names the value in messages, such as `"args"`.
 * @throws {TypeError} If JSON would lose something of it; the message names the path to that.
 */
export function copyForJson(value: unknown, what: string): unknown {
  try {
    return walk(new TreeSnapshot(), value, what);
  } catch (error) {
    if (error !== NO_TREE) throw error;
  }
  return walk(new GraphSnapshot(), value, what);
}

/** What is thrown once a value is too large or too deep to be copied as if it held nothing twice. */
const NO_TREE = Symbol("not a tree");

/** Copies what JSON keeps, and refuses what it would lose. */
abstract class JsonSnapshot extends Copier {
  protected override special(value: unknown): never {
    switch (typeof value) {
      case "number":
        throw Object.is(value, -0) ? lostInJson("-0", "use 0") : lostInJson(String(value), "use null");
      case "bigint":
        throw lostInJson(`${value}n`, "use a number or a string");
      case "undefined":
        throw lostInJson("undefined", "leave it out, use null");
      default:
        throw unsupported(value, "save");
    }
  }

  protected override enter(container: object, kind: ContainerKind, isPlain: boolean): void {
    if (!isPlain) {
      if (!isOfNoClass(container, kind)) throw lostInJson(describe(container), "convert it");
      if (kind === "array") throw lostInJson("an array with holes or named values", "convert it");
    }
    // One that is enumerable is refused where it is, as a function.
    if (levelOfFormat(container) !== JSON_LEVEL && !isEnumerable.call(container, "toJSON")) {
      throw new Refusal("has a toJSON(), so that JSON would keep something else: use plain data");
    }
    refuseHidden(container, kind === "array" ? "array" : "record", "save");
  }

  protected override atomic(object: object): never {
    throw isSharedMemory(object) ? sharedMemory(object, "save") : lostInJson(describe(object), "convert it");
  }

  protected override error(error: Error): never {
    throw lostInJson(describe(error), "convert it");
  }

  protected override unsupported(object: object): never {
    throw unsupported(object, "save");
  }

  protected override failure(thrown: unknown): unknown {
    return thrown instanceof Refusal || thrown === NO_TREE ? thrown : unreadable(thrown, "save");
  }
}

/** Copies a value as if it held nothing twice: what it does hold twice, JSON makes two of. */
class TreeSnapshot extends JsonSnapshot {
  #size = 0;

  protected override reached(): undefined {
    if (++this.#size > MAX_TREE_SIZE) throw NO_TREE;
  }

  protected override remember<T>(_source: object, copy: T): T {
    return copy;
  }

  protected override tooDeep(): never {
    throw NO_TREE;
  }
}

/** Stands for the height of an object that is still being copied. */
const OPEN = -1;

/** Copies a value and finds out about what it holds twice. */
class GraphSnapshot extends JsonSnapshot {
  /** How many levels are below each object that was copied, in the order of their copies. */
  readonly #heights: number[] = [];
  /** The deepest level that was reached below the object that is being copied. */
  #deepest = 0;

  protected override reached(object: object, depth: number): unknown {
    const index = this.indexOf(object);
    if (index === -1) return undefined;
    const height = this.#heights[index]!;
    if (height === OPEN) throw cycleInJson();
    if (depth + height > this.maxDepth) throw tooDeep(this.maxDepth, "save");
    this.#deepest = Math.max(this.#deepest, depth + height);
    return super.reached(object, depth);
  }

  protected override content(object: object, depth: number): unknown {
    const before = this.#deepest;
    const index = this.#heights.push(OPEN) - 1;
    this.#deepest = depth;
    const copy = super.content(object, depth);
    this.#heights[index] = this.#deepest - depth;
    this.#deepest = Math.max(this.#deepest, before);
    return copy;
  }

  protected override tooDeep(): never {
    throw tooDeep(this.maxDepth, "save");
  }
}

/** Whether a container is an object or array without a class of its own. */
function isOfNoClass(container: object, kind: ObjectKind): boolean {
  if (kind !== "record" && kind !== "array") return false;
  const prototype: unknown = Object.getPrototypeOf(container);
  return prototype === null || prototype === Object.prototype || prototype === Array.prototype;
}

const isEnumerable = Object.prototype.propertyIsEnumerable;

/** A copy of an envelope in which strings describe what JSON would lose: losing a field is better than losing the error. */
export function describeForJson(envelope: ThrownEnvelope): ThrownEnvelope {
  return new JsonDescriber().visit(envelope, 0) as ThrownEnvelope;
}

/** Copies what JSON keeps, and describes the rest. */
class JsonDescriber extends Copier {
  /** The objects that hold what is being copied. */
  readonly #holders: object[] = [];

  protected override special(value: unknown): unknown {
    return value === undefined ? null : Deno.inspect(value);
  }

  protected override reached(object: object, depth: number): unknown {
    return this.#holders.includes(object) ? Deno.inspect(object) : super.reached(object, depth);
  }

  protected override content(object: object, depth: number): unknown {
    if (!isOfNoClass(object, kindOf(object))) return Deno.inspect(object);
    this.#holders.push(object);
    const copy = super.content(object, depth);
    this.#holders.pop();
    return copy;
  }

  protected override record(record: object, depth: number): unknown {
    const entries = Object.entries(record).filter(([, value]) => value !== undefined);
    return super.record(Object.fromEntries(entries), depth, true);
  }

  protected override otherArray(array: readonly unknown[]): string {
    return Deno.inspect(array);
  }

  protected override tooDeep(object: object): string {
    return Deno.inspect(object);
  }

  protected override atomic(object: object): string {
    return Deno.inspect(object);
  }

  protected override error(error: Error): string {
    return Deno.inspect(error);
  }

  protected override unsupported(object: object): string {
    return Deno.inspect(object);
  }
}
