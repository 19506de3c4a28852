/**
 * Errors as pictures and reports show them: with their causes, and the frames of the program's own code.
 *
 * They are part of the public form of snapshots. The JSON interface has a form of its own (`api/json_form.ts`), as it shows
 * whole stacks, codes, and thrown values as JSON; results and logs have another one (`core/error_json.ts`), which shortens
 * nothing.
 *
 * @module
 */

import type { ErrorEnvelope, ThrownEnvelope } from "../core/error_envelope.ts";
import { describeError, describeValue, inspectable } from "../core/describe.ts";
import type { ErrorSnapshot } from "./run_snapshot.ts";

/** How many causes of causes are shown. */
const MAX_DEPTH = 8;
/** How many `errors` of an error are shown. */
const MAX_ERRORS = 10;
/** How many characters of a message are shown. */
const MAX_MESSAGE = 4_000;
/** How many frames of a stack are shown. */
const MAX_FRAMES = 20;

/** The folder of this package's modules, as stacks name it. */
const PACKAGE = new URL("../", import.meta.url).href;

/** What was thrown, for a picture or report. */
export function errorSnapshot(thrown: unknown, depth = 0): ErrorSnapshot {
  const value = inspectable(thrown);
  if (!(value instanceof Error)) return { name: "", message: shorten(describeValue(value)) };
  try {
    const { name, message, stack, cause } = value;
    const errors = value instanceof AggregateError ? value.errors : undefined;
    return assemble({ name, message, stack, cause, errors }, errorSnapshot, depth);
  } catch {
    return { name: "Error", message: describeError(value) };
  }
}

/** The same for an error on record. */
export function envelopeSnapshot(thrown: ThrownEnvelope, depth = 0): ErrorSnapshot {
  if (!("error" in thrown)) return { name: "", message: shorten(describeValue(thrown.value)) };
  const { name, message, stack, cause, errors }: ErrorEnvelope = thrown.error;
  return assemble({ name, message, stack, cause, errors }, envelopeSnapshot, depth);
}

/** An error in one line, such as `TypeError: no such row`. */
export function inShort({ name, message }: ErrorSnapshot): string {
  return name === "" ? `thrown: ${message}` : message === "" ? name : `${name}: ${message}`;
}

/** What made a task fail, without the error that only says that all attempts have. */
export function originOf(error: ErrorSnapshot): ErrorSnapshot {
  return error.name === "RetryExhaustedError" && error.cause !== undefined ? error.cause : error;
}

/** An error with its stack, and those of its causes and parts, as lines. */
export function failureLines(error: ErrorSnapshot, indent = ""): string[] {
  const lines = inShort(error).split("\n").map((line) => indent + line);
  for (const frame of error.stack?.split("\n") ?? []) lines.push(`${indent}    ${frame}`);
  for (const part of error.errors ?? []) lines.push(...failureLines(part, `${indent}  - `).map(continued(indent)));
  if (error.cause !== undefined) {
    const [first, ...rest] = failureLines(error.cause, indent);
    lines.push(`${indent}Caused by: ${first!.slice(indent.length)}`, ...rest);
  }
  return lines;
}

/** Only the first line of a part has the dash. */
function continued(indent: string): (line: string, index: number) => string {
  return (line, index) => index === 0 ? line : line.replace(`${indent}  - `, `${indent}    `);
}

interface Parts<T> {
  readonly name: unknown;
  readonly message: unknown;
  readonly stack: unknown;
  readonly cause: T | undefined;
  readonly errors: readonly T[] | undefined;
}

function assemble<T>(
  { name, message, stack, cause, errors }: Parts<T>,
  convert: (thrown: T, depth: number) => ErrorSnapshot,
  depth: number,
): ErrorSnapshot {
  const frames = framesOf(stack);
  const isDeep = depth >= MAX_DEPTH;
  return {
    name: shorten(String(name)),
    message: shorten(String(message)),
    ...(frames !== "" && { stack: frames }),
    ...(cause !== undefined && !isDeep && { cause: convert(cause, depth + 1) }),
    ...(errors !== undefined && !isDeep && {
      errors: Array.from(errors).slice(0, MAX_ERRORS).map((each) => convert(each, depth + 1)),
    }),
  };
}

/** The frames of a stack that are not this package's or Deno's own. */
function framesOf(stack: unknown): string {
  if (typeof stack !== "string") return "";
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line)).map((line) => line.trim());
  return frames.filter((frame) => !frame.includes(PACKAGE) && !/\((?:ext|node):|at (?:ext|node):/.test(frame))
    .slice(0, MAX_FRAMES).map(shorten).join("\n");
}

function shorten(text: string): string {
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE)}…`;
}
