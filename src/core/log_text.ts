/**
 * What is logged, as a string.
 *
 * @module
 */

import { nodeModule } from "./node_builtins.ts";

const INSPECT: Deno.InspectOptions = { colors: false };

/** The string that `console` would show, without colours. */
export function logText(data: readonly unknown[]): string {
  const [first] = data;
  // Rare, and the module for it takes milliseconds to load.
  if (typeof first === "string" && data.length > 1 && first.includes("%")) {
    return nodeModule("node:util").format(...data);
  }
  return data.map((each) => typeof each === "string" ? each : inspect(each)).join(" ");
}

/** A value as `console` shows it, without colours. Getters in it may throw. */
export function inspect(value: unknown): string {
  try {
    return Deno.inspect(value, INSPECT);
  } catch {
    return "(a value that cannot be shown)";
  }
}

// deno-lint-ignore no-control-regex
const ESCAPES = /\x1b\[[\d;]*m/g;

/** What was printed, without colours and without a line break at the end. */
export function plainText(printed: string): string {
  const text = printed.includes("\x1b") ? printed.replace(ESCAPES, "") : printed;
  return text.endsWith("\n") ? text.slice(0, text.endsWith("\r\n") ? -2 : -1) : text;
}
