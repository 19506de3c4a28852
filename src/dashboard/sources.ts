/**
 * What a dashboard is given to show.
 *
 * @module
 */

import { callable } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import { TaskRunner } from "../runner/task_runner.ts";
import type { ReadCheckpointOptions } from "../stores/read_checkpoint.ts";
import { CheckpointSource, recordsAt, type RecordSource } from "./live/checkpoint_source.ts";
import { RunnerSource } from "./live/runner_source.ts";

/**
 * What a dashboard shows: a runner, several of them, those that a function returns at the moment; or a checkpoint, also of a
 * program that is dead: the path of a file, options as those of `readCheckpoint()`, or whatever reads its records.
 */
export type DashboardSource =
  | TaskRunner
  | readonly TaskRunner[]
  | (() => readonly TaskRunner[])
  | string
  | URL
  | ReadCheckpointOptions
  | RecordSource;

/** The sources of a dashboard, each made once. */
export interface Sources extends Disposable {
  /** The runners of the moment; none for a checkpoint. */
  readonly runners: () => readonly TaskRunner[];
  /** All sources of the moment. */
  list(): readonly (RunnerSource | CheckpointSource)[];
}

/**
 * Finds out what is to be shown.
 *
 * @throws {TypeError} If it is nothing of that kind.
 */
export function sourcesOf(given: DashboardSource): Sources {
  if (given instanceof TaskRunner) return new RunnerSources(() => [given]);
  if (typeof given === "function") return new RunnerSources(given);
  if (Array.isArray(given) && given.every((each) => each instanceof TaskRunner)) return new RunnerSources(() => given);
  const isPlace = typeof given === "string" || given instanceof URL ||
    (typeof given === "object" && given !== null && !Array.isArray(given));
  if (!isPlace) {
    throw new TypeError(`A dashboard shows a runner, or the path of a checkpoint, not ${describeValue(given)}`);
  }
  const place = given as string | URL | ReadCheckpointOptions | RecordSource;
  const isReader = typeof place === "object" && "read" in place;
  if (isReader) callable(place.read, "read of what a dashboard shows");
  const source = new CheckpointSource(isReader ? place : recordsAt(place));
  return { runners: () => [], list: () => [source], [Symbol.dispose]: () => source[Symbol.dispose]() };
}

/** The sources of runners, of which there may be more and more. */
class RunnerSources implements Sources {
  readonly runners: () => readonly TaskRunner[];
  readonly #known = new Map<TaskRunner, RunnerSource>();

  constructor(runners: () => readonly TaskRunner[]) {
    this.runners = runners;
    this.list();
  }

  list(): readonly RunnerSource[] {
    const runners = this.runners();
    for (const [runner, source] of this.#known) {
      if (runners.includes(runner)) continue;
      this.#known.delete(runner);
      source[Symbol.dispose]();
    }
    return runners.map((runner) => {
      let source = this.#known.get(runner);
      if (source === undefined) {
        this.#known.set(runner, source = new RunnerSource(runner, this.#freeTitle(runner.name)));
      }
      return source;
    });
  }

  /** The name of a runner, with a number if another one has it: a page lists them, and the series of metrics have it. */
  #freeTitle(name: string): string {
    const taken = new Set([...this.#known.values()].map(({ title }) => title));
    let title = name;
    for (let number = 2; taken.has(title); number++) title = `${name} (${number})`;
    return title;
  }

  [Symbol.dispose](): void {
    for (const source of this.#known.values()) source[Symbol.dispose]();
    this.#known.clear();
  }
}
