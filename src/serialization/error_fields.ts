/**
 * Making an error of what is known of one.
 *
 * @module
 */

import { classFor, noteOrigin } from "../core/error_classes.ts";
import type { ErrorEnvelope, ThrownEnvelope } from "../core/error_envelope.ts";

/** Whether an error's own property of this name is part of every error, or would break it, and is thus not a field. */
export function isReserved(key: string): boolean {
  return key === "stack" || key === "cause" || key in Error.prototype;
}

/** An error with nothing but its class, name, message and stack. */
export function bareError({ name, message, stack, classes, ownClasses }: ErrorEnvelope): Error {
  const { prototype } = classFor(classes, ownClasses ?? 0);
  const error = prototype instanceof DOMException || prototype === DOMException.prototype
    ? new DOMException(message, name)
    : message === ""
    ? new Error()
    : new Error(message);
  Object.setPrototypeOf(error, prototype);
  if (error.message !== message) define(error, "message", message, "hidden");
  if (error.name !== name) define(error, "name", name, "hidden");
  if (stack === undefined) Reflect.deleteProperty(error, "stack");
  else define(error, "stack", stack, "hidden");
  noteOrigin(error, classes);
  return error;
}

/** Sets what an error was caused by. */
export function setCause(error: Error, cause: unknown): void {
  define(error, "cause", cause, "hidden");
}

/** Sets the errors that an error is made of. */
export function setErrors(error: Error, errors: readonly unknown[]): void {
  define(error, "errors", errors, "hidden");
}

/** Sets a field of an error, unless it would break the error. */
export function setField(error: Error, key: string, value: unknown): void {
  if (!isReserved(key)) define(error, key, value, error instanceof SuppressedError ? "hidden" : "enumerable");
}

/**
 * The error of an envelope whose fields are the error's own.
 *
 * @param known The errors that were made of envelopes before; what two errors share stays one.
 */
export function errorOf(envelope: ErrorEnvelope, known: Map<ErrorEnvelope, Error>): Error {
  const before = known.get(envelope);
  if (before !== undefined) return before;
  const error = bareError(envelope);
  known.set(envelope, error);
  const { cause, errors, fields = {} } = envelope;
  if (cause !== undefined) setCause(error, thrownOf(cause, known));
  for (const key of Object.keys(fields)) setField(error, key, fields[key]);
  if (errors !== undefined) setErrors(error, errors.map((each) => thrownOf(each, known)));
  return error;
}

function thrownOf(thrown: ThrownEnvelope, known: Map<ErrorEnvelope, Error>): unknown {
  return "error" in thrown ? errorOf(thrown.error, known) : thrown.value;
}

function define(error: Error, key: string, value: unknown, as: "hidden" | "enumerable"): void {
  Object.defineProperty(error, key, { value, configurable: true, enumerable: as === "enumerable", writable: true });
}
