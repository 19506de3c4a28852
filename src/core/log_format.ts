/**
 * How a runner writes to its logger.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import { thrownToJson } from "./error_json.ts";
import { logText } from "./log_text.ts";
import type { Logger, LogLevel } from "./logger.ts";

/**
 * How a runner writes to its logger:
 *
 * - `"text"`: as for `console`: a message, and values and errors after it. What a task logs has its id in front: `[load#1]`.
 * - `"fields"`: an object first and then the message, as pino and bunyan take it. The object has `task` (the id), `name`,
 *   `attempt` and `label` of the task, as far as it is about one, and `err`, the error, if there is one.
 * - `"json"`: one string, a line of JSON with the same as fields, and `time`, `level`, `runner` and `message`; `error` is the
 *   error as plain data, with its stack and cause.
 *
 * @example A line of JSON for what a task logs
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { currentTask, type LogFormat, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const lines: string[] = [];
 * const keep = (line: string) => void lines.push(line);
 * const logFormat: LogFormat = "json";
 * await using runner = new TaskRunner({ name: "shop", logFormat, logger: { debug: keep, info: keep, warn: keep, error: keep } });
 * await runner.submit(task({ name: "load" }, () => currentTask()!.log("page", 3)));
 * const { time, ...line } = JSON.parse(lines[0]!);
 * assertEquals(line, { level: "info", runner: "shop", task: "load#1", name: "load", attempt: 1, message: "page 3" });
 * ```
 */
export type LogFormat = "text" | "fields" | "json";

/** The names of all formats. */
export const LOG_FORMATS: readonly LogFormat[] = ["text", "fields", "json"];

/** A task, as far as a line is about it. */
export interface LoggedTask {
  readonly id: string;
  readonly name: string;
  readonly label?: string | undefined;
}

/** What a logger needs of a runner. */
export interface LoggingRunner {
  readonly name: string;
  readonly clock: Pick<Clock, "now">;
}

/** First among what the engine logs about a task: what becomes fields, or a prefix. Loggers never see it. */
export class About {
  readonly task: LoggedTask;
  readonly attempt: number | undefined;
  /** Whether the message does not say which task it is about, so that the format `"text"` puts its id in front. */
  readonly isPrefix: boolean;

  constructor(task: LoggedTask, attempt: number | undefined, isPrefix: boolean) {
    this.task = task;
    this.attempt = attempt;
    this.isPrefix = isPrefix;
  }
}

/**
 * A logger that writes to another one in a format. It takes an {@linkcode About} before anything else.
 *
 * @param runner The name of the runner, and its clock.
 */
export function formatting(logger: Logger, format: LogFormat, runner: LoggingRunner): Logger {
  const write = WRITERS[format];
  const at = (level: LogLevel) => (...data: unknown[]) => write(logger, level, data, runner);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), verbose: logger.verbose };
}

/** Returns what the logger returns: it may be a promise, which no one must leave alone. */
type Write = (logger: Logger, level: LogLevel, data: readonly unknown[], runner: LoggingRunner) => unknown;

const WRITERS: Readonly<Record<LogFormat, Write>> = {
  text(logger, level, data) {
    const [about, ...rest] = data;
    if (!(about instanceof About)) return logger[level](...data);
    return about.isPrefix ? logger[level](`[${about.task.id}]`, ...rest) : logger[level](...rest);
  },

  fields(logger, level, data) {
    const { about, error, message } = partsOf(data);
    return logger[level]({ ...fieldsOf(about), ...(error !== undefined && { err: error }) }, message);
  },

  json(logger, level, data, runner) {
    const { about, error, message } = partsOf(data);
    return logger[level](JSON.stringify({
      time: new Date(runner.clock.now()).toISOString(),
      level,
      runner: runner.name,
      ...fieldsOf(about),
      message,
      ...(error !== undefined && { error: thrownToJson(error) }),
    }));
  },
};

interface Parts {
  readonly about: About | undefined;
  /** The first error. */
  readonly error: Error | undefined;
  /** The rest, as `console` shows it. */
  readonly message: string;
}

function partsOf(data: readonly unknown[]): Parts {
  const about = data[0] instanceof About ? data[0] : undefined;
  const rest = about === undefined ? data : data.slice(1);
  const error = rest.find((each): each is Error => Error.isError(each));
  const words = error === undefined ? rest : rest.filter((each) => each !== error);
  return { about, error, message: words.length === 0 && error !== undefined ? String(error.message) : logText(words) };
}

function fieldsOf(about: About | undefined): Record<string, unknown> {
  if (about === undefined) return {};
  const { task: { id, name, label }, attempt } = about;
  return {
    task: id,
    name,
    ...(attempt !== undefined && { attempt }),
    ...(label !== undefined && { label }),
  };
}
