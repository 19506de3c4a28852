/**
 * How much faster two workers are than one.
 *
 * @module
 */

import type { Timing } from "../harness.ts";
import type { Field } from "./contenders.ts";

const TASKS = 40;
const STEPS = 1.5e7;

/** Times the same work on one worker and on two. */
export async function speedUp(field: Field, names: readonly string[]): Promise<[one: Timing[], two: Timing[]]> {
  const params = { tasks: TASKS, size: STEPS };
  const discipline = { measurement: "cpu", names };
  const one = await field.time({ ...discipline, rounds: 2, warmups: 1, params: { ...params, workers: 1 } });
  const two = await field.time({ ...discipline, rounds: 5, warmups: 1, params: { ...params, workers: 2 } });
  return [one, two];
}
