/**
 * Whether a checkpoint can keep a value.
 *
 * @module
 */

import type { CodecName } from "../core/checkpointer.ts";
import { describeError, describeValue } from "../core/describe.ts";
import { kindOf } from "./object_kind.ts";
import { portability } from "./portable.ts";
import { adviceFor as travelAdviceFor, describeInstance } from "./travel_advice.ts";

/** JSON and structured clone run out of stack at a few thousand. */
const DEEPEST = 1_000;
/** A longer path is cut in the middle. */
const LONGEST_PATH = 200;

/**
 * Why a checkpoint cannot keep a value so that it comes back equal, or `undefined` if it can: a message that begins with
 * the path to what it cannot keep and ends with what to do about it.
 *
 * Looked at is what JSON and structured clone look at: values under symbols, and properties that are not enumerable, stay
 * behind with either.
 *
 * @param what Names the value, such as `"args"`.
 */
export function whyNotKeepable(value: unknown, codec: CodecName, what: string): string | undefined {
  try {
    // Most values are, and this is the fastest way to find out.
    if (portability(value, what) === "json") return undefined;
  } catch {
    // It cannot travel to a worker; the walk finds out what that means for a checkpoint.
  }
  const walk = codec === "json" ? new JsonWalk() : new StructuredWalk();
  return walk.look(value, 0) ? undefined : walk.refusal(what);
}

/** One look at all that can be reached from a value. */
abstract class Walk {
  /** The objects that were reached, with how many levels are below each, or {@linkcode OPEN}. */
  readonly #heights = new Map<object, number>();
  /** The deepest level that was reached below the object that is being looked into. */
  #deepest = 0;
  /** The steps to what cannot be kept, the last one first, and the rest of the message. */
  readonly #path: string[] = [];
  #reason = "";

  refusal(what: string): string {
    const path = what + this.#path.reverse().join("");
    const half = LONGEST_PATH / 2;
    const short = path.length <= LONGEST_PATH ? path : `${path.slice(0, half)}…${path.slice(-half)}`;
    return `${short} ${this.#reason}`;
  }

  /** Whether a value, that stands `depth` levels deep, can be kept. */
  look(value: unknown, depth: number): boolean {
    if (typeof value === "object" && value !== null) return this.#object(value, depth);
    const refusal = this.refusalOf(value);
    return refusal === undefined || this.stop(refusal);
  }

  /** Why a primitive, or a function, cannot be kept. */
  protected abstract refusalOf(value: unknown): string | undefined;

  /** What is to be done about an object that is reached from within itself. */
  protected abstract cycle(): boolean;

  /** Looks into an object. */
  protected abstract content(object: object, depth: number): boolean;

  protected stop(reason: string): false {
    this.#reason = reason;
    return false;
  }

  protected step(step: string): false {
    this.#path.push(step);
    return false;
  }

  /** Looks at the named values of an object, which an array's items are as well. */
  protected values(object: object, depth: number): boolean {
    for (const key of Object.keys(object)) {
      let value: unknown;
      try {
        value = (object as Readonly<Record<string, unknown>>)[key];
      } catch (error) {
        this.#unreadable(error);
        return this.step(stepTo(object, key));
      }
      if (!this.look(value, depth + 1)) return this.step(stepTo(object, key));
    }
    return true;
  }

  #object(object: object, depth: number): boolean {
    const known = this.#heights.get(object);
    if (known === OPEN) return this.cycle();
    if (depth + (known ?? 0) > DEEPEST) {
      return this.stop(`is more than ${DEEPEST} levels deep, too deep for a checkpoint: use flatter data`);
    }
    if (known !== undefined) {
      this.#deepest = Math.max(this.#deepest, depth + known);
      return true;
    }
    this.#heights.set(object, OPEN);
    const outside = this.#deepest;
    this.#deepest = depth;
    try {
      if (!this.content(object, depth)) return false;
    } catch (error) {
      return this.#unreadable(error);
    }
    this.#heights.set(object, this.#deepest - depth);
    this.#deepest = Math.max(this.#deepest, outside);
    return true;
  }

  #unreadable(error: unknown): false {
    return this.stop(`cannot be saved, as reading it throws ${describeError(error)}`);
  }
}

/** Says that an object is being looked into. */
const OPEN = -1;

/** Looks for what JSON would lose. What is merely reached twice comes back equal, as two. */
class JsonWalk extends Walk {
  protected override refusalOf(value: unknown): string | undefined {
    switch (typeof value) {
      case "string":
      case "boolean":
        return undefined;
      case "number":
        if (Object.is(value, -0)) return lostToJson("-0", `use 0, or ${OTHER_CODEC}`);
        return Number.isFinite(value) ? undefined : lostToJson(String(value), `use null, or ${OTHER_CODEC}`);
      case "bigint":
        return lostToJson(`${value}n`, `use a number or a text, or ${OTHER_CODEC}`);
      case "undefined":
        return lostToJson("undefined", `leave it out, use null, or ${OTHER_CODEC}`);
      case "object":
        return undefined;
      default:
        return lostToBoth(value);
    }
  }

