/**
 * What to pass to a worker instead of what cannot travel.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";

/** What to pass instead of a value of such a class. */
const ADVICE: Readonly<Record<string, string>> = {
  AbortController: "use the signal of currentTask() in the task",
  AbortSignal: "use the signal of currentTask() in the task",
  Blob: "pass what await blob.bytes() gives",
  File: "pass what await file.bytes() gives",
  FormData: "pass [...form]",
  Headers: "pass [...headers]",
  MessagePort: "move it with transfer()",
  Promise: "await it first",
  ReadableStream: "read it first, or move it with transfer()",
  Request: "pass its URL, and read its body first",
  Response: "read its body first, as by await response.json()",
  TransformStream: "move it with transfer()",
  URL: "pass url.href",
  URLSearchParams: "pass params.toString()",
  WeakMap: "pass a Map",
  WeakRef: "pass what deref() gives",
  WeakSet: "pass a Set",
  WritableStream: "move it with transfer()",
};

/** Why an object cannot travel to a worker and what to pass instead, as the predicate of a sentence. */
export function travelRefusal(object: object): string {
  return `is ${describeInstance(object)}, which cannot travel to a worker: ${adviceFor(object)}`;
}

/** An object as it would be called in a sentence, such as `a Date`. */
export function describeInstance(object: object): string {
  const name = classNameOf(object);
  if (name === "") return "an instance of a class";
  return Array.isArray(object) ? `a ${name}` : describeValue(object);
}

/** What to pass to a worker instead of an object, as the rest of a sentence. */
export function adviceFor(object: object): string {
  const name = classNameOf(object);
  const known = name !== undefined && Object.hasOwn(ADVICE, name) ? ADVICE[name] : undefined;
  if (known !== undefined) return known;
  if (String(Reflect.get(object, Symbol.toStringTag)).startsWith("Temporal.")) return "pass its toString()";
  if (typeof Reflect.get(object, "then") === "function") return "await it first";
  if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer) {
    return "its memory was moved away, so pass a copy made before";
  }
  return "pass plain data, as methods stay behind";
}

function classNameOf(object: object): string | undefined {
  const name: unknown = object.constructor?.name;
  return typeof name === "string" ? name : undefined;
}
