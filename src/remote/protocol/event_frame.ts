/**
 * What workers say of attempts while they have them. Such frames may be lost: nothing depends on one of them.
 *
 * @module
 */

import type { LogLevel } from "../../core/logger.ts";
import type { ByteWriter } from "../../pools/protocol/bytes.ts";
import { newFrame, readAmount, readerOf } from "./frame.ts";
import { isToken } from "./token.ts";

/**
 * - `begun`: its body runs.
 * - `held`: the worker has it, and its body does not run: it stands in line, or its outcome is not known to be kept.
 */
export type AttemptEvent =
  | { readonly kind: "begun" | "held" }
  | { readonly kind: "progress"; readonly fraction: number; readonly message: string | undefined }
  | { readonly kind: "log"; readonly level: LogLevel; readonly data: readonly unknown[] };

/** An event, as it is read. */
export interface EventRecord {
  readonly token: string;
  readonly worker: string;
  readonly event: AttemptEvent;
}

const KINDS = ["begun", "held", "progress", "log"] as const;
const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

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

  /** Adds an event; returns `false` if there is no room for it. */
  add(token: string, event: AttemptEvent): boolean {
    const writer = this.#writer;
    const start = writer.length;
    writer.text(token);
    writer.byte(KINDS.indexOf(event.kind));
    if (event.kind === "progress") {
      writer.number(event.fraction);
      writer.value(event.message, "the message");
    } else if (event.kind === "log") {
      writer.byte(LOG_LEVELS.indexOf(event.level));
      writer.value(event.data, "the data");
    }
    if (writer.length <= this.#maxFrame) {
      this.count++;
      return true;
    }
    writer.length = start;
    return false;
  }
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
    }
    throw new TypeError("An event of an unknown kind");
  }
}
