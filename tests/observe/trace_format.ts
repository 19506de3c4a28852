/**
 * The Trace Event Format, as far as traces of this package use it, and as strictly as Perfetto reads it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

/** An event of a trace, whose form was checked. */
export interface TraceEvent {
  readonly ph: "X" | "M" | "s" | "f";
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly cat?: string;
  readonly id?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** The fields that an event has, by its phase. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  X: ["ph", "name", "cat", "pid", "tid", "ts", "dur", "args"],
  M: ["ph", "name", "pid", "tid", "args"],
  s: ["ph", "name", "cat", "id", "pid", "tid", "ts"],
  f: ["ph", "name", "cat", "id", "pid", "tid", "ts", "bp"],
};

/** What names a process or thread, and the field of `args` that it needs. */
const METADATA: Readonly<Record<string, readonly [field: string, type: string]>> = {
  process_name: ["name", "string"],
  process_sort_index: ["sort_index", "number"],
  thread_name: ["name", "string"],
  thread_sort_index: ["sort_index", "number"],
};

/**
 * Checks a trace: its fields and their types, that times ascend, that slices of a thread do not overlap, and that arrows
 * begin and end in slices, forwards in time.
 *
 * @returns Its events.
 */
export function checkedTrace(text: string): TraceEvent[] {
  const { displayTimeUnit, traceEvents, otherData, ...others } = JSON.parse(text);
  assertEquals([displayTimeUnit, Object.keys(others)], ["ms", []]);
  assert(Object.values(otherData).every((value) => typeof value === "string"));
  assert(Array.isArray(traceEvents));
  const events = traceEvents as TraceEvent[];
  events.forEach(checkFields);
  const timed = events.filter(({ ph }) => ph !== "M");
  assertEquals(events.slice(0, events.length - timed.length).every(({ ph }) => ph === "M"), true, "names come first");
  timed.forEach(({ ts }, index) => assert(index === 0 || timed[index - 1]!.ts <= ts, "times ascend"));
  const threads = checkNames(events);
  checkSlices(timed, threads);
  checkArrows(timed);
  return events;
}

function checkFields(event: TraceEvent): void {
  const what = JSON.stringify(event);
  const fields = FIELDS[event.ph];
  assert(fields !== undefined, `an unknown phase: ${what}`);
  assertEquals(Object.keys(event).sort(), fields.toSorted(), what);
  assert(typeof event.name === "string" && event.name !== "", what);
  for (const number of [event.pid, event.tid]) assert(Number.isSafeInteger(number) && number >= 0, what);
  if (event.ph !== "M") assert(Number.isSafeInteger(event.ts) && event.ts >= 0, what);
  if (event.ph === "X") assert(Number.isSafeInteger(event.dur) && event.dur > 0, what);
  if ("cat" in event) assert(typeof event.cat === "string" && event.cat !== "", what);
  if ("id" in event) assert(Number.isSafeInteger(event.id), what);
  if ("bp" in event) assertEquals(event.bp, "e", what);
  if ("args" in event) {
    assert(typeof event.args === "object" && event.args !== null && !Array.isArray(event.args), what);
  }
}

const place = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`;

/** Returns the threads that have a name. */
function checkNames(events: readonly TraceEvent[]): Set<string> {
  const seen = new Set<string>();
  for (const event of events.filter(({ ph }) => ph === "M")) {
    const [field, type] = METADATA[event.name]!;
    assertEquals(Object.keys(event.args!), [field]);
    assertEquals(typeof event.args![field], type);
    assert(event.args![field] !== "", "an empty name is an error for Perfetto");
    const key = `${event.name} ${place(event)}`;
    assert(!seen.has(key), `${key} twice`);
    seen.add(key);
  }
  return seen;
}

function checkSlices(events: readonly TraceEvent[], names: ReadonlySet<string>): void {
  const ends = new Map<string, number>();
  for (const event of events) {
    assert(names.has(`thread_name ${place(event)}`) && names.has(`process_name ${event.pid}/0`));
    if (event.ph !== "X") continue;
    const end = ends.get(place(event)) ?? 0;
    assert(event.ts >= end, `overlaps the slice before it, which ends at ${end}: ${JSON.stringify(event)}`);
    ends.set(place(event), event.ts + event.dur);
  }
}

/** Goes through the events in their order, as Perfetto does: an arrow belongs to the slice that is open at that moment. */
function checkArrows(events: readonly TraceEvent[]): void {
  const open = new Map<string, TraceEvent>();
  const begun = new Map<number, TraceEvent>();
  for (const event of events) {
    if (event.ph === "X") {
      open.set(place(event), event);
      continue;
    }
    const slice = open.get(place(event));
    assert(slice !== undefined && event.ts < slice.ts + slice.dur, `is in no slice: ${JSON.stringify(event)}`);
    if (event.ph === "s") {
      assert(!begun.has(event.id!), "an id begins twice");
      begun.set(event.id!, event);
      continue;
    }
    const from = begun.get(event.id!);
    assert(from !== undefined, `ends before it begins: ${JSON.stringify(event)}`);
    assertEquals([from.name, from.cat], [event.name, event.cat], "flows are told apart by name, category and id");
    begun.delete(event.id!);
  }
  assertEquals(begun.size, 0, "an arrow has no end");
}
