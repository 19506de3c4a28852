/**
 * Records of a worker, read and passed on.
 *
 * @module
 */

import { fromEnvelope } from "../../serialization/envelope.ts";
import type { ChannelListener } from "../channel.ts";
import type { ByteReader } from "./bytes.ts";
import { CONTINUES, type Flow, FROM, IDLE, LEVELS, PAUSED } from "./messages.ts";

/**
 * Tells a listener what a record says. Returns the record's kind, if it is one of those that the channel itself has to
 * deal with.
 *
 * @throws {RangeError | TypeError} If it is not a record.
 */
export function dispatchRecord(record: ByteReader, to: ChannelListener): number | undefined {
  const kind = record.byte();
  switch (kind) {
    case FROM.done:
      to.done(record.whole(), flowOf(record.byte()), record.value());
      return undefined;
    case FROM.failed:
      to.failed(record.whole(), flowOf(record.byte()), fromEnvelope(record.value()));
      return undefined;
    case FROM.timedOut:
      to.timedOut(record.whole(), flowOf(record.byte()));
      return undefined;
    case FROM.progress:
      to.progress(record.whole(), record.number(), optionalText(record.value()));
      return undefined;
    case FROM.log:
      to.log(record.whole(), levelOf(record.byte()), list(record.value()));
      return undefined;
    case FROM.print:
      to.print(record.whole(), levelOf(record.byte()), record.byte() === 1 ? "console" : "output", record.text());
      return undefined;
    case FROM.begun:
      to.begun(record.whole());
      return undefined;
    case FROM.started:
      to.started(record.whole());
      return undefined;
    case FROM.requestCredit:
      to.creditRequested();
      return undefined;
    case FROM.heardAbort:
      to.heardAbort(record.whole());
      return undefined;
    case FROM.ready:
    case FROM.lost:
    case FROM.ended:
    case FROM.outOfBand:
      return kind;
  }
  throw new TypeError(`There is no kind ${kind} of records`);
}

function flowOf(value: number): Flow {
  if (value === CONTINUES || value === PAUSED || value === IDLE) return value;
  throw new RangeError(`There is no flow ${value}`);
}

function levelOf(index: number): typeof LEVELS[number] {
  const level = LEVELS[index];
  if (level === undefined) throw new RangeError(`There is no level ${index} of a log`);
  return level;
}

function optionalText(value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new TypeError("A progress message must be a string");
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError("Logged data must be an array");
}
