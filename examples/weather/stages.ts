/**
 * Lists the stages of a runner's graph as they finish: one line for all tasks of one name.
 *
 * @module
 */

import type { TaskEvent, TaskEventType, TaskHandle, TaskRunner, TaskStatus } from "@workflowy/workflowy";

interface Stage {
  readonly name: string;
  /** The stages that it waits for. */
  readonly after: Set<string>;
  /** How many stages come before it, on the longest path. */
  readonly depth: number;
  tasks: number;
  readonly ended: Partial<Record<TaskStatus, number>>;
  /** The last progress message of one of its tasks. */
  message: string;
  startedAt: number;
  endedAt: number;
}

/** Prints each stage when it has finished, in the order of submission. */
export function listStages(runner: TaskRunner): void {
  // In the order of submission, a stage comes after those that it waits for.
  const stages = new Map<string, Stage>();
  let printed = 0;
  const listen = (type: TaskEventType, act: (stage: Stage, event: TaskEvent) => void) =>
    runner.addEventListener(type, (event) => act(stageOf(event.handle, stages), event));
  listen("submitted", (stage) => stage.tasks++);
  listen("running", (stage, { at }) => stage.startedAt = Math.min(stage.startedAt, at.getTime()));
  listen("progress", (stage, { handle }) => stage.message = handle.progressMessage ?? "");
  for (const type of ["completed", "failed", "cancelled", "skipped"] as const) {
    listen(type, (stage, { at }) => {
      stage.ended[type] = (stage.ended[type] ?? 0) + 1;
      stage.endedAt = at.getTime();
      for (const each of [...stages.values()].slice(printed)) {
        if (!hasFinished(each)) break;
        console.log(describe(each));
        printed++;
      }
    });
  }
}

function stageOf({ name, dependsOn }: TaskHandle<unknown>, stages: Map<string, Stage>): Stage {
  const known = stages.get(name);
  if (known !== undefined) return known;
  const after = new Set(dependsOn.map((handle) => handle.name));
  const depth = Math.max(0, ...[...after].map((each) => stages.get(each)!.depth + 1));
  const stage = { name, after, depth, tasks: 0, ended: {}, message: "", startedAt: Infinity, endedAt: 0 };
  stages.set(name, stage);
  return stage;
}

function hasFinished({ tasks, ended }: Stage): boolean {
  return Object.values(ended).reduce((sum, count) => sum + count, 0) === tasks;
}

function describe(stage: Stage): string {
  const { name, after, depth, tasks, ended, message, startedAt, endedAt } = stage;
  const { completed = 0, ...others } = ended;
  const mark = completed === tasks ? "✓" : "✗";
  const notes = [
    ...after.size > 0 ? [`← ${[...after].join(", ")}`] : [],
    ...tasks === 1 && message !== "" ? [message] : [],
    ...Object.entries(others).map(([status, count]) => `${count} ${status}`),
    ...startedAt < Infinity ? [`${endedAt - startedAt} ms`] : [],
  ];
  return `${`${"  ".repeat(depth)}${mark} ${name}`.padEnd(26)} ${`${completed}/${tasks}`.padStart(5)}  ${
    notes.join(" · ")
  }`;
}
