/**
 * One string for all values that are equal, whatever the order in which their properties were set.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import type { ThrownEnvelope } from "../core/error_envelope.ts";
import { viewType } from "./atomic.ts";
import { isPlainArray } from "./encoding.ts";
import { isPacked, pack, PACKED } from "./packer.ts";
import { Walker } from "./walker.ts";

/** From so many objects on, the strings of those that are reached twice are kept; before, writing them again is faster. */
const MAX_FORGOTTEN = 1_000;
/** Longer arrays are walked over. */
const MAX_FLAT = 8;
/** Up to this length, looking for characters to escape is faster than `JSON.stringify()`. */
const MAX_SCANNED = 64;

/**
 * The canonical string of a value that a checkpoint can keep. Equal values have equal strings, in every run of every
 * program, and different ones have different strings. For JSON values it is their JSON, with sorted keys.
 *
 * Equal means what comes back equal from structured clone: properties, entries of a `Map` and members of a `Set` count in
 * any order; instances of classes are their properties, and errors are all but their stacks; an object that is reached
 * twice equals two equal ones. Values that hold themselves are the exception: there, entries and members count in
 * their order, and what is reached twice differs from two.
 *
 * @throws {TypeError} If structured clone refuses the value, or changes it into something else.
 */
export function canonicalString(value: unknown): string {
  if (typeof value !== "object" || value === null) return stringOfPrimitive(value);
  const flat = stringOfFlatArray(value);
  if (flat !== undefined) return flat;
  try {
    return new TreeWriter().visit(value, 0);
  } catch (error) {
    if (error !== HOLDS_ITSELF) throw error;
  }
  return new GraphWriter().visit(value, 0);
}

/** What is thrown once a value is found to hold itself. */
const HOLDS_ITSELF = Symbol("holds itself");

/** Writes each kind of value; the subclasses say what to do about objects that are reached twice. */
abstract class CanonicalWriter extends Walker<string, string[]> {
  /** How many errors the writer is inside of; there, and only there, packed errors stand for errors. */
  #errorDepth = 0;

  constructor() {
    super(Infinity);
  }

  /** The strings of entries or members, in the order in which they are written. */
  protected abstract ordered(parts: string[]): string[];

  protected override primitive(value: unknown): string {
    return stringOfPrimitive(value);
  }

  protected override atomic(object: object): string {
    return stringOfAtom(object) ?? `Object(${this.primitive(object.valueOf())})`;
  }

  protected override error(error: Error, depth: number): string {
    return this.#packed(pack(error) as object, depth);
  }

  protected override unsupported(object: object): string {
    return refuse(object);
  }

  protected override open(): string[] {
    return [];
  }

  protected override addEntry(parts: string[], key: string, item: string): string[] {
    parts.push(`${key}=>${item}`);
    return parts;
  }

  protected override addMember(parts: string[], member: string): string[] {
    parts.push(member);
    return parts;
  }

  protected override close(parts: string[], kind: "map" | "set"): string {
    return `${kind === "map" ? "Map" : "Set"}[${this.ordered(parts)}]`;
  }

  protected override tooDeep(object: object): string {
    return refuse(object);
  }

  protected override record(record: object, depth: number): string {
    return this.#errorDepth > 0 && isPacked(record) ? this.#packed(record, depth) : this.#values(record, depth);
  }

  protected override array(array: readonly unknown[], depth: number): string {
    let string = "[";
    for (let index = 0; index < array.length; index++) {
      const item = this.visit(array[index], depth + 1);
      string += index === 0 ? item : `,${item}`;
    }
    return `${string}]`;
  }

  #values(record: object, depth: number): string {
    let string = "{";
    const keys = sorted(Object.keys(record));
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index]!;
      const value = this.visit((record as Readonly<Record<string, unknown>>)[key], depth + 1);
      string += index === 0 ? `${quoted(key)}:${value}` : `,${quoted(key)}:${value}`;
    }
    return `${string}}`;
  }

  /** Says how many values are missing instead of visiting each: an array can have billions of holes. */
  protected override otherArray(array: readonly unknown[], depth: number): string {
    const items: string[] = [];
    const names: string[] = [];
    let next = 0;
    for (const key of Object.keys(array)) {
      if (!isIndex(key)) {
        names.push(key);
        continue;
      }
      const index = Number(key);
      if (index > next) items.push(`-${index - next}-`);
      items.push(this.visit(array[index], depth + 1));
      next = index + 1;
    }
    if (array.length > next) items.push(`-${array.length - next}-`);
    const named = names.sort().map((name) => `${quoted(name)}:${this.visit(Reflect.get(array, name), depth + 1)}`);
    return names.length > 0 ? `[${items}]{${named}}` : `[${items}]`;
  }

  /** An error out of what `pack()` made of it, or an object that only looked like that. */
  #packed(packed: object, depth: number): string {
    const thrown = (packed as { readonly [PACKED]: ThrownEnvelope })[PACKED];
    if ("value" in thrown && typeof thrown.value === "object" && thrown.value !== null) {
      return this.#values(thrown.value, depth);
    }
    this.#errorDepth++;
    const string = this.#thrown(thrown, depth);
    this.#errorDepth--;
    return string;
  }

  #thrown(thrown: ThrownEnvelope, depth: number): string {
    if ("value" in thrown) return `Value(${this.visit(thrown.value, depth + 1)})`;
    // All but the stack: where an error was made differs from run to run.
    const { name, message, classes, ownClasses = 0, cause, errors, fields } = thrown.error;
    const parts = [quoted(name), quoted(message), this.visit(classes, depth + 1), ownClasses];
    if (cause !== undefined) parts.push(`cause:${this.#thrown(cause, depth + 1)}`);
    if (errors !== undefined) parts.push(`errors:[${errors.map((each) => this.#thrown(each, depth + 1))}]`);
    if (fields !== undefined) parts.push(`fields:${this.#values(fields, depth + 1)}`);
    return `Error(${parts})`;
  }
}

