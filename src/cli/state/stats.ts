/**
 * `workflowy state stats`.
 *
 * @module
 */

import { formatMilliseconds } from "../../core/duration.ts";
import { STATUSES } from "../../core/status.ts";
import { matches, type TaskView } from "../../observe/api/task_view.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Output } from "../context.ts";
import { counted, durationOf, localTime, oneLine, styleOf } from "../style.ts";
import { table } from "../table.ts";
import { summary } from "./pages.ts";

/** The tasks of one name in numbers. Durations are in milliseconds, from the start of the last attempt. */
interface NameStats {
  readonly name: string;
  readonly tasks: number;
  readonly completed: number;
  readonly failed: number;
  readonly unfinished: number;
  readonly retries: number;
  readonly medianMs: number | undefined;
  readonly p95Ms: number | undefined;
  readonly maxMs: number | undefined;
  readonly totalMs: number;
}

/** What a narrow window does without. */
const SPARE: readonly string[] = ["COMPLETED", "RETRIES", "MEDIAN", "P95", "MAX"];

/** Counts and durations by name, the longest in all first. */
export function statsPage(snapshot: Snapshot, output: Output): string {
  const tasks = [...snapshot.tasks.values()].map(({ view }) => view).filter((view) => matches(view, snapshot.filter));
  const names = [...Map.groupBy(tasks, ({ name }) => name)].map(([name, group]) => statsOf(name, group))
    .sort((a, b) => b.totalMs - a.totalMs);
  const first = tasks.flatMap(({ submittedAt }) => submittedAt ?? []).sort()[0];
  const last = tasks.flatMap(({ finishedAt }) => finishedAt ?? []).sort().at(-1);
  if (snapshot.json) {
    const counts = Object.fromEntries(
      STATUSES.map((each) => [each, tasks.filter(({ status }) => status === each).length]),
    );
    const times = { firstSubmittedAt: first, lastFinishedAt: last };
    return `${JSON.stringify({ tasks: tasks.length, counts, others: snapshot.others, ...times, names })}\n`;
  }
  const style = styleOf(output);
  const lines = [summary(snapshot, style)];
  const span = durationOf(first, last);
  if (span !== undefined) {
    lines.push(style.dim(`from ${localTime(first)} to ${localTime(last)}, ${formatMilliseconds(span)}`));
  }
  if (snapshot.others > 0) lines.push(style.dim(`${counted(snapshot.others, "record")} of jobs and signals`));
  const head = lines.map((line) => `${line}\n`).join("");
  if (names.length === 0) return head;
  const columns = ["NAME", "TASKS", "COMPLETED", "FAILED", "UNFINISHED", "RETRIES", "MEDIAN", "P95", "MAX", "TOTAL"]
    .map((title) => title === "NAME" ? { title, least: 16 } : { title, right: true, isSpare: SPARE.includes(title) });
  const orNone = (milliseconds: number | undefined) =>
    milliseconds === undefined ? "" : formatMilliseconds(milliseconds);
  const orBlank = (count: number) => count === 0 ? "" : count.toLocaleString("en");
  const rows = names.map((each) => [
    oneLine(each.name),
    each.tasks.toLocaleString("en"),
    orBlank(each.completed),
    each.failed === 0 ? "" : style.red(orBlank(each.failed)),
    orBlank(each.unfinished),
    orBlank(each.retries),
    orNone(each.medianMs),
    orNone(each.p95Ms),
    orNone(each.maxMs),
    orNone(each.medianMs && each.totalMs),
  ]);
  return `${head}\n${table(columns, rows, style, output.columns)}`;
}

function statsOf(name: string, tasks: readonly TaskView[]): NameStats {
  const count = (status: string) => tasks.filter((task) => task.status === status).length;
  const durations = tasks.flatMap(({ startedAt, finishedAt }) => durationOf(startedAt, finishedAt) ?? []).sort((a, b) =>
    a - b
  );
  const at = (share: number) => durations[Math.min(durations.length - 1, Math.floor(share * durations.length))];
  return {
    name,
    tasks: tasks.length,
    completed: count("completed"),
    failed: count("failed"),
    unfinished: count("pending") + count("ready") + count("running") + count("retrying"),
    retries: tasks.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
    medianMs: at(0.5),
    p95Ms: at(0.95),
    maxMs: durations.at(-1),
    totalMs: durations.reduce((sum, each) => sum + each, 0),
  };
}
