/**
 * Tasks for the tests of observers, which workers import.
 *
 * @module
 */

import { currentTask, task } from "../../src/tasks/mod.ts";

/** Prints by `console`, in several ways. */
export const printing = task({ name: "printing" }, async (name: string) => {
  console.log("hello", name, { a: 1 });
  await Promise.resolve();
  console.error(`no ${name}`);
  console.table([{ name }]);
  return name;
});

/** Prints without `console`. */
export const writing = task({ name: "writing" }, (words: string) => {
  Deno.stderr.writeSync(new TextEncoder().encode(`${words}\n`));
});

/** Returns its headers. */
export const headersOf = task({ name: "headers-of" }, () => ({ ...currentTask()!.headers }));

/** Ends its worker. */
export const dying = task({ name: "dying" }, () => {
  Deno.exit(3);
});

/** Returns the number of its attempt, once it has failed once. */
export const failing = task({ name: "failing", retries: 1, backoffBase: 0 }, () => {
  const { attempt } = currentTask()!;
  if (attempt === 1) throw new Error("not yet");
  return attempt;
});
