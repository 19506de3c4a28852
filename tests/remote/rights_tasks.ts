import { task } from "../../src/tasks/mod.ts";

function firstOf(path: string): string {
  return Deno.readTextFileSync(path).slice(0, 1);
}

const pool = "cluster";

/** Its module says that it may do nothing. */
export const locked = task({ name: "rights-locked", pool, permissions: "none" }, firstOf);

/** It may do what the worker may. */
export const open = task({ name: "rights-open", pool }, firstOf);

/** Takes that many MiB. */
export const grow = task({ name: "rights-grow", pool, memoryLimitMb: 64 }, (megabytes: number) => {
  const parts: number[][] = [];
  for (let part = 0; part < megabytes; part++) parts.push(Array.from({ length: 1 << 17 }, (_, x) => x + part));
  return parts.length;
});
