/**
 * Listening to what is printed by `console`.
 *
 * @module
 */

import { logText } from "./log_text.ts";
import type { LogLevel } from "./logger.ts";

/** The methods that print, or change how the others do. */
const METHODS = [
  "debug",
  "log",
  "info",
  "warn",
  "error",
  "dir",
  "dirxml",
  "table",
  "trace",
  "assert",
  "count",
  "countReset",
  "time",
  "timeLog",
  "timeEnd",
  "group",
  "groupCollapsed",
  "groupEnd",
] as const;

type Method = typeof METHODS[number];

/** What listens. */
export interface ConsoleTap {
  /** Whether the code that prints now is of interest. Called for each call of `console`, so it is quick. */
  wants(): boolean;
  /**
   * Takes what is printed.
   *
   * @param text As it would be printed, with colours where there would be some, and with the line break at the end.
   * @returns Whether it is taken, so that `console` does not print it.
   */
  print(level: LogLevel, text: string): boolean;
}

/** How many calls of `untapped()` are under way. */
let untappedCalls = 0;

/** Calls a function that may print and that no tap is to hear. */
export function untapped<R>(fn: () => R): R {
  untappedCalls++;
  try {
    return fn();
  } finally {
    untappedCalls--;
  }
}

/**
 * Listens to the `console` of this program or thread.
 *
 * @returns A function that ends it. `console` is as before then, unless other code has changed it since.
 */
export function tapConsole(tap: ConsoleTap): () => void {
  const methods = console as unknown as Record<Method, (...args: unknown[]) => void>;
  const format = formatter();
  let isOn = true;
  const undo = METHODS.map((method) => {
    const original = methods[method];
    const tapped = function (this: unknown, ...args: unknown[]): void {
      if (!isOn || untappedCalls > 0 || !tap.wants()) return original.apply(this, args);
      // What follows may print as well: some methods call others, and the listener may do as it likes.
      untapped(() => {
        const { level, text } = format(method, args);
        if (text === "" || !tap.print(level, text)) original.apply(this, args);
      });
    };
    methods[method] = tapped;
    return () => {
      if (methods[method] === tapped) methods[method] = original;
    };
  });
  return () => {
    isOn = false;
    for (const each of undo) each();
  };
}

interface Printed {
  readonly level: LogLevel;
  /** Empty if nothing is printed. */
  readonly text: string;
}

/** Returns what a call of `console` would print. */
type Formatter = (method: Method, args: readonly unknown[]) => Printed;

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn"];
const PLAIN: Partial<Record<Method, LogLevel>> = {
  debug: "debug",
  log: "info",
  info: "info",
  dir: "info",
  dirxml: "info",
  warn: "warn",
  error: "error",
};

/**
 * Deno's own console, which is not documented, with another place to print to. Where it is missing, the methods that print
 * their arguments are heard, and the others print as ever.
 */
function formatter(): Formatter {
  const Console = denoConsole();
  if (Console === undefined) {
    return (method, args) => {
      const level = PLAIN[method];
      return level === undefined ? { level: "info", text: "" } : { level, text: `${logText(args)}\n` };
    };
  }
  let printed: { text: string; level: number } = { text: "", level: 0 };
  const own = new Console((text, level) => {
    printed = { text: printed.text + text, level: Math.max(printed.level, level) };
  });
  return (method, args) => {
    printed = { text: "", level: 0 };
    own[method](...args);
    return { level: LEVELS[printed.level] ?? "error", text: printed.text };
  };
}

type DenoConsole = new (print: (text: string, level: number) => void) => Record<
  Method,
  (...args: readonly unknown[]) => void
>;

function denoConsole(): DenoConsole | undefined {
  const { internal } = Deno as { internal?: symbol };
  const internals = internal && Reflect.get(Deno, internal) as { Console?: unknown } | undefined;
  const found = internals?.Console;
  return typeof found === "function" ? found as DenoConsole : undefined;
}
