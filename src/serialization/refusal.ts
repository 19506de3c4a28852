/**
 * Why a value cannot be sent to a worker, or saved, and what to do about it.
 *
 * @module
 */

import { describeError, describeValue } from "../core/describe.ts";

/** What a value is wanted for. */
export type Purpose = "send" | "save";

/** A longer path is cut in the middle. */
const MAX_PATH_LENGTH = 200;

/** Where in a container a part of it is: under a name or index of an object or array, or in a `Map` or `Set`, counted from 0. */
export type Step =
  | { readonly of: object; readonly key: string | number }
  | { readonly mapKey: number }
  | { readonly mapValue: number; readonly key: unknown }
  | { readonly member: number };

/** Thrown while a value is walked over: a part of it is refused. Not an error, which would collect a stack trace. */
export class Refusal {
  /** The predicate of a sentence about the part, such as `is a symbol, which cannot be saved: use a string`. */
  readonly predicate: string;
  /** What was thrown when the part was read. */
  readonly cause: unknown;
  /** The steps to the part, the last one first. */
  readonly #steps: Step[] = [];

  constructor(predicate: string, cause?: unknown) {
    this.predicate = predicate;
    this.cause = cause;
  }

  /** Adds the step that leads to where the path began so far. */
  addStep(step: Step): void {
    this.#steps.push(step);
  }

  /** An error that says which part of the value `what` is refused, why, and what to do. */
  toError(what: string): TypeError {
    const path = what + this.#steps.toReversed().map(describeStep).join("");
    const half = MAX_PATH_LENGTH / 2;
    const short = path.length <= MAX_PATH_LENGTH ? path : `${path.slice(0, half)}…${path.slice(-half)}`;
    return new TypeError(`${short} ${this.predicate}`, this.cause === undefined ? undefined : { cause: this.cause });
  }
}

const VERBS = {
  send: { cannot: "cannot be sent to a worker", use: "pass" },
  save: { cannot: "cannot be saved", use: "use" },
};

/** Refuses a function, a symbol, or an object that structured clone refuses or turns into something else. */
export function unsupported(value: unknown, purpose: Purpose): Refusal {
  return new Refusal(`is ${describe(value)}, which ${VERBS[purpose].cannot}: ${hint(value, purpose)}`);
}

/** Refuses memory that several threads may use: a copy would share nothing, and could be made while its owner writes to it. */
export function sharedMemory(object: object, purpose: Purpose): Refusal {
  const { cannot, use } = VERBS[purpose];
  return new Refusal(`is ${describe(object)}, whose memory is shared and ${cannot}: ${use} a copy of it`);
}

/**
 * The predicate that refuses an object with a property that neither JSON nor structured clone looks at.
 *
 * @param isNamed Whether named values of such an object are copied, so that only this one would be lost.
 */
export function hiddenProperty(key: PropertyKey, isNamed: boolean, purpose: Purpose): string {
  const { cannot, use } = VERBS[purpose];
  if (typeof key === "symbol") {
    return `has a property under ${String(key)}, which ${cannot}: ${use} a string as its name`;
  }
  const name = JSON.stringify(key);
  if (isNamed) return `has the property ${name}, which is not enumerable and ${cannot}: ${use} plain data`;
  return `has the property ${name}, which ${cannot} with it: ${use} it on its own`;
}

/** Refuses an object below the deepest level. */
export function tooDeep(maxDepth: number, purpose: Purpose): Refusal {
  const { cannot, use } = VERBS[purpose];
  return new Refusal(`is more than ${maxDepth} levels deep and ${cannot}: ${use} flatter data`);
}

/** Refuses an object, or a property, that throws when it is read. */
export function unreadable(error: unknown, purpose: Purpose): Refusal {
  return new Refusal(`${VERBS[purpose].cannot}, as reading it throws ${describeError(error)}`, error);
}

/** Refuses what JSON loses or changes; `advice` says what to do with that codec. */
export function lostInJson(what: string, advice: string): Refusal {
  return new Refusal(`is ${what}, which JSON cannot keep; ${advice}, or ${OTHER_CODEC}`);
}

