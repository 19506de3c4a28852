/**
 * The tasks that the cases for pools run in workers.
 *
 * @module
 */

import { currentTask } from "../../tasks/current_task.ts";
import { task } from "../../tasks/task.ts";

/** The pool that they are for. */
const pool = "tested";

/** Notes a line in a file, which several programs may do. */
function note(file: string, line: string): void {
  Deno.writeTextFileSync(file, `${line}\n`, { append: true });
}

/** Returns what it gets. */
export const echo = task({ name: "pool-case-echo", pool }, (value: unknown) => value);

/** Notes that it ran. */
export const count = task({ name: "pool-case-count", pool, retries: 5, backoff: "none" }, (file: string, x: number) => {
  note(file, String(x));
  return x;
});

/** Fails until an attempt, with an error that has fields. */
export const fail = task({ name: "pool-case-fail", pool, retries: 2, backoff: "none" }, (until: number) => {
  const { attempt } = currentTask()!;
  if (attempt >= until) return attempt;
  throw Object.assign(new RangeError(`attempt ${attempt}`, { cause: new Error("deep") }), { status: 418 });
});

/** Notes that it ran, and fails. */
export const countAndFail = task(
  { name: "pool-case-count-and-fail", pool, retries: 1, backoff: "none" },
  (file: string): void => {
    note(file, `attempt ${currentTask()!.attempt}`);
    throw new Error("as it always does");
  },
);

/** Says how far it is. */
export const talk = task({ name: "pool-case-talk", pool }, (steps: number) => {
  const me = currentTask()!;
  for (let step = 1; step <= steps; step++) {
    me.progress(step / steps, `step ${step}`);
    me.log.warn("step", step, { map: new Map([[1, "one"]]) });
  }
  return [me.id, me.name, me.attempt] as const;
});

/** Prints lines. */
export const print = task({ name: "pool-case-print", pool }, async (lines: readonly string[]) => {
  for (const each of lines) {
    console.warn(each);
    await Promise.resolve(); // others print meanwhile, and it is still this task that does
  }
  return lines.length;
});

/** Prints a line again and again, until it is cancelled. */
export const printOn = task({ name: "pool-case-print-on", pool }, async (line: string) => {
  const { signal } = currentTask()!;
  for (;;) {
    signal.throwIfAborted();
    console.warn(line);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

/** Logs a line of many characters, and another one. */
export const logLong = task({ name: "pool-case-log-long", pool }, (length: number) => {
  const { log } = currentTask()!;
  log.warn("x".repeat(length));
  log.warn("after");
});

/** Logs that many lines in less than a second, however often it takes; returns how many it has logged. */
export const logMany = task({ name: "pool-case-log-many", pool }, (count: number) => {
  const { log } = currentTask()!;
  for (let logged = 0;;) {
    const start = performance.now();
    for (let x = 0; x < count; x++) log.warn(`line ${logged++}`);
    if (performance.now() - start < 1_000) return logged;
  }
});

/** Returns its headers. */
export const headersOf = task({ name: "pool-case-headers", pool }, () => ({ ...currentTask()!.headers }));

/** Runs until its signal, or until a file is there; notes when it begins, and how it ends. */
export const hold = task({ name: "pool-case-hold", pool }, async (file: string, release: string, label: string) => {
  const { signal } = currentTask()!;
  note(file, `begin ${label}`);
  while (!exists(release)) {
    if (signal.aborted) {
      note(file, `abort ${label}`);
      throw signal.reason;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  note(file, `end ${label}`);
  return label;
});

/** Loops until it is told to end. */
export const loop = task({ name: "pool-case-loop", pool, timeout: 100 }, () => {
  const me = currentTask()!;
  while (true) me.throwIfCancelled();
});

/** A task that no worker serves: its module is another one for them. */
export const sizes = task({ name: "pool-case-sizes", pool }, (bytes: Uint8Array, length: number) => ({
  got: bytes.length,
  sum: bytes.reduce((sum, each) => sum + each, 0),
  result: "x".repeat(length),
}));

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