  protected override cycle(): boolean {
    return this.stop(`holds itself, which JSON cannot say; use flatter data, or ${OTHER_CODEC}`);
  }

  protected override content(object: object, depth: number): boolean {
    const prototype: unknown = Object.getPrototypeOf(object);
    const isArray = prototype === Array.prototype && Array.isArray(object);
    if (!isArray && prototype !== Object.prototype && prototype !== null) {
      return this.stop(refusalOfObject(object) ?? lostToJson(describeObject(object), `convert it, or ${OTHER_CODEC}`));
    }
    if (isArray && !isDense(object)) {
      return this.stop(lostToJson("an array with holes or named values", `convert it, or ${OTHER_CODEC}`));
    }
    if (!this.values(object, depth)) return false;
    if (typeof (object as { toJSON?: unknown }).toJSON !== "function") return true;
    return this.stop("has a toJSON(), so that JSON would keep something else: use plain data");
  }
}

/** Looks for what structured clone, with errors in envelopes, would refuse or turn into something else. */
class StructuredWalk extends Walk {
  protected override refusalOf(value: unknown): string | undefined {
    return typeof value === "symbol" || typeof value === "function" ? lostToBoth(value) : undefined;
  }

  protected override cycle(): boolean {
    return true;
  }

  protected override content(object: object, depth: number): boolean {
    const refusal = refusalOfObject(object);
    if (refusal !== undefined) return this.stop(refusal);
    switch (kindOf(object)) {
      case "map":
        return this.#map(object as ReadonlyMap<unknown, unknown>, depth);
      case "set":
        return this.#set(object as ReadonlySet<unknown>, depth);
      case "array":
      case "record":
        return this.values(object, depth);
      default:
        return true;
    }
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): boolean {
    let index = 0;
    for (const [key, value] of map) {
      if (!this.look(key, depth + 1)) return this.step(`.keys().toArray()[${index}]`);
      if (!this.look(value, depth + 1)) return this.step(stepToEntry(key, index));
      index++;
    }
    return true;
  }

  #set(set: ReadonlySet<unknown>, depth: number): boolean {
    let index = 0;
    for (const value of set) {
      if (!this.look(value, depth + 1)) return this.step(`.values().toArray()[${index}]`);
      index++;
    }
    return true;
  }
}

const OTHER_CODEC = `use a checkpointer with codec: "structured"`;

function lostToJson(what: string, advice: string): string {
  return `is ${what}, which JSON cannot keep; ${advice}`;
}

function lostToBoth(value: unknown): string {
  return typeof value === "symbol"
    ? `is a symbol, which cannot be saved: use a text`
    : `is ${describeValue(value)}, which cannot be saved: use plain data`;
}

/** Why neither codec keeps an object, whatever it holds. */
function refusalOfObject(object: object): string | undefined {
  if (kindOf(object) === "foreign") return `is ${describeObject(object)}, which cannot be saved: ${adviceOn(object)}`;
  // Its owner may be writing to it, and node:v8 refuses it.
  if (!isOfSharedMemory(object)) return undefined;
  return `is ${describeObject(object)}, whose memory is shared and cannot be saved: use a copy of it`;
}

/** Whether an object is memory that several threads may use, or a view of some. */
export function isOfSharedMemory(object: object): boolean {
  return (ArrayBuffer.isView(object) ? object.buffer : object) instanceof SharedArrayBuffer;
}

/** What else to save; what can move to a thread cannot move to a checkpoint. */
function adviceOn(object: object): string {
  const advice = travelAdviceFor(object).replace(/(, or )?move it with transfer\(\)$/, "").replace(/\bpass /, "use ");
  return advice === "" ? "use plain data" : advice;
}

function describeObject(object: object): string {
  return describeInstance(object).replace(/^a (?=[AEIO])/, "an ");
}

/** Whether an array has all its items and nothing else. */
function isDense(array: readonly unknown[]): boolean {
  const keys = Object.keys(array);
  // Indexes come first, in order.
  return keys.length === array.length && (keys.length === 0 || keys.at(-1) === String(array.length - 1));
}

function stepToEntry(key: unknown, index: number): string {
  return typeof key === "object" && key !== null ? `.values().toArray()[${index}]` : `.get(${describeValue(key)})`;
}

function stepTo(object: object, key: string): string {
  if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)) return `.${key}`;
  return Array.isArray(object) && /^\d+$/.test(key) ? `[${key}]` : `[${JSON.stringify(key)}]`;
}
