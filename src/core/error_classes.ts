/**
 * Error classes by name: those that exist here, and stand-ins for those that do not.
 *
 * @module
 */

import * as errors from "./errors.ts";
import * as retryErrors from "./retry_errors.ts";

/** A class of errors, abstract ones and those with other constructor parameters included. */
export type ErrorClass = abstract new (...args: never) => Error;

/** The names of an error's classes. */
export interface ErrorLineage {
  /** From the most derived one to `"Error"`. */
  readonly classes: readonly string[];
  /** How many of the first are unknown here, although a class of that name is known. */
  readonly ownClasses: number;
}

/** The longest chain of classes that is looked at: far more than real programs have. */
export const MAX_CLASSES = 32;
/** Stand-ins are kept so that errors of one class have one class here too. Beyond this many the oldest are dropped. */
const MAX_STAND_INS = 500;

const standIns = new Map<string, ErrorClass>();

interface Known {
  readonly byLineage: ReadonlyMap<string, ErrorClass>;
  readonly classes: ReadonlySet<unknown>;
  /** Known classes whose names users' classes may have as well. */
  readonly ambiguous: ReadonlySet<unknown>;
}

let table: Known | undefined;

/** Made at first use, to keep the import cheap. */
function known(): Known {
  if (table !== undefined) return table;
  const builtIn = [
    ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError],
    ...[AggregateError, DOMException, Reflect.get(globalThis, "SuppressedError")],
  ].filter(isErrorClass);
  const named = [Deno.errors, errors, retryErrors].flatMap((each) => Object.values<unknown>(each));
  const ambiguous = named.filter(isErrorClass);
  const classes = [...builtIn, ...ambiguous];
  const byLineage = new Map(classes.map((each) => [lineageKey(chainOf(each.prototype).map(nameOf)), each]));
  return table = { byLineage, classes: new Set(classes), ambiguous: new Set(ambiguous) };
}

/** Whether a class exists under its name everywhere, so that its errors come back as instances of it. */
export function isKnownClass(type: unknown): boolean {
  return known().classes.has(type);
}

/** Whether a value is a class of errors. */
export function isErrorClass(value: unknown): value is ErrorClass {
  if (typeof value !== "function") return false;
  const prototype: unknown = value.prototype;
  return prototype instanceof Error || prototype === Error.prototype;
}

/** Whether a value is an error: by its prototypes, or as one from another realm. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Error.isError(value);
}

/** For errors from another worker or program: the names of the classes that they had there. */
const origins = new WeakMap<object, readonly string[]>();

/** Records which classes an error had where it came from. */
export function noteOrigin(error: object, classes: readonly string[]): void {
  origins.set(error, classes);
}

/**
 * Whether an error is an instance of a class, or came from elsewhere and was an instance of a class of that name there.
 * For a known class only the former counts, as its errors come back as instances of it.
 */
export function isInstance(error: unknown, type: ErrorClass): boolean {
  if (error instanceof type) return true;
  if (typeof error !== "object" || error === null || isKnownClass(type)) return false;
  return origins.get(error)?.includes(type.name) ?? false;
}

/** The names of an error's classes. */
export function lineageOf(error: Error): ErrorLineage {
  const chain = chainOf(Object.getPrototypeOf(error)).filter((each) => nameOf(each) !== "").slice(0, MAX_CLASSES - 1);
  const classes = chain.map(nameOf);
  if (classes.at(-1) !== "Error") classes.push("Error");
  const { byLineage, classes: own, ambiguous } = known();
  let ownClasses = 0;
  chain.forEach((each, index) => {
    const namesake = own.has(each) ? undefined : byLineage.get(lineageKey(classes.slice(index)));
    if (ambiguous.has(namesake) && !isFromAnotherCopy(error, namesake)) ownClasses = index + 1;
  });
  return { classes, ownClasses };
}

/** The class for errors with these class names: a known one, or a stand-in derived from the nearest known one. */
export function classFor(classes: readonly string[], ownClasses: number): ErrorClass {
  const names = classes.at(-1) === "Error" ? classes : [...classes, "Error"];
  const { byLineage } = known();
  let index = Math.min(ownClasses, names.length - 1);
  let type: ErrorClass | undefined;
  while ((type = byLineage.get(lineageKey(names.slice(index)))) === undefined) index++;
  const depth = names.length - index;
  while (--index >= 0) type = standIn(names.slice(index), depth, type);
  return type;
}

function standIn(names: readonly string[], depth: number, base: ErrorClass): ErrorClass {
  const key = `${depth} ${lineageKey(names)}`;
  let type = standIns.get(key);
  if (type === undefined) {
    const name = names[0] ?? "";
    type = { [name]: class extends (base as ErrorConstructor) {} }[name] ?? base;
    for (const oldest of standIns.keys()) {
      if (standIns.size < MAX_STAND_INS) break;
      standIns.delete(oldest);
    }
    standIns.set(key, type);
  }
  return type;
}

/** With two versions of this package in one program, the errors of the other one count as ours. */
function isFromAnotherCopy(error: Error, namesake: unknown): boolean {
  return Object.hasOwn(error, "task") && Object.hasOwn(error, "code") &&
    Object.values<unknown>(errors).includes(namesake);
}

/** The classes from a prototype's own up to `Error`, of whichever realm. */
function chainOf(prototype: object | null): unknown[] {
  const chain: unknown[] = [];
  let each = prototype;
  while (each !== null) {
    const next: object | null = Object.getPrototypeOf(each);
    if (next !== null && Object.hasOwn(each, "constructor")) chain.push(Reflect.get(each, "constructor"));
    each = next;
  }
  return chain;
}

function nameOf(type: unknown): string {
  const name: unknown = typeof type === "function" ? type.name : "";
  return typeof name === "string" ? name : "";
}

function lineageKey(names: readonly string[]): string {
  return JSON.stringify(names);
}
