/**
 * The pages of `workflowy state` about one task.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { formatMilliseconds } from "../../core/duration.ts";
import type { Json } from "../../observe/api/json_form.ts";
import type { TaskDetails } from "../../observe/api/task_view.ts";
import { detailsOfRecord, isFinished, whyOf } from "../../observe/api/view_of_record.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Output } from "../context.ts";
import { localTime, manyLines, marked, oneLine, type Style, styleOf } from "../style.ts";
import { errorLines } from "./error_lines.ts";

/** Everything that is recorded about a task. */
export function detailsPage(record: TaskRecord, { records, json }: Snapshot, output: Output): string {
  const details = detailsOfRecord(record, records);
  if (json) return `${JSON.stringify(details)}\n`;
  const style = styleOf(output);
  const statusOf = (id: string) => {
    const status = records.get(id)?.status;
    return `${oneLine(id)}  ${status === undefined ? style.dim("not on record") : marked(status, style)}`;
  };
  return detailLines(details, record, statusOf, style).map((line) => `${line}\n`).join("");
}

/** Why it is not completed, and the same of what it waits for. */
export function whyPage(record: TaskRecord, { records, json }: Snapshot, output: Output): string {
  const style = styleOf(output);
  const chain: { readonly id: string; readonly status: string; readonly why: string }[] = [];
  const lines: string[] = [];
  const seen = new Set<string>();
  const open: (readonly [record: TaskRecord, depth: number])[] = [[record, 0]];
  for (let next = open.pop(); next !== undefined && chain.length < MAX_REASONS; next = open.pop()) {
    const [each, depth] = next;
    if (seen.has(each.id)) continue;
    seen.add(each.id);
    const why = whyOf(each, records);
    chain.push({ id: each.id, status: each.status, why });
    lines.push(`${"  ".repeat(depth)}${marked(each.status, style, oneLine(why))}\n`);
    if (each.status === "completed") continue;
    const causes = each.dependsOn.map((id) => records.get(id)).filter((cause) => cause !== undefined);
    const blocking = causes.filter(({ status }) => status !== "completed").reverse();
    open.push(...blocking.map((cause) => [cause, depth + 1] as const));
    const running = [...records.values()].filter((child) => child.parent === each.id && !isFinished(child)).reverse();
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
  record: TaskRecord,
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
  field(
    "task",
    oneLine([record.module, record.definedAs ?? record.name].filter((each) => each !== undefined).join(" ")),
  );
  field("version", record.version && oneLine(record.version));
  field("key", record.key && oneLine(record.key));
  field("dedup key", record.dedupKey && oneLine(record.dedupKey));
  field("source", record.source && oneLine(record.source));
  field("tags", tags && oneLine(tags.join(", ")));
  field("parent", details.parent && statusOf(details.parent));
  field("submitted", localTime(details.submittedAt));
  field("started", localTime(details.startedAt));
  field("finished", localTime(details.finishedAt) + tookOf(record));
  field("next try", localTime(details.retryAt));
  field("due", localTime(details.dueAt));
  field("deadline", localTime(details.deadline));
  field("attempts", String(details.attempts));
  if (record.options !== undefined) field("options", oneLine(JSON.stringify(record.options)));
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

function tookOf({ startedAt, finishedAt }: TaskRecord): string {
  if (startedAt === undefined || finishedAt === undefined) return "";
  return `  after ${formatMilliseconds(finishedAt - startedAt)}`;
}

/** A value, in one line if that is short. */
function shown(value: Json): string {
  const short = JSON.stringify(value);
  if (short.length <= 80) return oneLine(short);
  return manyLines(JSON.stringify(value, undefined, 2)).split("\n").join(`\n${" ".repeat(11)}`);
}
