/**
 * What one can see of a run: pictures, reports, progress.
 *
 * @example A report on a run that has failed
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { htmlReport } from "@workflowy/workflowy/observe";
 *
 * await using runner = new TaskRunner({ onTaskError: "continue" });
 * runner.submit(task({ name: "parse" }, (text: string) => JSON.parse(text)), "[1, 2");
 * await runner.run();
 * const report = await htmlReport(runner); // await Deno.writeTextFile("report.html", report)
 * assertStringIncludes(report, "SyntaxError");
 * ```
 *
 * @module
 */

export { type RunSource, snapshotOf } from "./snapshot_of.ts";
export type { AttemptSnapshot, ErrorSnapshot, RunSnapshot, TaskSnapshot } from "./run_snapshot.ts";
export {
  chromeTrace,
  type GraphOptions,
  htmlReport,
  type ReportOptions,
  type SvgOptions,
  type TimelineOptions,
  timelineSvg,
  toDot,
  toMermaid,
  toSvg,
} from "./pictures.ts";
export type { Grouping } from "./task_graph.ts";
export type { Theme } from "./svg_parts.ts";
export { acceptCommands, type AcceptCommandsOptions } from "./session/accept_commands.ts";
export { type ProgressOptions, showProgress } from "./progress/show_progress.ts";
export type { ProgressOutput } from "./progress/live_screen.ts";
export { telemetry, type TelemetryOptions } from "./telemetry.ts";
