/**
 * Parsers of what stands on a command line.
 *
 * @module
 */

/** A word as it is. */
export const asIs = (text: string): string => text;

/**
 * A whole number of 0 or more.
 *
 * @throws {RangeError} If it is something else.
 */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new RangeError(`a whole number of 0 or more, not "${text}"`);
}

/**
 * The number of a port; 0 for any free one.
 *
 * @throws {RangeError} If it is something else.
 */
export function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new RangeError(`a whole number from 0 to 65535, not "${text}"`);
}

/** The option to print JSON. */
export const json = { kind: "boolean", optional: true, withNegated: false, brief: "Print JSON" } as const;

/** The option that says which program is meant. */
export const program = {
  kind: "parsed",
  parse: asIs,
  optional: true,
  brief: "The program: its process number or its name; needed if several run",
  placeholder: "PROGRAM",
} as const;

/** The option that says which of its runners is meant. */
export const runner = {
  kind: "parsed",
  parse: asIs,
  optional: true,
  brief: "One of its runners: name or number (default: the newest)",
  placeholder: "RUNNER",
} as const;

/** The option that says which checkpoint of a database is meant. */
export const prefix = {
  kind: "parsed",
  parse: asIs,
  optional: true,
  brief: "The prefix in Deno KV (a,b for two parts) or in Postgres",
  placeholder: "PREFIX",
} as const;

/** A checkpoint, or a program that runs; without a word the program that runs. */
export const subject = {
  brief: "A file, kv:PATH or postgres://…, or a program that runs",
  placeholder: "checkpoint|program",
  parse: asIs,
  optional: true,
} as const;

/** How those are told apart, for the help of commands. */
export const SUBJECTS = `A checkpoint is a file, kv:PATH (Deno KV), kv: (Deno's own database), or
postgres://… with a --prefix. It is read as it is, also while its program runs,
and never changed. In its place, the number or the name of a program that runs
may stand, as workflowy ps lists it; without either, it is the only one that runs.`;
