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
