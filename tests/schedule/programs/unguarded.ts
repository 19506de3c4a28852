/**
 * A program that starts a scheduler wherever it is imported, as it has no guard.
 *
 * @module
 */

import { Scheduler, task } from "../../../mod.ts";

export const twice = task({ name: "twice", backend: "thread" }, (x: number) => 2 * x);

const scheduler = new Scheduler();
scheduler.start();
await scheduler.stop();