/** Writes a value that does not hold itself. */
class TreeWriter extends CanonicalWriter {
  /** The objects that hold what is being written. */
  readonly #holders: object[] = [];
  #strings: Map<object, string> | undefined;
  #count = 0;

  protected override reached(object: object): string | undefined {
    const known = ++this.#count > MAX_FORGOTTEN ? this.#strings?.get(object) : undefined;
    if (known === undefined && this.#holders.includes(object)) throw HOLDS_ITSELF;
    return known;
  }

  protected override content(object: object, depth: number): string {
    this.#holders.push(object);
    const string = super.content(object, depth);
    this.#holders.pop();
    if (this.#count > MAX_FORGOTTEN) (this.#strings ??= new Map()).set(object, string);
    return string;
  }

  protected override ordered(parts: string[]): string[] {
    return parts.sort();
  }
}

/** Writes a value that holds itself: each object once, and its number wherever it is reached again. */
class GraphWriter extends CanonicalWriter {
  readonly #numbers = new Map<object, number>();

  protected override reached(object: object): string | undefined {
    const number = this.#numbers.get(object);
    if (number !== undefined) return `^${number}`;
    this.#numbers.set(object, this.#numbers.size);
    return undefined;
  }

  protected override ordered(parts: string[]): string[] {
    return parts;
  }
}

function stringOfPrimitive(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "boolean":
      return value ? "true" : "false";
    case "undefined":
      return "undefined";
    default:
      return value === null ? "null" : refuse(value);
  }
}

/** The string of a short array of primitive values, such as the arguments of most tasks, which needs no walk. */
function stringOfFlatArray(array: object): string | undefined {
  if (!Array.isArray(array) || array.length > MAX_FLAT || !isPlainArray(array)) return undefined;
  let string = "[";
  for (let index = 0; index < array.length; index++) {
    const item: unknown = array[index];
    if (typeof item === "object" ? item !== null : typeof item === "function") return undefined;
    string += index === 0 ? stringOfPrimitive(item) : `,${stringOfPrimitive(item)}`;
  }
  return `${string}]`;
}

/** The string of an object that holds no other, unless it is a primitive value as an object. */
function stringOfAtom(object: object): string | undefined {
  if (object instanceof Date) return `Date(${object.getTime()})`;
  // Where it was last used is lost in structured clone.
  if (object instanceof RegExp) return `RegExp(${JSON.stringify([object.source, object.flags])})`;
  if (ArrayBuffer.isView(object)) {
    const { buffer, byteOffset, byteLength } = object;
    return `${viewType(object)}(${new Uint8Array(buffer, byteOffset, byteLength).toBase64()})`;
  }
  if (object instanceof ArrayBuffer) return `ArrayBuffer(${new Uint8Array(object).toBase64()})`;
  if (object instanceof SharedArrayBuffer) return `SharedArrayBuffer(${new Uint8Array(object).toBase64()})`;
  return undefined;
}

/** As JSON has it; most strings are short and need no escapes, which is found out faster than JSON does. */
function quoted(string: string): string {
  return string.length <= MAX_SCANNED && /^[ !#-[\]-~]*$/.test(string) ? `"${string}"` : JSON.stringify(string);
}

/** The keys in order, in which they often are already. */
function sorted(keys: string[]): string[] {
  for (let index = 1; index < keys.length; index++) if (keys[index - 1]! > keys[index]!) return keys.sort();
  return keys;
}

function isIndex(key: string): boolean {
  const index = Number(key);
  return index >= 0 && index < 2 ** 32 - 1 && String(index >>> 0) === key;
}

function refuse(value: unknown): never {
  throw new TypeError(`There is no canonical string of ${describeValue(value)}: a checkpoint cannot keep it`);
}
