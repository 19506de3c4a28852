/**
 * The pages of `workflowy state` that list tasks.
 *
 * @module
 */

import { formatMilliseconds } from "../../core/duration.ts";
import type { TaskStatus } from "../../core/status.ts";
import { isoTime, matches, type TaskView } from "../../observe/api/task_view.ts";
import { isFinished } from "../../observe/api/view_of_record.ts";
import type { Snapshot, StateTask } from "./snapshot.ts";
import type { Output } from "../context.ts";
import { counted, durationOf, localTime, marked, oneLine, shortTime, type Style, styleOf } from "../style.ts";
import { table } from "../table.ts";
import { errorLines } from "./error_lines.ts";

/** The order of a list: what needs attention first. */
const ORDER: readonly TaskStatus[] = [
  "running",
  "retrying",
  "failed",
  "ready",
  "pending",
  "cancelled",
  "skipped",
  "completed",
];

/** The tasks that are wanted, unfinished ones first. */
export function listPage(snapshot: Snapshot, output: Output): string {
  const rank = ({ view }: StateTask) => ORDER.indexOf(view.status);
  const wanted = wantedOf(snapshot).sort((a, b) => rank(a) - rank(b));
  if (snapshot.json) return jsonLines(wanted.slice(0, snapshot.limit));
  const style = styleOf(output);
  const head = `${summary(snapshot, style)}\n`;
  if (wanted.length === 0) return snapshot.tasks.size === 0 ? head : `${head}\nNone of its tasks matches.\n`;
  const shown = wanted.slice(0, snapshot.limit);
  const columns = [
    { title: "STATUS" },
    { title: "ID", least: 16 },
    { title: "LABEL", least: 16, isSpare: true },
    { title: "ATTEMPTS", right: true, isSpare: true },
    { title: "TOOK", right: true, isSpare: true },
    { title: "FINISHED", isSpare: true },
    { title: "WHY", least: 20 },
  ];
  const rows = shown.map((task) => {
    const { status, id, label = "", attempts, finishedAt, error } = task.view;
    const isWaiting = status === "pending" || status === "retrying" || (status === "ready" && snapshot.isLive);
    const why = isWaiting ? task.reason : error ?? progressOf(task.view);
    return [
      marked(status, style),
      oneLine(id),
      oneLine(label),
      String(attempts),
      tookOf(task.view),
      shortTime(finishedAt),
      oneLine(why),
    ];
  });
  const left = wanted.length - shown.length;
  return `${head}\n${table(columns, rows, style, output.columns)}${
    left === 0 ? "" : style.dim(`… and ${left.toLocaleString("en")} more; --limit 0 shows all\n`)
  }`;
}

/** What failed, with the errors. Tasks that failed as others did are counted only. */
export function failedPage(snapshot: Snapshot, output: Output): string {
  const failed = wantedOf(snapshot).filter(({ view }) => view.status === "failed");
  if (snapshot.json) return jsonLines(failed.slice(0, snapshot.limit));
  const style = styleOf(output);
  if (failed.length === 0) return `${style.green("✓")} No task failed.\n`;
  const origins = failed.filter(({ isConsequence }) => !isConsequence);
  const followers = failed.length - origins.length;
  const blocks = origins.slice(0, snapshot.limit).map((task) => {
    const { id, label, attempts, finishedAt } = task.view;
    const facts = [
      attempts > 1 ? `${attempts} attempts` : "",
      localTime(finishedAt),
    ].filter((fact) => fact !== "").join(", ");
    const head = `${style.red("✗")} ${style.bold(oneLine(id))}${label === undefined ? "" : `  ${oneLine(label)}`}` +
      `  ${style.dim(facts)}\n`;
    const error = task.error === undefined ? ["  it threw undefined"] : errorLines(task.error, style);
    return `${head}${error.map((line) => `  ${line}\n`).join("")}`;
  });
  const left = origins.length - blocks.length;
  const more = [
    left > 0 ? `… and ${left.toLocaleString("en")} more; --limit 0 shows all` : "",
    followers > 0 ? `${counted(followers, "task")} failed because of these.` : "",
  ].filter((line) => line !== "");
  return `${blocks.join("\n")}${more.map((line) => `\n${style.dim(line)}\n`).join("")}`;
}

