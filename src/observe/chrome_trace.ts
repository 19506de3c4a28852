/**
 * A run in the Trace Event Format, which Chrome's tools, Perfetto and speedscope read.
 *
 * Perfetto leaves out a slice that overlaps another one of its thread, and an arrow that does not begin and end in a slice.
 * Times of a run are in whole milliseconds, and many tasks take less: such slices get a microsecond each, one after the
 * other, and after those that they depend on.
 *
 * @module
 */

import { type Bar, lanesOf } from "./lanes.ts";
import { harmless, oneLine } from "./printable.ts";
import type { RunSnapshot, TaskSnapshot } from "./run_snapshot.ts";

/** A run with more dependencies is written without arrows: no one could see them, and they take more room than the tasks. */
const MAX_ARROWS = 20_000;

/** One event. Times are in microseconds. */
interface TraceEvent {
  readonly ph: "X" | "M" | "s" | "f";
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly id?: number;
  readonly bp?: "e";
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Writes a run: a process for each pool, a thread for each lane, a slice for each attempt, an arrow for each dependency. */
export function traceOf(run: RunSnapshot): string {
  const { start, pools } = lanesOf(run);
  const time = (at: number) => Math.round((at - start) * 1_000);
  const names: TraceEvent[] = [];
  const slices: { bar: Bar; pid: number; tid: number; lane: { end: number } }[] = [];
  pools.forEach(({ pool, lanes }, number) => {
    const pid = number + 1;
    const about = (name: string, tid: number, args: Record<string, unknown>) =>
      names.push({ ph: "M", name, pid, tid, args });
    about("process_name", 0, { name: pool === "" ? "tasks" : `pool ${oneLine(pool)}` });
    about("process_sort_index", 0, { sort_index: number });
    lanes.forEach(({ worker, bars }, index) => {
      const tid = index + 1;
      about("thread_name", tid, { name: oneLine(worker ?? `slot ${tid}`) });
      about("thread_sort_index", tid, { sort_index: tid });
      const lane = { end: 0 };
      for (const bar of bars) slices.push({ bar, pid, tid, lane });
    });
  });
  slices.sort(({ bar: a }, { bar: b }) => a.start - b.start || a.end - b.end || a.task - b.task);
  const arrows = run.tasks.reduce((sum, { dependsOn }) => sum + dependsOn.length, 0);
  const timed: (TraceEvent & { readonly ts: number })[] = [];
  const places = new Map<number, Place>();
  let id = 0;
  for (const { bar, pid, tid, lane } of slices) {
    const task = run.tasks[bar.task]!;
    const isFirst = !places.has(bar.task);
    const causes = isFirst && arrows <= MAX_ARROWS
      ? task.dependsOn.flatMap((index) => places.get(index) ?? []).filter(({ bar: { end } }) => end <= bar.start)
      : [];
    const begin = causes.reduce((latest, { end }) => Math.max(latest, end), Math.max(time(bar.start), lane.end));
    const place: Place = { bar, pid, tid, start: begin, end: Math.max(begin + 1, time(bar.end)) };
    lane.end = place.end;
    places.set(bar.task, place);
    timed.push(sliceOf(task, place));
    for (const from of causes) {
      const flow = { name: "dependency", cat: "dependency", id: ++id };
      // An arrow begins inside of the slice that it comes from.
      timed.push({ ph: "s", ...flow, pid: from.pid, tid: from.tid, ts: from.end - 1 });
      timed.push({ ph: "f", bp: "e", ...flow, pid, tid, ts: begin });
    }
  }
  timed.sort((a, b) => a.ts - b.ts);
  const otherData = { title: oneLine(run.title), start: new Date(start).toISOString() };
  return `{"displayTimeUnit":"ms","otherData":${JSON.stringify(otherData)},"traceEvents":[\n${
    [...names, ...timed].map((event) => JSON.stringify(event)).join(",\n")
  }\n]}\n`;
}

/** Where a slice is. Times are in microseconds. */
interface Place {
  readonly bar: Bar;
  readonly pid: number;
  readonly tid: number;
  readonly start: number;
  readonly end: number;
}

function sliceOf(task: TaskSnapshot, place: Place): TraceEvent & { readonly ts: number } {
  const { id, name, label, args, tags } = task;
  const { attempt, start, waitedFrom } = place.bar;
  return {
    ph: "X",
    name: oneLine(label === undefined ? name : `${name}: ${label}`),
    cat: attempt.status,
    pid: place.pid,
    tid: place.tid,
    ts: place.start,
    dur: place.end - place.start,
    args: {
      id: harmless(id),
      attempt: attempt.number,
      status: attempt.status,
      ...(label !== undefined && { label: harmless(label) }),
      ...(args !== undefined && { args: harmless(args) }),
      ...(tags !== undefined && { tags: harmless(tags.join(", ")) }),
      ...(waitedFrom !== undefined && { waited_ms: Math.round(start - waitedFrom) }),
      ...(attempt.error !== undefined && { error: harmless(attempt.error) }),
    },
  };
}
