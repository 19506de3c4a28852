/**
 * Numbers of runners in the text format of Prometheus.
 *
 * @module
 */

import { STATUSES } from "../core/status.ts";
import type { TaskRunner } from "../runner/task_runner.ts";

/** The type of the content. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  /** Its values: labels and number. */
  readonly values: (readonly [labels: Readonly<Record<string, string>>, value: number])[];
}

/** The numbers of some runners, each with its name. */
export function metricsOf(runners: readonly (readonly [name: string, runner: TaskRunner])[]): string {
  const metric = (name: string, type: Metric["type"], help: string): Metric => ({ name, type, help, values: [] });
  const tasks = metric("workflowy_tasks", "gauge", "Tasks by status: those that have it, or ended with it.");
  const submitted = metric("workflowy_tasks_submitted_total", "counter", "Tasks that were submitted.");
  const abandoned = metric("workflowy_bodies_abandoned", "gauge", "Bodies that run although their tasks have ended.");
  const quarantined = metric("workflowy_threads_quarantined", "gauge", "Threads that cannot be ended.");
  const slots = metric("workflowy_pool_slots", "gauge", "Slots of a pool.");
  const busy = metric("workflowy_pool_busy", "gauge", "Slots of a pool that are taken.");
  const queued = metric("workflowy_pool_queued", "gauge", "Ready tasks that wait for a slot of a pool.");
  const paused = metric("workflowy_pool_paused", "gauge", "Whether a pool is paused.");
  const workers = metric("workflowy_pool_workers", "gauge", "Threads or subprocesses of a pool.");
  for (const [name, instance] of runners) {
    const statistics = instance.statistics();
    const runner = { runner: name };
    for (const status of STATUSES) tasks.values.push([{ ...runner, status }, statistics[status]]);
    submitted.values.push([runner, statistics.submitted]);
    abandoned.values.push([runner, statistics.abandoned]);
    quarantined.values.push([runner, statistics.quarantined]);
    for (const [pool, of] of Object.entries(statistics.pools)) {
      const labels = { ...runner, pool };
      slots.values.push([labels, of.maxWorkers]);
      busy.values.push([labels, of.busy]);
      queued.values.push([labels, of.queued]);
      paused.values.push([labels, of.paused === true ? 1 : 0]);
      if (of.workers !== undefined) workers.values.push([labels, of.workers]);
    }
  }
  return [tasks, submitted, abandoned, quarantined, slots, busy, queued, paused, workers].map(written).join("");
}

function written({ name, type, help, values }: Metric): string {
  const lines = values.map(([labels, value]) => {
    const list = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`).join(",");
    return `${name}{${list}} ${value === Infinity ? "+Inf" : value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
