/**
 * One text for all values that are equal, whatever the order in which their properties were set.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import type { ThrownEnvelope } from "../core/error_envelope.ts";
import { isPacked, PACKED } from "./envelope_packer.ts";
import { kindOf } from "./object_kind.ts";
import { packErrors } from "./portable.ts";

/** What is reached twice is remembered from so many objects on; before, writing it again is faster. */
const MANY = 1_000;
/** Up to this length, looking for characters to escape is faster than `JSON.stringify()`. */
const SHORT_TEXT = 64;
/** Up to this length, counting an array's keys is faster than counting its values. */
const SHORT_ARRAY = 4;

/**
 * The text of a value that a checkpoint can keep. Equal values have equal texts, in every run of every program, and
 * different ones have different texts. For JSON values it is their JSON, with sorted keys.
 *
 * Equal means what comes back equal from structured clone: properties, entries of a `Map` and members of a `Set` count in
 * any order; instances of classes are their properties, and errors are all but their stacks; an object that is reached
 * twice is as good as two equal ones. Values that hold themselves are the exception: there, entries and members count in
 * their order, and what is reached twice differs from two.
 *
 * @throws {TypeError} If structured clone refuses the value, or changes it into something else.
 */
export function canonicalText(value: unknown): string {
  try {
    return new TreeWriter().write(value);
  } catch (error) {
    if (error !== HOLDS_ITSELF) throw error;
  }
  return new GraphWriter().write(value);
}

/** What is thrown once a value is found to hold itself. */
const HOLDS_ITSELF = Symbol("holds itself");

/** Writes each kind of value; the subclasses say what to do about objects that are reached twice. */
abstract class CanonicalWriter {
  /** How many errors the writer is inside of; there, and only there, packed errors stand for errors. */
  #errorDepth = 0;

  write(value: unknown): string {
    switch (typeof value) {
      case "string":
        return quoted(value);
      case "number":
        return Object.is(value, -0) ? "-0" : String(value);
      case "bigint":
        return `${value}n`;
      case "object":
        return value === null ? "null" : this.object(value);
      case "boolean":
        return value ? "true" : "false";
      case "undefined":
        return "undefined";
      default:
        return refuse(value);
    }
  }

  protected abstract object(object: object): string;

  /** The texts of entries or members, in the order in which they are to stand. */
  protected abstract ordered(texts: string[]): string[];

  protected content(object: object): string {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype === Object.prototype || prototype === null) return this.#record(object);
    if (prototype === Array.prototype && Array.isArray(object)) return this.#array(object);
    switch (kindOf(object)) {
      case "record":
        return this.#record(object);
      case "array":
        return this.#array(object as readonly unknown[]);
      case "map": {
        const entries = [...(object as Map<unknown, unknown>)].map(([k, v]) => `${this.write(k)}=>${this.write(v)}`);
        return `Map[${this.ordered(entries)}]`;
      }
      case "set":
        return `Set[${this.ordered([...(object as Set<unknown>)].map((each) => this.write(each)))}]`;
      case "leaf":
        return leafText(object) ?? `Object(${this.write(object.valueOf())})`;
      case "error":
        return this.#packed(packErrors(object) as object);
      case "foreign":
        return refuse(object);
    }
  }

  #array(array: readonly unknown[]): string {
    let text = "[";
    const { length } = array;
    for (let index = 0; index < length; index++) {
      const item = array[index];
      if (item === undefined && !Object.hasOwn(array, index)) return this.#sparseArray(array);
      text += index === 0 ? this.write(item) : `,${this.write(item)}`;
    }
    return hasMoreThan(array, length) ? `${text}]${this.#values(array, namesOf(array))}` : `${text}]`;
  }

  /** Says how many values are missing instead of looking at each: an array can have billions of holes. */
  #sparseArray(array: readonly unknown[]): string {
    const items: string[] = [];
    let next = 0;
    for (const key of Object.keys(array)) {
      if (!isIndex(key)) break;
      const index = Number(key);
      if (index > next) items.push(`-${index - next}-`);
      items.push(this.write(array[index]));
      next = index + 1;
    }
    if (array.length > next) items.push(`-${array.length - next}-`);
    const names = namesOf(array);
    return `[${items}]${names.length > 0 ? this.#values(array, names) : ""}`;
  }

  #record(record: object): string {
    if (this.#errorDepth > 0 && isPacked(record)) return this.#packed(record);
    return this.#values(record, sorted(Object.keys(record)));
  }

  #values(of: object, keys: readonly string[]): string {
    let text = "{";
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index]!;
      const value = this.write((of as Readonly<Record<string, unknown>>)[key]);
      text += index === 0 ? `${quoted(key)}:${value}` : `,${quoted(key)}:${value}`;
    }
    return `${text}}`;
  }

  /** An error out of what `packErrors()` made of it, or an object that only looked like that. */
  #packed(packed: object): string {
    const thrown = (packed as { readonly [PACKED]: ThrownEnvelope })[PACKED];
    if ("value" in thrown && typeof thrown.value === "object" && thrown.value !== null) {
      return this.#values(thrown.value, Object.keys(thrown.value));
    }
    this.#errorDepth++;
    const text = this.#thrown(thrown);
    this.#errorDepth--;
    return text;
  }

  #thrown(thrown: ThrownEnvelope): string {
    if ("value" in thrown) return `Value(${this.write(thrown.value)})`;
    // All but the stack: where an error was made differs from run to run.
    const { name, message, classes, ownClasses = 0, cause, errors, fields } = thrown.error;
    const parts = [this.write(name), this.write(message), this.write(classes), ownClasses];
    if (cause !== undefined) parts.push(`cause:${this.#thrown(cause)}`);
    if (errors !== undefined) parts.push(`errors:[${errors.map((each) => this.#thrown(each))}]`);
    if (fields !== undefined) parts.push(`fields:${this.#values(fields, Object.keys(fields).sort())}`);
    return `Error(${parts})`;
  }
}

