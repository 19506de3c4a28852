/**
 * Forgets the guard: it starts a runner at its top level. `BACKEND` says where its task runs.
 *
 * @module
 */

import { type Backend, task, TaskRunner } from "../../../mod.ts";

const double = task({ name: "double", backend: Deno.env.get("BACKEND") as Backend }, (x: number) => 2 * x);

await using runner = new TaskRunner({ maxWorkers: 1 });
console.log(`DOUBLE ${await runner.submit(double, 4)}`);
