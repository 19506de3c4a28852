/**
 * A run in the format that Chrome's tools, Perfetto and speedscope read.
 *
 * @module
 */

import { type Bar, lanesOf } from "./lanes.ts";
import { oneLine } from "./printable.ts";
import type { RunSnapshot, TaskSnapshot } from "./run_snapshot.ts";

/** A run with more dependencies is written without arrows: no one could see them, and they take more room than the tasks. */
const MAX_ARROWS = 20_000;

/** One event. Times are in microseconds. */
interface TraceEvent {
  readonly ph: "X" | "M" | "s" | "f" | "b" | "e";
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
  const events: TraceEvent[] = [];
  const places = new Map<number, { first: Place; last: Place }>();
  pools.forEach(({ pool, lanes }, number) => {
    const pid = number + 1;
    const about = (name: string, tid: number, args: Record<string, unknown>) =>
      events.push({ ph: "M", name, pid, tid, args });
    about("process_name", 0, { name: pool === "" ? "tasks" : `pool ${oneLine(pool)}` });
    about("process_sort_index", 0, { sort_index: number });
    lanes.forEach(({ worker, bars }, lane) => {
      const tid = lane + 1;
      about("thread_name", tid, { name: oneLine(worker ?? `slot ${tid}`) });
      about("thread_sort_index", tid, { sort_index: tid });
      for (const bar of bars) {
        const task = run.tasks[bar.task]!;
        const place = { pid, tid, start: time(bar.start), end: time(bar.end) };
        events.push(sliceOf(bar, task, place));
        const known = places.get(bar.task);
        places.set(bar.task, { first: known?.first ?? place, last: place });
      }
    });
  });
  let id = 0;
  const arrows = run.tasks.reduce((sum, { dependsOn }) => sum + dependsOn.length, 0);
  if (arrows <= MAX_ARROWS) {
    run.tasks.forEach(({ dependsOn }, index) => {
      const to = places.get(index)?.first;
      if (to === undefined) return;
      for (const dependency of dependsOn) {
        const from = places.get(dependency)?.last;
        if (from === undefined) continue;
        id++;
        const flow = { name: "dependency", cat: "dependency", id };
        // An arrow begins inside of the slice that it comes from.
        events.push({ ph: "s", ...flow, pid: from.pid, tid: from.tid, ts: Math.max(from.start, from.end - 1) });
        events.push({ ph: "f", bp: "e", ...flow, pid: to.pid, tid: to.tid, ts: to.start });
      }
    });
  }
  const otherData = { title: oneLine(run.title), start: new Date(start).toISOString() };
  return `{"displayTimeUnit":"ms","otherData":${JSON.stringify(otherData)},"traceEvents":[\n${
    events.map((event) => JSON.stringify(event)).join(",\n")
  }\n]}\n`;
}

interface Place {
  readonly pid: number;
  readonly tid: number;
  readonly start: number;
  readonly end: number;
}

function sliceOf({ attempt, start, waitedFrom }: Bar, task: TaskSnapshot, place: Place): TraceEvent {
  const { id, name, label, args, tags } = task;
  return {
    ph: "X",
    name: oneLine(label === undefined ? name : `${name}: ${label}`),
    cat: attempt.status,
    pid: place.pid,
    tid: place.tid,
    ts: place.start,
    dur: Math.max(1, place.end - place.start),
    args: {
      id,
      attempt: attempt.number,
      status: attempt.status,
      ...(label !== undefined && { label }),
      ...(args !== undefined && { args }),
      ...(tags !== undefined && { tags: tags.join(", ") }),
      ...(waitedFrom !== undefined && { waited_ms: Math.round(start - waitedFrom) }),
      ...(attempt.error !== undefined && { error: attempt.error }),
    },
  };
}