/** Writes a value that does not hold itself. */
class TreeWriter extends CanonicalWriter {
  /** The objects on the way to where it is. */
  readonly #way: object[] = [];
  #texts: Map<object, string> | undefined;
  #count = 0;

  protected override object(object: object): string {
    if (++this.#count > MANY) {
      const known = this.#texts?.get(object);
      if (known !== undefined) return known;
    }
    if (this.#way.includes(object)) throw HOLDS_ITSELF;
    this.#way.push(object);
    const text = this.content(object);
    this.#way.pop();
    if (this.#count > MANY) (this.#texts ??= new Map()).set(object, text);
    return text;
  }

  protected override ordered(texts: string[]): string[] {
    return texts.sort();
  }
}

/** Writes a value that holds itself: each object once, and its number wherever it is reached again. */
class GraphWriter extends CanonicalWriter {
  readonly #numbers = new Map<object, number>();

  protected override object(object: object): string {
    const number = this.#numbers.get(object);
    if (number !== undefined) return `^${number}`;
    this.#numbers.set(object, this.#numbers.size);
    return this.content(object);
  }

  protected override ordered(texts: string[]): string[] {
    return texts;
  }
}

/** The text of an object that holds no other, unless it is a primitive that was made an object. */
function leafText(object: object): string | undefined {
  if (object instanceof Date) return `Date(${object.getTime()})`;
  // Where it was last used is lost in structured clone.
  if (object instanceof RegExp) return `RegExp(${JSON.stringify([object.source, object.flags])})`;
  if (ArrayBuffer.isView(object)) {
    const { buffer, byteOffset, byteLength } = object;
    return `${typeOfView(object)}(${new Uint8Array(buffer, byteOffset, byteLength).toBase64()})`;
  }
  if (object instanceof ArrayBuffer) return `ArrayBuffer(${new Uint8Array(object).toBase64()})`;
  if (object instanceof SharedArrayBuffer) return `SharedArrayBuffer(${new Uint8Array(object).toBase64()})`;
  return undefined;
}

const typeTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get;

/** Which view of bytes it is, such as `"Uint8Array"` for a `Buffer`, too. */
function typeOfView(view: ArrayBufferView): string {
  return typeTag?.call(view) ?? "DataView";
}

/** As JSON has it; most texts are short and need no escapes, which is found out faster than JSON does. */
function quoted(text: string): string {
  return text.length <= SHORT_TEXT && /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** The keys in order, in which they often are. */
function sorted(keys: string[]): string[] {
  for (let index = 1; index < keys.length; index++) if (keys[index - 1]! > keys[index]!) return keys.sort();
  return keys;
}

/** Whether an array without holes has more than its items. */
function hasMoreThan(array: readonly unknown[], length: number): boolean {
  return (length <= SHORT_ARRAY ? Object.keys(array) : Object.values(array)).length > length;
}

/** The keys of an array that are no indexes. */
function namesOf(array: readonly unknown[]): string[] {
  return Object.keys(array).filter((key) => !isIndex(key)).sort();
}

function isIndex(key: string): boolean {
  const index = Number(key);
  return index >= 0 && index < 2 ** 32 - 1 && String(index >>> 0) === key;
}

function refuse(value: unknown): never {
  throw new TypeError(`There is no canonical text of ${describeValue(value)}: a checkpoint cannot keep it`);
}
