/**
 * How far the clocks of a time zone are ahead of UTC, and when that changes.
 *
 * @module
 */

import { hasTemporal, temporalMissing } from "./temporal.ts";

/** The time between two changes of a zone's offset. */
export interface OffsetSpan {
  /** When it begins, in milliseconds since the epoch, or `-Infinity`. */
  readonly start: number;
  /** When it ends, or `Infinity`. */
  readonly end: number;
  /** How far clocks are ahead of UTC, in milliseconds. */
  readonly offset: number;
  /** How far they were ahead before it began. */
  readonly offsetBefore: number;
}

/** The name of the zone for which Temporal is not needed. */
const UTC = "UTC";
const UTC_SPAN: OffsetSpan = { start: -Infinity, end: Infinity, offset: 0, offsetBefore: 0 };
/** Spans of a zone that are kept. Jobs ask for those from now until they are due next, which are few. */
const MAX_SPANS = 16;

/** A time zone; there is one object for each name. */
export class TimeZone {
  static readonly #known = new Map<string, TimeZone>();
  readonly name: string;
  /** The spans that were asked for last. */
  readonly #spans: OffsetSpan[] = [];

  private constructor(name: string) {
    this.name = name;
    if (name === UTC) this.#spans.push(UTC_SPAN);
  }

  /**
   * The zone of a name such as `"Europe/Berlin"`.
   *
   * @param name Default: the zone of this computer.
   * @param what How an error calls the name, such as `timezone of a cron job`.
   * @throws {RangeError} If there is no such zone.
   * @throws {Error} If this version of Deno cannot tell the times of that zone.
   */
  static named(name: string | undefined, what: string): TimeZone {
    const found = name ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    let zone = TimeZone.#known.get(found);
    if (zone === undefined) {
      if (found !== UTC) checkZone(found, what);
      TimeZone.#known.set(found, zone = new TimeZone(found));
    }
    return zone;
  }

  /** The span that contains a time, in milliseconds since the epoch. */
  spanAt(time: number): OffsetSpan {
    for (const span of this.#spans) if (span.start <= time && time < span.end) return span;
    const at = Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(this.name);
    // A span that begins at this very millisecond is the one.
    const start = at.add({ milliseconds: 1 }).getTimeZoneTransition("previous");
    const before = start?.subtract({ nanoseconds: 1 });
    const span: OffsetSpan = {
      start: start?.epochMilliseconds ?? -Infinity,
      end: at.getTimeZoneTransition("next")?.epochMilliseconds ?? Infinity,
      offset: at.offsetNanoseconds / 1e6,
      offsetBefore: (before ?? at).offsetNanoseconds / 1e6,
    };
    if (this.#spans.length >= MAX_SPANS) this.#spans.shift();
    this.#spans.push(span);
    return span;
  }
}

function checkZone(name: string, what: string): void {
  let at: Temporal.ZonedDateTime | undefined;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    // Temporal takes dates for zones as well, and Intl some names that Temporal does not know.
    if (hasTemporal()) at = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
  } catch (cause) {
    throw new RangeError(`${what} must be a time zone such as "Europe/Berlin" or "UTC", not "${name}"`, { cause });
  }
  if (at === undefined || !tellsTransitions(at)) {
    throw temporalMissing(`A cron job in the time zone "${name}"`, 'timezone: "UTC"');
  }
}

/** Deno 2.5 has `Temporal` as an unstable feature, but cannot tell when offsets change. */
function tellsTransitions(at: Temporal.ZonedDateTime): boolean {
  try {
    at.getTimeZoneTransition("next");
    return true;
  } catch {
    return false;
  }
}
