/**
 * Where the engine writes what people should read.
 *
 * @module
 */

/** The levels of a log, the least important first. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** The part of `console` that the engine uses; most loggers have it. */
export interface Logger {
  /** Details for someone who looks for a fault. */
  debug(...data: unknown[]): void;
  /** What went as it should. */
  info(...data: unknown[]): void;
  /** What went on, but should be looked at. */
  warn(...data: unknown[]): void;
  /** What failed. */
  error(...data: unknown[]): void;
  /** Whether to say which task printed a line, for what tasks print in subprocesses; default `false`. */
  readonly verbose?: boolean | undefined;
}

/**
 * Makes sure that something is a logger.
 *
 * @throws {TypeError} If it lacks a method.
 */
export function checkLogger(logger: Logger, whose: string): void {
  for (const level of ["debug", "info", "warn", "error"] as const) {
    if (typeof logger?.[level] === "function") continue;
    throw new TypeError(`logger ${whose} must have the methods debug, info, warn and error, as console has`);
  }
}

/** The logger as one that never throws: if it fails, that has nowhere to be reported to, and must not stop the tasks. */
export function unfailing(logger: Logger): Logger {
  const write = (level: LogLevel) => (...data: unknown[]) => {
    try {
      logger[level](...data);
    } catch {
      return;
    }
  };
  const [debug, info, warn, error] = [write("debug"), write("info"), write("warn"), write("error")];
  return { debug, info, warn, error, verbose: logger.verbose };
}
