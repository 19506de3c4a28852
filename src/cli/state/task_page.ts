/**
 * The pages of `workflowy state` about one task.
 *
 * @module
 */

import { formatMilliseconds } from "../../core/duration.ts";
import type { Json } from "../../observe/api/json_form.ts";
import type { TaskDetails } from "../../observe/api/task_view.ts";
import { isFinished } from "../../observe/api/view_of_record.ts";
import type { Snapshot, StateTask } from "./snapshot.ts";
import type { Output } from "../context.ts";
import { durationOf, localTime, manyLines, marked, oneLine, type Style, styleOf } from "../style.ts";
import { errorLines } from "./error_lines.ts";

/** Everything that is known about a task. */
export async function detailsPage(task: StateTask, snapshot: Snapshot, output: Output): Promise<string> {
  const details = await task.details();
  if (snapshot.json) return `${JSON.stringify(details)}\n`;
  const style = styleOf(output);
  const statusOf = (id: string) => {
    const status = snapshot.tasks.get(id)?.view.status;
    const unknown = snapshot.isLive ? "not known any more" : "not on record";
    return `${oneLine(id)}  ${status === undefined ? style.dim(unknown) : marked(status, style)}`;
  };
  return detailLines(details, task.facts, statusOf, style).map((line) => `${line}\n`).join("");
}

/** Why it is not completed, and the same of what it waits for. */
export function whyPage(task: StateTask, { tasks, json }: Snapshot, output: Output): string {
  const style = styleOf(output);
  const chain: { readonly id: string; readonly status: string; readonly why: string }[] = [];
  const lines: string[] = [];
  const seen = new Set<StateTask>();
  const open: (readonly [task: StateTask, depth: number])[] = [[task, 0]];
  for (let next = open.pop(); next !== undefined && chain.length < MAX_REASONS; next = open.pop()) {
    const [each, depth] = next;
    if (seen.has(each)) continue;
    seen.add(each);
    const { why, view: { id, status } } = each;
    chain.push({ id, status, why });
    lines.push(`${"  ".repeat(depth)}${marked(status, style, oneLine(why))}\n`);
    if (status === "completed") continue;
    const causes = each.dependsOn.map((id) => tasks.get(id)).filter((cause) => cause !== undefined);
    const blocking = causes.filter(({ view }) => view.status !== "completed").reverse();
    open.push(...blocking.map((cause) => [cause, depth + 1] as const));
    const running = [...tasks.values()].filter(({ view }) => view.parent === id && !isFinished(view)).reverse();
    open.push(...running.map((child) => [child, depth + 1] as const));
  }
  return json ? `${JSON.stringify(chain)}\n` : lines.join("");
}

/** How many tasks a reason goes through. */
const MAX_REASONS = 30;
/** How many ids a list shows. */
const MAX_LISTED = 20;

function detailLines(
  details: TaskDetails,
  facts: StateTask["facts"],
  statusOf: (id: string) => string,
  style: Style,
): string[] {
  const { id, status, label, tags, error, history, children = [], dependsOn, value, args = [] } = details;
  const lines = [
    `${marked(status, style)}  ${style.bold(oneLine(id))}${label === undefined ? "" : `  ${oneLine(label)}`}`,
  ];
  const field = (name: string, text: string | undefined) => {
    if (text !== undefined && text !== "") lines.push(`${style.dim(name.padEnd(10))} ${text}`);
  };
  field("why", oneLine(details.why));
  const { task, options, ...others } = facts;
  for (const [name, fact] of Object.entries({ task, ...others })) field(name, fact && oneLine(fact));
  field("source", details.source && oneLine(details.source));
  field("tags", tags && oneLine(tags.join(", ")));
  field("parent", details.parent && statusOf(details.parent));
  field("pool", details.pool && oneLine(details.pool));
  field("worker", details.worker && oneLine(details.worker));
  field("progress", details.progress === undefined ? undefined : progressOf(details));
  field("submitted", localTime(details.submittedAt));
  field("started", localTime(details.startedAt));
  field("finished", localTime(details.finishedAt) + tookOf(details));
  field("next try", localTime(details.retryAt));
  field("due", localTime(details.dueAt));
  field("deadline", localTime(details.deadline));
  field("attempts", String(details.attempts));
  field("options", options && oneLine(options));
  for (const [index, argument] of args.entries()) field(index === 0 ? "arguments" : "", shown(argument));
  for (const [index, each] of dependsOn.slice(0, MAX_LISTED).entries()) {
    field(index === 0 ? "depends on" : "", statusOf(each));
  }
  field("", dependsOn.length > MAX_LISTED ? `… and ${dependsOn.length - MAX_LISTED} more` : "");
  for (const [index, each] of children.slice(0, MAX_LISTED).entries()) {
    field(index === 0 ? "children" : "", statusOf(each));
  }
  field("", children.length > MAX_LISTED ? `… and ${children.length - MAX_LISTED} more` : "");
  for (const [index, attempt] of history.entries()) {
    const text = `${attempt.number}  ${localTime(attempt.startedAt)}  ${
      oneLine(attempt.error ?? attempt.status ?? "")
    }`;
    field(index === 0 ? "history" : "", text);
  }
  if (status === "completed") field("value", value === undefined ? "undefined" : shown(value));
  if (error !== undefined) {
    for (const [index, line] of errorLines(error, style).entries()) field(index === 0 ? "error" : "", line);
  }
  return lines;
}

function progressOf({ progress = 0, progressMessage = "" }: TaskDetails): string {
  return oneLine(`${Math.round(100 * progress)} % ${progressMessage}`.trim());
}

function tookOf({ startedAt, finishedAt }: TaskDetails): string {
  const took = durationOf(startedAt, finishedAt);
  return took === undefined ? "" : `  after ${formatMilliseconds(took)}`;
}

/** A value, in one line if that is short. */
function shown(value: Json): string {
  const short = JSON.stringify(value);
  if (short.length <= 80) return oneLine(short);
  return manyLines(JSON.stringify(value, undefined, 2)).split("\n").join(`\n${" ".repeat(11)}`);
}
