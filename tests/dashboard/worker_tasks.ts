import { currentTask, task } from "@workflowy/workflowy/task";

/** Stays at work on a thread until it is cancelled. */
export const stay = task(
  { name: "stay", pool: "thread", module: import.meta.url },
  () => new Promise<void>((resolve) => currentTask()!.signal.addEventListener("abort", () => resolve())),
);
