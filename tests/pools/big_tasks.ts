/**
 * Tasks whose values are large, and tasks that record each time that they run.
 *
 * @module
 */

import { currentTask, task } from "../../mod.ts";

/** It takes a moment to write it and to read it. */
const ROWS: readonly { readonly row: number; readonly text: string }[] = Array.from(
  { length: 200_000 },
  (_, row) => ({ row, text: `row ${row}` }),
);

/** What travels slowly. */
export function bigValue(): unknown {
  return ROWS;
}

/** Notes that it runs; takes no time. */
export const tells = task({ name: "tells" }, (file: string) => {
  Deno.writeTextFileSync(file, `${currentTask()!.id}\n`, { append: true });
});

/** The same, with garbage, so that the collector has to step in now and then. */
export const tellsAndLitters = task({ name: "tellsAndLitters" }, (file: string) => {
  tells(file);
  return Array.from({ length: 20_000 }, (_, x) => ({ x })).length;
});

export const takesMuch = task({ name: "takesMuch" }, (file: string, rows: unknown) => {
  tells(file);
  return (rows as unknown[]).length;
});

export const returnsMuch = task({ name: "returnsMuch" }, (file: string) => {
  tells(file);
  return ROWS;
});

export const throwsMuch = task({ name: "throwsMuch" }, (file: string) => {
  tells(file);
  throw Object.assign(new Error("much"), { rows: ROWS });
});
