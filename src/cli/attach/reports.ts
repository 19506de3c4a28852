/**
 * The files that `workflowy run` leaves behind.
 *
 * @module
 */

import { detailsOfHandle } from "../../observe/api/view_of_handle.ts";
import type { TaskDetails } from "../../observe/api/task_view.ts";
import type { AttachOptions, ReportFormat } from "./options.ts";
import { junitReport } from "./junit.ts";
import type { ReportContext } from "./report_context.ts";

/** Writes a file, at once: the program is about to end. */
export interface ReportWriter {
  /** What it means if that fails, as the beginning of a sentence. */
  readonly what: string;
  write(context: ReportContext): void;
}

type Format = (context: ReportContext) => string;

/** Loads what makes the reports that are wanted. */
export async function writersFor({ reports, trace }: AttachOptions): Promise<ReportWriter[]> {
  const wanted = reports.map(async ({ path, format }) => writer(path, await formatOf(format)));
  if (trace !== undefined) wanted.push(traceWriter(trace));
  return await Promise.all(wanted);
}

function writer(path: string, format: Format): ReportWriter {
  return {
    what: `${path} is not written`,
    write: (context) => Deno.writeTextFileSync(path, format(context)),
  };
}

function formatOf(format: ReportFormat): Promise<Format> {
  switch (format) {
    case "json":
      return Promise.resolve(jsonReport);
    case "junit":
      return Promise.resolve((context) => junitReport(context, tasksOf(context)));
    case "html":
      return Promise.reject(new Error("HTML reports are not there yet"));
  }
}

function traceWriter(_path: string): Promise<ReportWriter> {
  return Promise.reject(new Error("Traces are not there yet"));
}

/** The version of the JSON report. */
const VERSION = 1;

function jsonReport(context: ReportContext): string {
  const { program, startedAt, finishedAt, outcomes } = context;
  const tasks = tasksOf(context);
  const counts: Record<string, number> = {};
  for (const { status } of tasks) counts[status] = (counts[status] ?? 0) + 1;
  const report = {
    v: VERSION,
    program,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationMs: finishedAt.getTime() - startedAt.getTime(),
    ok: outcomes.failed.size === 0,
    submitted: outcomes.submitted,
    counts,
    tasks,
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** The tasks that the runners still know: all of a `run()`, and the last `retain` of those that were awaited. */
function tasksOf({ runners }: ReportContext): TaskDetails[] {
  return runners.flatMap((runner) => runner.handles().map(detailsOfHandle));
}
