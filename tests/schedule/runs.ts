/**
 * Programs with a scheduler and a checkpoint, one after the other, for tests.
 *
 * @module
 */

import { MemoryCheckpointer, type Scheduler, TaskRunner } from "../../mod.ts";
import { type FakeClock, schedulerOn } from "./support.ts";
import { until } from "../support.ts";

/** A program that ends as it should. */
export async function run<T>(
  checkpointer: MemoryCheckpointer,
  clock: FakeClock,
  body: (scheduler: Scheduler, runner: TaskRunner) => T | Promise<T>,
): Promise<T> {
  await using runner = await TaskRunner.resume(checkpointer);
  await using scheduler = schedulerOn(clock, { runner });
  return await body(scheduler, runner);
}

/** Like `run()`, but the program is killed once records with these ids are saved (without digests): nothing more is written. */
export async function crash(
  clock: FakeClock,
  body: (scheduler: Scheduler, runner: TaskRunner) => void | Promise<void>,
  ids: readonly string[],
): Promise<MemoryCheckpointer> {
  const checkpointer = new MemoryCheckpointer();
  const runner = await TaskRunner.resume(checkpointer);
  const scheduler = schedulerOn(clock, { runner });
  await body(scheduler, runner);
  const isOnRecord = async () => `${withoutDigests(await recordIds(checkpointer))}` === `${ids}`;
  await until(`records of ${ids} are saved`, isOnRecord);
  const copy = new MemoryCheckpointer();
  await copy.save(await Array.fromAsync(checkpointer.load()));
  runner.cancelAll();
  await scheduler.stop();
  await runner.shutdown();
  return copy;
}

/** The ids of all records, sorted. */
export async function recordIds(checkpointer: MemoryCheckpointer): Promise<string[]> {
  return (await Array.fromAsync(checkpointer.load())).map(({ id }) => id).sort();
}

/** Ids of tasks that are the same in every run, by their names. */
export function withoutDigests(ids: readonly string[]): string[] {
  return ids.map((id) => id.replace(/#[0-9a-f]{20}/, ""));
}

/** The times of day for which tasks were submitted. */
export function times(handles: readonly { id: string }[]): string[] {
  return handles.map(({ id }) => id.replace(/.*@.*T/, "").slice(0, 8));
}
