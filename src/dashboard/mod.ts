/**
 * A page that shows what a runner does, live.
 *
 * @example Watch a run
 * ```ts
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { dashboard } from "@workflowy/workflowy/dashboard";
 *
 * const square = task({ name: "square" }, (x: number) => x * x);
 * await using runner = new TaskRunner();
 * await using ui = dashboard(runner, { readOnly: false });
 * console.log(ui.url);
 * square.with({ runner }).map([1, 2, 3]);
 * await runner.run();
 * ```
 *
 * @module
 */

export { dashboard } from "./dashboard.ts";
export type { Dashboard } from "./open_dashboard.ts";
export type { DashboardOptions } from "./options.ts";
export type { DashboardSource } from "./sources.ts";
export type { RecordSource } from "./live/checkpoint_source.ts";
