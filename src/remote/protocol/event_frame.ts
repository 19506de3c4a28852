/**
 * What workers say of attempts while they have them. Such frames may be lost: nothing depends on one of them.
 *
 * @module
 */

import type { LogLevel } from "../../core/logger.ts";
import { logText } from "../../core/log_text.ts";
import type { ByteWriter } from "../../pools/protocol/bytes.ts";
import { newFrame, readAmount, readerOf } from "./frame.ts";
import { isToken } from "./token.ts";

/**
 * - `begun`: its body runs.
 * - `held`: the worker has it, and its body does not run: it stands in line, or its outcome is not known to be kept.
 * - `print`: its body has printed something, with line breaks and colours.
 */
export type AttemptEvent =
  | { readonly kind: "begun" | "held" }
  | { readonly kind: "progress"; readonly fraction: number; readonly message: string | undefined }
  | { readonly kind: "log"; readonly level: LogLevel; readonly data: readonly unknown[] }
  | { readonly kind: "print"; readonly source: PrintSource; readonly level: LogLevel; readonly text: string };

/** Whether something was printed by `console`, or by other means. */
export type PrintSource = "console" | "output";

/** An event, as it is read. */
export interface EventRecord {
  readonly token: string;
  readonly worker: string;
  readonly event: AttemptEvent;
}

const KINDS = ["begun", "held", "progress", "log", "print"] as const;
const PRINT_SOURCES: readonly PrintSource[] = ["console", "output"];
const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
/** What an event has beside its text, at most, in bytes: the names of the worker and of the attempt. */
const OVERHEAD = 700;
/** How many bytes a character of JavaScript takes, at most. */
const BYTES_PER_CHARACTER = 3;

/** Collects events of one run. */
export class EventBatch {
  /** How many there are. */
  count = 0;
  readonly #writer: ByteWriter = newFrame("events");
  readonly #maxFrame: number;

  constructor(worker: string, maxFrame: number) {
    this.#maxFrame = maxFrame;
    this.#writer.text(worker);
  }

  get frame(): Uint8Array {
    return this.#writer.take();
  }

  /** Adds an event; returns `false` if there is no room for it. In a batch without events there is: what is too long is cut. */
  add(token: string, event: AttemptEvent): boolean {
    return this.#add(token, event) || (this.count === 0 && this.#add(token, cut(event, this.#maxFrame)));
  }

  #add(token: string, event: AttemptEvent): boolean {
    const writer = this.#writer;
    const start = writer.length;
    writer.text(token);
    writer.byte(KINDS.indexOf(event.kind));
    switch (event.kind) {
      case "progress":
        writer.number(event.fraction);
        writer.value(event.message, "the message");
        break;
      case "log":
        writer.byte(LOG_LEVELS.indexOf(event.level));
        this.#writeData(event.data);
        break;
      case "print":
        writer.byte(PRINT_SOURCES.indexOf(event.source));
        writer.byte(LOG_LEVELS.indexOf(event.level));
        writer.text(event.text.toWellFormed());
    }
    if (writer.length <= this.#maxFrame) {
      this.count++;
      return true;
    }
    writer.length = start;
    return false;
  }

  /** What cannot travel goes as the string that `console` would show. */
  #writeData(data: readonly unknown[]): void {
    const start = this.#writer.length;
    try {
      this.#writer.value(data, "the data");
    } catch {
      this.#writer.length = start;
      this.#writer.value([logText(data)], "the data");
    }
  }
}

/** An event with as much of its text as fits into a frame. */
function cut(event: AttemptEvent, maxFrame: number): AttemptEvent {
  const limit = Math.max(0, Math.floor((maxFrame - OVERHEAD) / BYTES_PER_CHARACTER));
  switch (event.kind) {
    case "progress":
      return { ...event, message: event.message?.slice(0, limit) };
    case "log":
      return { ...event, data: [cutText(logText(event.data), limit)] };
    case "print":
      return { ...event, text: cutText(event.text, limit) };
    default:
      return event;
  }
}

function cutText(text: string, limit: number): string {
  const left = text.length - limit;
  return left > 0 ? `${text.slice(0, limit)} … (${left} more characters did not fit into a message)\n` : text;
}

/**
 * Reads events.
 *
 * @throws {TypeError|RangeError|SyntaxError} If the frame has none, or not only such. Those before are valid.
 */
export function* decodeEvents(frame: Uint8Array): Iterable<EventRecord> {
  const reader = readerOf(frame, "events");
  const worker = reader.text();
  while (reader.left > 0) {
    const token = reader.text();
    if (!isToken(token)) throw new TypeError("An event without a valid token");
    const kind = KINDS[reader.byte()];
    yield { token, worker, event: readEvent(kind) };
  }

  function readEvent(kind: AttemptEvent["kind"] | undefined): AttemptEvent {
    switch (kind) {
      case "begun":
      case "held":
        return { kind };
      case "progress": {
        const fraction = Math.min(1, readAmount(reader));
        const message = reader.value();
        return { kind, fraction, message: typeof message === "string" ? message : undefined };
      }
      case "log": {
        const level = LOG_LEVELS[reader.byte()];
        const data = reader.value();
        if (level === undefined || !Array.isArray(data)) throw new TypeError("A log line that is none");
        return { kind, level, data };
      }
      case "print": {
        const source = PRINT_SOURCES[reader.byte()];
        const level = LOG_LEVELS[reader.byte()];
        const text = reader.text();
        if (source === undefined || level === undefined) throw new TypeError("Something printed that is none");
        return { kind, source, level, text };
      }
    }
    throw new TypeError("An event of an unknown kind");
  }
}