/** Refuses what holds itself. */
export function cycleInJson(): Refusal {
  return new Refusal(`holds itself, which JSON cannot express; use flatter data, or ${OTHER_CODEC}`);
}

const OTHER_CODEC = `use a checkpointer with codec: "structured"`;

/** A value as it would be called in a sentence, such as `a Date`. */
export function describe(value: unknown): string {
  if (typeof value === "symbol") return "a symbol";
  if (typeof value !== "object" || value === null) return describeValue(value);
  const name = classNameOf(value);
  if (name === "") return "an instance of a class";
  return withArticle(Array.isArray(value) ? `a ${name}` : describeValue(value));
}

function withArticle(noun: string): string {
  return noun.replace(/^a (?=[AEIO])/, "an ");
}

/** What to do about an instance of a class: what to use instead, or what to do first. */
type Hint = { readonly instead: string } | { readonly first: string };

/** By the names of classes. */
const HINTS: Readonly<Record<string, Hint>> = {
  AbortController: { first: "use the signal of currentTask() in the task" },
  Buffer: { instead: "new Uint8Array(buffer)" },
  AbortSignal: { first: "use the signal of currentTask() in the task" },
  Blob: { instead: "what await blob.bytes() gives" },
  File: { instead: "what await file.bytes() gives" },
  FormData: { instead: "[...form]" },
  Headers: { instead: "[...headers]" },
  Promise: { first: "await it first" },
  ReadableStream: { first: "read it first" },
  Request: { instead: "its URL, and read its body first" },
  Response: { first: "read its body first, as by await response.json()" },
  URL: { instead: "url.href" },
  URLSearchParams: { instead: "params.toString()" },
  WeakMap: { instead: "a Map" },
  WeakRef: { instead: "what deref() gives" },
  WeakSet: { instead: "a Set" },
};

/** Classes whose instances `transfer()` moves to a thread. */
const MOVABLE: ReadonlySet<string> = new Set(["MessagePort", "ReadableStream", "TransformStream", "WritableStream"]);

/** What to do instead of sending or saving a value. */
function hint(value: unknown, purpose: Purpose): string {
  const { use } = VERBS[purpose];
  if (typeof value === "symbol") return `${use} a string`;
  if (typeof value !== "object" || value === null) return `${use} plain data`;
  const name = classNameOf(value) ?? "";
  const known = Object.hasOwn(HINTS, name) ? HINTS[name] : undefined;
  const hint = known === undefined ? undefined : "first" in known ? known.first : `${use} ${known.instead}`;
  if (purpose === "send" && MOVABLE.has(name)) {
    return hint === undefined ? "move it with transfer()" : `${hint}, or move it with transfer()`;
  }
  if (hint !== undefined) return hint;
  if (MOVABLE.has(name)) return `${use} plain data`;
  if (String(Reflect.get(value, Symbol.toStringTag)).startsWith("Temporal.")) return `${use} its toString()`;
  if (typeof Reflect.get(value, "then") === "function") return "await it first";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return `its memory was moved away, so ${use} a copy made before`;
  }
  return `${use} plain data, as methods stay behind`;
}

function classNameOf(object: object): string | undefined {
  const name: unknown = object.constructor?.name;
  return typeof name === "string" ? name : undefined;
}

function describeStep(step: Step): string {
  if ("mapKey" in step) return `.keys().toArray()[${step.mapKey}]`;
  if ("member" in step) return `.values().toArray()[${step.member}]`;
  if ("mapValue" in step) {
    const { mapValue: index, key } = step;
    return typeof key === "object" && key !== null ? `.values().toArray()[${index}]` : `.get(${describeValue(key)})`;
  }
  const { of, key } = step;
  if (typeof key === "string" && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)) return `.${key}`;
  return Array.isArray(of) ? `[${key}]` : `[${JSON.stringify(key)}]`;
}
