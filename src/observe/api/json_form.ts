/**
 * Any value as JSON that people and programs can read, of a bounded size: the form of values and errors in the JSON
 * interface.
 *
 * Two other forms of errors are apart from it, as they are public and have other purposes: that of `JSON.stringify()` on
 * results and of logs (`core/error_json.ts`) is complete, and keeps values as they are; that of snapshots
 * (`../error_snapshot.ts`) has only the frames of the program itself, and no codes.
 *
 * @module
 */

import type { ThrownEnvelope } from "../../core/error_envelope.ts";

/** How many values, one within another, are shown; others are left out. */
const MAX_VALUES = 2_000;
/** How deep values are shown. */
const MAX_DEPTH = 8;
/** How many characters of a string are shown. */
const MAX_STRING = 20_000;

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * A value as JSON: what JSON has no form for is written so that it can be read, not so that it can be restored. Getters that
 * throw, circles and sizes do no harm.
 */
export function jsonForm(value: unknown): Json {
  return new Writer().write(value, 0);
}

class Writer {
  #left = MAX_VALUES;
  readonly #within = new Set<object>();

  write(value: unknown, depth: number): Json {
    if (this.#left-- <= 0) return "…";
    switch (typeof value) {
      case "string":
        return cut(value);
      case "number":
        return Number.isFinite(value) ? value : String(value);
      case "boolean":
        return value;
      case "bigint":
        return `${value}n`;
      case "undefined":
        return null;
      case "function":
        return value.name === "" ? "[function]" : `[function ${value.name}]`;
      case "symbol":
        return String(value);
      case "object":
        return value === null ? null : this.#object(value, depth);
    }
  }

  #object(value: object, depth: number): Json {
    if (this.#within.has(value)) return "[circular]";
    if (depth >= MAX_DEPTH) return "…";
    this.#within.add(value);
    try {
      return this.#content(value, depth + 1);
    } catch (error) {
      return `[cannot be read: ${error instanceof Error ? error.message : "it throws"}]`;
    } finally {
      this.#within.delete(value);
    }
  }

  #content(value: object, depth: number): Json {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
    if (value instanceof Error) return { ...errorForm(value) };
    if (value instanceof Map) return this.#list([...value], depth);
    if (value instanceof Set) return this.#list([...value], depth);
    if (ArrayBuffer.isView(value)) return `[${value.constructor.name} of ${value.byteLength} bytes]`;
    if (value instanceof ArrayBuffer) return `[ArrayBuffer of ${value.byteLength} bytes]`;
    if (value instanceof RegExp || value instanceof URL) return String(value);
    if (Array.isArray(value)) return this.#list(value, depth);
    const form: Record<string, Json> = {};
    for (const key of Object.keys(value)) {
      if (this.#left <= 0) {
        set(form, "…", "…");
        break;
      }
      const field: unknown = (value as Record<string, unknown>)[key];
      if (field !== undefined) set(form, key, this.write(field, depth));
    }
    return form;
  }

  #list(values: readonly unknown[], depth: number): Json {
    const form: Json[] = [];
    for (const value of values) {
      if (this.#left <= 0) return [...form, "…"];
      form.push(this.write(value, depth));
    }
    return form;
  }
}

function cut(text: string): string {
  return text.length <= MAX_STRING ? text : `${text.slice(0, MAX_STRING)}…`;
}

/** As assigning does, but also for a key such as `__proto__`. */
function set(form: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(form, key, { value, enumerable: true, configurable: true, writable: true });
}

/** An error as JSON. */
export interface ErrorForm {
  readonly [key: string]: Json;
  readonly name: string;
  readonly message: string;
}

/** How many causes are shown. */
const MAX_CAUSES = 10;

/**
 * What was thrown, as JSON: `name`, `message`, and, if it has them, `stack`, `code`, `cause` and `errors`. Anything else that
 * was thrown has the name `"thrown"`.
 */
export function errorForm(thrown: unknown, causes = MAX_CAUSES): ErrorForm {
  try {
    if (!(thrown instanceof Error)) return { name: "thrown", message: described(thrown) };
    const { name, message, stack, cause } = thrown;
    const { code, errors } = thrown as { code?: unknown; errors?: unknown };
    return assemble({ name, message, stack, code, cause, errors }, errorForm, causes);
  } catch {
    return { name: "thrown", message: "an error that cannot be read" };
  }
}

/** The same for what is on record. */
export function thrownForm(thrown: ThrownEnvelope, causes = MAX_CAUSES): ErrorForm {
  if (!("error" in thrown)) return { name: "thrown", message: described(thrown.value) };
  const { name, message, stack, cause, errors, fields } = thrown.error;
  return assemble({ name, message, stack, code: fields?.["code"], cause, errors }, thrownForm, causes);
}

interface Parts<T> {
  readonly name: unknown;
  readonly message: unknown;
  readonly stack: unknown;
  readonly code: unknown;
  readonly cause: T | undefined;
  readonly errors: unknown;
}

function assemble<T>(
  { name, message, stack, code, cause, errors }: Parts<T>,
  convert: (thrown: T, causes: number) => ErrorForm,
  causes: number,
): ErrorForm {
  const inner = (each: T) => causes > 0 ? convert(each, causes - 1) : "…";
  return {
    name: cut(String(name)),
    message: cut(String(message)),
    ...(typeof stack === "string" && { stack: cut(stack) }),
    ...((typeof code === "string" || typeof code === "number") && { code }),
    ...(cause !== undefined && { cause: inner(cause) }),
    ...(Array.isArray(errors) && { errors: errors.slice(0, MAX_CAUSES).map(inner) }),
  };
}

function described(thrown: unknown): string {
  const form = jsonForm(thrown);
  return typeof form === "string" ? form : JSON.stringify(form);
}
