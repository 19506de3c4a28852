import { task } from "../../src/tasks/mod.ts";

/** Does nothing. */
export const noop = task({ name: "bench-noop", pool: "cluster" }, (x: number) => x);
