/**
 * The report in the format of JUnit, which CI systems read.
 *
 * @module
 */

import type { ErrorForm, Json } from "../../observe/api/json_form.ts";
import type { TaskDetails } from "../../observe/api/task_view.ts";
import { isWaitOfBody } from "../../tasks/waiting.ts";
import type { JsonReport } from "../attach/run_data.ts";

/**
 * Tasks as test cases: what failed is a failure; what was cancelled, skipped or did not finish is skipped, and so is a wait of
 * a body that failed. Of a task that was retried, the last one counts.
 */
export function junitReport({ program, startedAt, durationMs, tasks: all }: JsonReport): string {
  const tasks = all.filter(({ retried }) => retried !== true);
  const failures = tasks.filter(isFailure).length;
  const skipped = tasks.filter(({ status }) => status !== "completed").length - failures;
  const counts = `tests="${tasks.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${
    durationMs / 1_000
  }"`;
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="workflowy" ${counts}>`,
    `  <testsuite name="${escaped(program)}" ${counts} timestamp="${startedAt.slice(0, 19)}">`,
    ...tasks.map(testCase),
    `  </testsuite>`,
    `</testsuites>`,
    "",
  ].join("\n");
}

function testCase(task: TaskDetails): string {
  const { id, name, label, status, startedAt, finishedAt, error, why } = task;
  const title = label === undefined ? id : `${label} (${id})`;
  const time = startedAt === undefined || finishedAt === undefined
    ? 0
    : (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000;
  const head = `    <testcase classname="${escaped(name)}" name="${escaped(title)}" time="${time}"`;
  if (status === "completed") return `${head}/>`;
  const inner = isFailure(task)
    ? `<failure type="${escaped(error?.name ?? "undefined")}" message="${escaped(error?.message ?? "")}">${
      escaped(error === undefined ? why : stackOf(error))
    }</failure>`
    : `<skipped message="${escaped(why)}"/>`;
  return `${head}>\n      ${inner}\n    </testcase>`;
}

function isFailure(task: TaskDetails): boolean {
  return task.status === "failed" && !isWaitOfBody(task);
}

/** The stack of an error and its causes. */
function stackOf(error: ErrorForm): string {
  const stacks: string[] = [];
  for (let each: Json | undefined = error; isError(each); each = each["cause"]) {
    const { name, message, stack } = each;
    stacks.push(typeof stack === "string" ? stack : `${name}: ${message}`);
  }
  return stacks.join("\nCaused by: ");
}

function isError(value: Json | undefined): value is ErrorForm {
  return typeof value === "object" && value !== null && !Array.isArray(value) && "message" in value;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text for XML, without the control characters that it cannot have, and single surrogates. */
function escaped(text: string): string {
  return text.toWellFormed()
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "")
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!)
    .replaceAll(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
