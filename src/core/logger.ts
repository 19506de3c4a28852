/**
 * Where the engine writes messages for people.
 *
 * @module
 */

/** The levels of a log, least important first. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * The part of `console` that the engine uses. Most loggers have it.
 *
 * @example Keep messages in an array
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { currentTask, type Logger, TaskRunner } from "@workflowy/workflowy";
 *
 * const lines: unknown[][] = [];
 * const keep = (...data: unknown[]) => void lines.push(data);
 * const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };
 *
 * await using runner = new TaskRunner({ logger });
 * await runner.submit(function hello() {
 *   currentTask()!.log("hi");
 * });
 * assertEquals(lines.at(-1), ["[hello#1]", "hi"]);
 * ```
 */
export interface Logger {
  /**
   * Writes details that help to find a fault.
   *
   * @param data Strings, and values that are printed after them.
   */
  debug(...data: unknown[]): void;
  /**
   * Writes what happened as planned.
   *
   * @param data Strings, and values that are printed after them.
   */
  info(...data: unknown[]): void;
  /**
   * Writes what should be looked at, though work continues.
   *
   * @param data Strings, and values that are printed after them.
   */
  warn(...data: unknown[]): void;
  /**
   * Writes what failed.
   *
   * @param data Strings, and values that are printed after them.
   */
  error(...data: unknown[]): void;
  /** Whether lines that tasks print in subprocesses get the name of their task in front. Default: `false`. */
  readonly verbose?: boolean | undefined;
}

/**
 * Checks a logger.
 *
 * @param owner What it belongs to, as errors say it, such as `of the runner`.
 * @throws {TypeError} If a method is missing.
 */
export function checkLogger(logger: Logger, owner: string): void {
  for (const level of ["debug", "info", "warn", "error"] as const) {
    if (typeof logger?.[level] === "function") continue;
    throw new TypeError(`logger ${owner} must have the methods debug, info, warn and error, as console has`);
  }
}

/**
 * A logger that never throws, nor lets a promise reject that it returns. The failure of a logger cannot be logged, and must not
 * stop the tasks, or end the program. If it fails with values that cannot be printed, as their getters throw, at least the words
 * are written.
 */
export function unfailing(logger: Logger): Logger {
  const write = (level: LogLevel) => (...data: unknown[]) => {
    const words = data.filter((each) => typeof each === "string");
    if (tryToLog(logger, level, data) || words.length === data.length) return;
    tryToLog(logger, level, words);
  };
  const [debug, info, warn, error] = [write("debug"), write("info"), write("warn"), write("error")];
  return { debug, info, warn, error, verbose: logger.verbose };
}

function tryToLog(logger: Logger, level: LogLevel, data: readonly unknown[]): boolean {
  try {
    const writing: unknown = logger[level](...data);
    if (writing instanceof Promise) writing.catch(() => {});
    return true;
  } catch {
    return false;
  }
}
