/**
 * How far the clocks of a time zone are from UTC, and when that changes.
 *
 * @module
 */

/** A time between two changes. */
export interface Span {
  /** When it began, in milliseconds since the epoch, or `-Infinity`. */
  readonly start: number;
  /** When it ends, or `Infinity`. */
  readonly end: number;
  /** What clocks are ahead of UTC, in milliseconds. */
  readonly offset: number;
  /** What they were ahead before it began. */
  readonly offsetBefore: number;
}

/** A time zone; one object for each. */
export class Zone {
  static readonly #known = new Map<string, Zone>();
  readonly name: string;
  /** The span that was asked for last: it is the one that is asked for next. */
  #span: Span | undefined;

  private constructor(name: string) {
    this.name = name;
  }

  /**
   * The zone of that name, such as `"Europe/Berlin"`; by default the one that this computer is in.
   *
   * @throws {RangeError} If there is none.
   */
  static named(name: string | undefined, what: string): Zone {
    const found = name ?? Temporal.Now.timeZoneId();
    let zone = Zone.#known.get(found);
    if (zone === undefined) {
      try {
        // Temporal takes whole dates for zones, and Intl a few that Temporal does not know.
        new Intl.DateTimeFormat("en", { timeZone: found });
        Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(found);
      } catch (cause) {
        throw new RangeError(`${what} must be a time zone such as "Europe/Berlin" or "UTC", not "${found}"`, { cause });
      }
      Zone.#known.set(found, zone = new Zone(found));
    }
    return zone;
  }

  /** The span in which a time lies, in milliseconds since the epoch. */
  spanAt(time: number): Span {
    const last = this.#span;
    if (last !== undefined && last.start <= time && time < last.end) return last;
    const at = Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(this.name);
    // One that begins at this very millisecond counts.
    const start = at.add({ milliseconds: 1 }).getTimeZoneTransition("previous");
    const before = start?.subtract({ nanoseconds: 1 });
    return this.#span = {
      start: start?.epochMilliseconds ?? -Infinity,
      end: at.getTimeZoneTransition("next")?.epochMilliseconds ?? Infinity,
      offset: at.offsetNanoseconds / 1e6,
      offsetBefore: (before ?? at).offsetNanoseconds / 1e6,
    };
  }
}
