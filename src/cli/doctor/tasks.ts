/**
 * What `workflowy doctor` runs in workers.
 *
 * @module
 */

import { task } from "../../tasks/task.ts";

/** Tells that a thread works. */
export const inThread = task({ name: "doctor-thread", backend: "thread" }, () => Deno.pid);

/** Tells that a subprocess works. */
export const inProcess = task({ name: "doctor-process", backend: "process" }, () => Deno.pid);
