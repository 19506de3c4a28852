/**
 * What a plan must lead to, worked out one task after the other: no queue, no slots, no time.
 *
 * @module
 */

import type { TaskStatus } from "../../mod.ts";
import { edgesOf, type Plan, type PlannedChild, type Via } from "./plan.ts";

/** What is expected of one task. */
export interface Expected {
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly value: number | undefined;
  readonly error: "none" | "own" | "exhausted" | "dependency";
}

/** What is expected of a whole plan, if no one cancels anything. */
export interface Expectation {
  readonly tasks: readonly Expected[];
  /** Of all tasks, those submitted by bodies included. */
  readonly counts: { readonly completed: number; readonly failed: number; readonly skipped: number };
}

/** Works out what a plan leads to. */
export function expectationOf(plan: Plan): Expectation {
  const tasks: Expected[] = [];
  const counts = { completed: 0, failed: 0, skipped: 0 };
  for (const [index, it] of plan.tasks.entries()) {
    const expected = expect(plan, index, tasks);
    tasks.push(expected);
    counts[expected.status as keyof typeof counts]++;
    for (let attempt = 1; attempt <= expected.attempts; attempt++) countChildren(it.children, counts);
  }
  return { tasks, counts };
}

function expect(plan: Plan, index: number, before: readonly Expected[]): Expected {
  const it = plan.tasks[index]!;
  const edges = edgesOf(plan, index);
  if (it.policy !== "run-anyway" && edges.some(({ on }) => before[on]!.status !== "completed")) {
    const status = it.policy === "skip" ? "skipped" : "failed";
    return { status, attempts: 0, value: undefined, error: "dependency" };
  }
  const maxAttempts = it.throwsError ? it.retries + 1 : 1;
  if (it.failures >= maxAttempts) {
    const error = maxAttempts > 1 ? "exhausted" : "own";
    return { status: "failed", attempts: maxAttempts, value: undefined, error };
  }
  const passed = edges.filter(({ via }) => !["dependsOn", "after"].includes(via satisfies Via));
  const value = passed.reduce((sum, { on }) => sum + (before[on]!.value ?? -1_000), index + 1);
  return { status: "completed", attempts: it.failures + 1, value, error: "none" };
}

function countChildren(children: readonly PlannedChild[], counts: { completed: number; failed: number }): void {
  for (const child of children) {
    counts[child.fails ? "failed" : "completed"]++;
    countChildren(child.children, counts);
  }
}