/** What has not finished, and why. */
export function orphansPage(snapshot: Snapshot, output: Output): string {
  const open = wantedOf(snapshot).filter(({ view }) => !isFinished(view));
  if (snapshot.json) return jsonLines(open.slice(0, snapshot.limit));
  const style = styleOf(output);
  if (open.length === 0) return `${style.green("✓")} Everything${snapshot.isLive ? "" : " on record"} has finished.\n`;
  const lines = open.slice(0, snapshot.limit).map(({ view, why }) =>
    `${marked(view.status, style)}  ${oneLine(why)}\n`
  );
  const left = open.length - lines.length;
  const rest = left > 0 ? style.dim(`… and ${left.toLocaleString("en")} more; --limit 0 shows all\n`) : "";
  if (snapshot.isLive) return `${lines.join("")}${rest}`;
  const advice = `${counted(open.length, "task")} on record ${open.length === 1 ? "has" : "have"} not finished. ` +
    `A run that resumes from this checkpoint continues with ${open.length === 1 ? "it" : "them"}.\n`;
  return `${lines.join("")}${rest}\n${style.dim(advice)}`;
}

interface Happening {
  readonly at: number;
  readonly what: string;
  readonly id: string;
  readonly status?: TaskStatus;
  readonly note?: string;
}

/** What happened, in the order of time; the last things of it. */
export function historyPage(snapshot: Snapshot, output: Output): string {
  const all = wantedOf(snapshot).flatMap(happeningsOf).sort((a, b) => a.at - b.at);
  const shown = all.slice(-Math.min(snapshot.limit, all.length));
  if (snapshot.json) {
    return all.length === 0
      ? ""
      : shown.map(({ at, what, id, note }) =>
        `${JSON.stringify({ at: isoTime(at), what, id, ...(note !== undefined && { note }) })}\n`
      ).join("");
  }
  if (all.length === 0) return "Nothing has happened.\n";
  const style = styleOf(output);
  const columns = [{ title: "TIME" }, { title: "EVENT" }, { title: "ID", least: 16 }, { title: "", least: 16 }];
  const rows = shown.map(({ at, what, id, status, note = "" }) => [
    `${localTime(isoTime(at))}.${String(at % 1_000).padStart(3, "0")}`,
    status === undefined ? style.dim(`  ${what}`) : marked(status, style, what),
    oneLine(id),
    oneLine(note),
  ]);
  const left = all.length - shown.length;
  const before = left === 0 ? "" : style.dim(`… ${left.toLocaleString("en")} earlier events; --limit 0 shows all\n`);
  return before + table(columns, rows, style, output.columns);
}

function happeningsOf({ view, history }: StateTask): Happening[] {
  const { id, status, label, submittedAt, startedAt, finishedAt, attempts, error } = view;
  const list: Happening[] = [];
  const add = (time: string | undefined, happening: Omit<Happening, "at" | "id">) => {
    if (time !== undefined) list.push({ at: Date.parse(time), id, ...happening });
  };
  add(submittedAt, { what: "submitted", ...(label !== undefined && { note: label }) });
  for (const attempt of history) {
    const { number, error = "" } = attempt;
    if (number === attempts && (finishedAt !== undefined || attempt.status === "running")) continue; // it is what follows
    add(attempt.startedAt, { what: `attempt ${number}`, status: "running" });
    add(attempt.finishedAt, { what: `attempt ${number} ${attempt.status}`, status: "retrying", note: error });
  }
  const isKnown = list.some(({ what }) => what === `attempt ${attempts}`);
  if (!isKnown) add(startedAt, { what: `attempt ${attempts}`, status: "running" });
  add(finishedAt, { what: status, status, ...(error !== undefined && { note: error }) });
  return list;
}

/** The tasks that the options let through. */
function wantedOf({ tasks, filter }: Snapshot): StateTask[] {
  return [...tasks.values()].filter(({ view }) => matches(view, filter));
}

function jsonLines(tasks: readonly StateTask[]): string {
  return tasks.map(({ view }) => `${JSON.stringify(view)}\n`).join("");
}

/** How many tasks have each status, in one line. */
export function summary({ tasks, source }: Snapshot, style: Style): string {
  if (tasks.size === 0) return `${source} has no tasks.`;
  const counts = new Map<TaskStatus, number>();
  for (const { view: { status } } of tasks.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
  const parts = ORDER.filter((status) => counts.has(status)).map((status) =>
    marked(status, style, `${counts.get(status)!.toLocaleString("en")} ${status}`)
  );
  return `${style.bold(counted(tasks.size, "task"))}  ${parts.join("  ")}`;
}

function tookOf({ startedAt, finishedAt }: TaskView): string {
  const took = durationOf(startedAt, finishedAt);
  return took === undefined ? "" : formatMilliseconds(took);
}

function progressOf({ progress, progressMessage = "" }: TaskView): string {
  return progress === undefined || progress === 1 ? "" : `${Math.round(100 * progress)} % ${progressMessage}`.trim();
}
