/**
 * Tasks of a second module, with names that the first one uses too.
 *
 * @module
 */

import { task } from "../../../mod.ts";

export const twin = task({ name: "twin" }, () => "more_tasks.ts");

/** Stands in another module than its `task()` call says. */
export const elsewhere = task(
  { name: "square", module: new URL("./tasks.ts", import.meta.url) },
  (x: number) => x * x,
);

export default task(function theDefault(text: string) {
  return text.toUpperCase();
});
