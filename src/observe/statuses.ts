/**
 * How statuses look: the sign of each, and its colours on light and on dark ground.
 *
 * @module
 */

import { STATUSES, type TaskStatus } from "../core/status.ts";
import { grouped } from "./printable.ts";

/** How a status is shown. */
export interface StatusLook {
  /** A sign that tells it apart without colours. */
  readonly sign: string;
  /** The colour on light ground. */
  readonly light: string;
  /** The colour on dark ground. */
  readonly dark: string;
}

/** How each status is shown. */
export const LOOKS: Readonly<Record<TaskStatus, StatusLook>> = {
  pending: { sign: "○", light: "#9aa4b0", dark: "#6e7681" },
  ready: { sign: "◔", light: "#7a8fa8", dark: "#8b9cb3" },
  running: { sign: "▶", light: "#0969da", dark: "#4c9dff" },
  retrying: { sign: "↻", light: "#bf6a02", dark: "#e3a03a" },
  completed: { sign: "✓", light: "#1a7f37", dark: "#3fb950" },
  failed: { sign: "✗", light: "#cf222e", dark: "#f85149" },
  cancelled: { sign: "⊘", light: "#8250df", dark: "#a97bf0" },
  skipped: { sign: "»", light: "#a0622d", dark: "#c69065" },
};

/** How many tasks have each status; those that no task has are left out. */
export type StatusCounts = Partial<Record<TaskStatus, number>>;

/** How many tasks have each status, without those that were retried: another one stands for each of them. */
export function lastCounts(statistics: StatusTotals): Record<TaskStatus, number> {
  return Object.fromEntries(
    STATUSES.map((status) => [status, statistics[status] - statistics.retried[status]]),
  ) as Record<TaskStatus, number>;
}

type StatusTotals = Readonly<Record<TaskStatus, number>> & { readonly retried: Readonly<Record<TaskStatus, number>> };

/** The order in which statuses are listed: what went wrong first. */
export const BY_CONCERN: readonly TaskStatus[] = [
  "failed",
  "cancelled",
  "skipped",
  "retrying",
  "running",
  "completed",
  "ready",
  "pending",
];

/** Counts as words: `2 failed, 94 completed`. */
export function countsInWords(counts: StatusCounts): string {
  return BY_CONCERN.filter((status) => (counts[status] ?? 0) > 0)
    .map((status) => `${grouped(counts[status]!)} ${status}`).join(", ");
}

/** The status of a group of tasks: what most needs to be seen. */
export function overallStatus(counts: StatusCounts): TaskStatus {
  const has = (status: TaskStatus) => (counts[status] ?? 0) > 0;
  if (has("failed")) return "failed";
  if (has("running")) return "running";
  if (has("retrying")) return "retrying";
  const started = has("completed") && (has("ready") || has("pending"));
  if (started) return "running";
  return BY_CONCERN.find(has) ?? "pending";
}
