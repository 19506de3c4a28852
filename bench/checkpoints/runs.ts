/**
 * Whole runs with a checkpointer.
 *
 * @module
 */

import { task, TaskRunner } from "../../mod.ts";
import { median, time } from "../harness.ts";
import { bytesWritten, sizeOf, type WorkFolder } from "./disk.ts";
import type { OpenCheckpointer } from "./ours.ts";
import { type StoreTiming, takeTurns } from "./turns.ts";

/** A way of running tasks. */
export interface RunKind {
  readonly name: string;
  /** `undefined` if nothing is to be kept. */
  readonly open: OpenCheckpointer | undefined;
  /** `checkpointInterval`. */
  readonly interval?: "1s";
  /** How often it has its turn, if that is fewer times than the others. */
  readonly rounds?: number;
}

/** How runs are compared. */
export interface RunComparison {
  readonly tasks: number;
  /** How many tasks are under way, the next one submitted when one has finished; all are submitted at once by default. */
  readonly inFlight?: number;
  readonly rounds: number;
}

// deno-lint-ignore require-await -- as bodies usually are
const double = task({ name: "double" }, async (x: number) => 2 * x);

/** Async bodies at a time, as is the default, or as many as are under way. */
const MAX_WORKERS = 100;
/** As many tasks as V8 needs to have compiled what is measured. */
const WARM_UP_TASKS = 2_000;

/** Lets runs take turns, each with a runner and a checkpoint of its own: submitting, running, closing. */
export async function compareRuns(
  kinds: readonly RunKind[],
  comparison: RunComparison,
  work: WorkFolder,
): Promise<StoreTiming[]> {
  const repeaters = kinds.map((kind) => new Repeater(kind, comparison, work));
  for (const repeater of repeaters) await repeater.warmUp();
  await takeTurns(repeaters, comparison.rounds);
  return repeaters.map((repeater) => repeater.end());
}

/** Runs the same again and again. */
class Repeater {
  readonly #kind: RunKind;
  readonly #comparison: RunComparison;
  readonly #work: WorkFolder;
  readonly #micros: number[] = [];
  readonly #written: number[] = [];
  readonly #kept: number[] = [];

  constructor(kind: RunKind, comparison: RunComparison, work: WorkFolder) {
    this.#kind = kind;
    this.#comparison = comparison;
    this.#work = work;
  }

  async warmUp(): Promise<void> {
    await this.#runIn(await this.#work.folder(), Math.min(WARM_UP_TASKS, this.#comparison.tasks));
  }

  async turn(): Promise<void> {
    const { tasks, rounds } = this.#comparison;
    if (this.#micros.length >= (this.#kind.rounds ?? rounds)) return;
    const folder = await this.#work.folder();
    const before = bytesWritten();
    this.#micros.push(await time(() => this.#runIn(folder, tasks), tasks));
    if (before !== undefined) this.#written.push((bytesWritten()! - before) / tasks);
    this.#kept.push(sizeOf(folder) / tasks);
    await Deno.remove(folder, { recursive: true });
  }

  end(): StoreTiming {
    const written = this.#written.length > 0 ? median(this.#written) : undefined;
    return { name: this.#kind.name, micros: this.#micros, kept: median(this.#kept), written };
  }

  async #runIn(folder: string, tasks: number): Promise<void> {
    const { open, interval } = this.#kind;
    const { inFlight } = this.#comparison;
    const maxWorkers = Math.max(MAX_WORKERS, inFlight ?? 0);
    await using runner = new TaskRunner({ maxWorkers, checkpointer: open?.(folder), checkpointInterval: interval });
    if (inFlight === undefined) submitAll(runner, tasks);
    else await keepInFlight(runner, tasks, inFlight);
    const { counts } = await runner.run();
    if (counts.completed !== tasks) throw new Error(`Only ${counts.completed} of ${tasks} tasks completed`);
  }
}

function submitAll(runner: TaskRunner, tasks: number): void {
  for (let x = 0; x < tasks; x++) runner.submit(double, x);
}

/** Submits a task whenever one has finished, which is when its completion was saved. */
async function keepInFlight(runner: TaskRunner, tasks: number, inFlight: number): Promise<void> {
  let next = 0;
  const go = async () => {
    while (next < tasks) await runner.submit(double, next++);
  };
  await Promise.all(Array.from({ length: inFlight }, go));
}
