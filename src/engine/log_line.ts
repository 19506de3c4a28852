/**
 * A line that a task has logged or printed.
 *
 * @module
 */

import { logText } from "../core/log_text.ts";
import type { LogLevel } from "../core/logger.ts";
import type { LineSource, LogLine } from "../core/observations.ts";

/** A line, whose text is made when it is asked for. */
export class Line implements LogLine {
  readonly attempt: number;
  readonly level: LogLevel;
  readonly at: Date;
  readonly source: LineSource;
  readonly data: readonly unknown[];
  #text: string | undefined;

  /** @param now Milliseconds since the epoch. */
  constructor(attempt: number, level: LogLevel, now: number, source: LineSource, data: readonly unknown[]) {
    this.attempt = attempt;
    this.level = level;
    this.at = new Date(now);
    this.source = source;
    this.data = data;
  }

  get text(): string {
    return this.#text ??= logText(this.data);
  }
}
