/**
 * Values and errors, shortened for a sentence.
 *
 * @module
 */

const LONGEST = 300;

/** What was thrown, as a person would quote it within a sentence: `TypeError: no such row`, or the value itself. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${describeValue(error)}`;
  return shorten(textOf(error).replace(/\.$/, ""));
}

/** A user's error may throw when it is asked what it is; whoever describes it has another error to report. */
function textOf(error: Error): string {
  try {
    return `${error.name}: ${error.message}`;
  } catch {
    return "an error that throws when asked for its name or message";
  }
}

/** A value as it would stand in a program, cut to a readable length. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return shorten(JSON.stringify(value));
  if (typeof value === "function") return value.name === "" ? "a function" : `function ${value.name}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === "string" && name !== "Object" ? `a ${name}` : "an object";
}

function shorten(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
