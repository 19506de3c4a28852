/**
 * Shows a runner's graph of tasks while it runs: one line for each stage, which is all tasks of one name.
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

/**
 * Prints each stage when it has finished, in the order of submission. On a terminal all stages are shown from the start,
 * and their lines change.
 */
export class LiveGraph {
  // In the order of submission, a stage comes after those that it waits for.
  readonly #stages = new Map<string, Stage>();
  readonly #isTerminal = Deno.stdout.isTerminal();
  /** How many lines are on the screen. */
  #printed = 0;

  constructor(runner: TaskRunner) {
    const listen = (type: TaskEventType, act: (stage: Stage, event: TaskEvent) => void) =>
      runner.addEventListener(type, (event) => {
        act(this.#stageOf(event.handle), event);
        this.#draw();
      });
    listen("submitted", (stage) => stage.tasks++);
    listen("running", (stage, { at }) => stage.startedAt = Math.min(stage.startedAt, at.getTime()));
    listen("progress", (stage, { handle }) => stage.message = handle.progressMessage ?? "");
    for (const type of ["completed", "failed", "cancelled", "skipped"] as const) {
      listen(type, (stage, { at }) => {
        stage.ended[type] = (stage.ended[type] ?? 0) + 1;
        stage.endedAt = at.getTime();
      });
    }
  }

  #stageOf({ name, dependsOn }: TaskHandle<unknown>): Stage {
    const known = this.#stages.get(name);
    if (known !== undefined) return known;
    const after = new Set(dependsOn.map((handle) => handle.name));
    const depth = Math.max(0, ...[...after].map((each) => this.#stages.get(each)!.depth + 1));
    const stage = { name, after, depth, tasks: 0, ended: {}, message: "", startedAt: Infinity, endedAt: 0 };
    this.#stages.set(name, stage);
    return stage;
  }

  #draw(): void {
    const stages = [...this.#stages.values()];
    if (this.#isTerminal) {
      const columns = Deno.consoleSize().columns || 80; // Some terminals report 0.
      const up = this.#printed > 0 ? `\x1b[${this.#printed}A` : "";
      // Cut to the width: a line that wraps would count as two when the cursor goes up.
      console.log(up + stages.map((stage) => `\x1b[2K${describe(stage).slice(0, columns - 1)}`).join("\n"));
      this.#printed = stages.length;
    } else {
      for (const stage of stages.slice(this.#printed)) {
        if (!hasFinished(stage)) break;
        console.log(describe(stage));
        this.#printed++;
      }
    }
  }
}

function hasFinished({ tasks, ended }: Stage): boolean {
  return Object.values(ended).reduce((sum, count) => sum + count, 0) === tasks;
}

function describe(stage: Stage): string {
  const { name, after, depth, tasks, ended, message, startedAt, endedAt } = stage;
  const { completed = 0, ...others } = ended;
  const mark = hasFinished(stage) ? (completed === tasks ? "✓" : "✗") : "…";
  const notes = [
    ...after.size > 0 ? [`← ${[...after].join(", ")}`] : [],
    ...tasks === 1 && message !== "" ? [message] : [],
    ...Object.entries(others).map(([status, count]) => `${count} ${status}`),
    ...hasFinished(stage) && startedAt < Infinity ? [`${endedAt - startedAt} ms`] : [],
  ];
  return `${`${"  ".repeat(depth)}${mark} ${name}`.padEnd(26)} ${`${completed}/${tasks}`.padStart(5)}  ${
    notes.join(" · ")
  }`;
}
