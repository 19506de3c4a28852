/**
 * Tasks that once made worker pools lose track of their workers.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { currentTask, task } from "../../mod.ts";
import { block, sleep } from "../support.ts";

function note(file: string, text: string): void {
  Deno.writeTextFileSync(file, `${text}\n`, { append: true });
}

/** A value that takes long to write. */
function slow(milliseconds: number): { readonly x: number } {
  return {
    get x() {
      block(milliseconds);
      return 1;
    },
  };
}

export const takesValue = task(function takesValue({ value }: { readonly value: number }) {
  return value;
});

export const returnsMap = task(function returnsMap(x: number) {
  return new Map([[x, x]]);
});

/** Fills the log with records that are too large for a ring. */
export const logsWithoutEnd = task(function logsWithoutEnd() {
  const line = "x".repeat(100_000);
  while (true) currentTask()!.log(line);
});

/** The same with progress. */
export const reportsMuchWithoutEnd = task(function reportsMuchWithoutEnd() {
  const message = "x".repeat(100_000);
  while (true) currentTask()!.progress(0.5, message);
});

/** Ends once it sees that it is cancelled. */
export const pollsUntilCancelled = task(function pollsUntilCancelled() {
  let looks = 0;
  while (!currentTask()!.cancelled) looks++;
  return looks;
});

/** Reports all the time, until a file exists. */
export const reportsUntil = task(async function reportsUntil(file: string) {
  while (!existsSync(file)) {
    currentTask()!.progress(0.5);
    await sleep(1);
  }
  return file;
});

/** Reports all the time, for so long. */
export const reportsFor = task(async function reportsFor(milliseconds: number) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    currentTask()!.progress(0.5);
    await sleep(1);
  }
  return milliseconds;
});

/** Notes when it begins and ends, and says something in between. */
export const logsAndNotes = task({ name: "logsAndNotes" }, (file: string, milliseconds: number) => {
  note(file, `begins ${currentTask()!.attempt}`);
  currentTask()!.log("hello");
  block(milliseconds);
  note(file, `ends ${currentTask()!.attempt}`);
});

export const returnsThrowingThen = task(function returnsThrowingThen(): unknown {
  return {
    get then(): never {
      throw new RangeError("do not look");
    },
  };
});

/** Notes that it runs; its result takes so long to write. */
export const returnsSlowly = task({ name: "returnsSlowly" }, (file: string, milliseconds: number) => {
  note(file, currentTask()!.id);
  return slow(milliseconds);
});

/** Notes that it runs; its error takes so long to write. */
export const throwsSlowly = task({ name: "throwsSlowly" }, (file: string, milliseconds: number) => {
  note(file, currentTask()!.id);
  throw Object.assign(new Error("slow"), { details: slow(milliseconds) });
});

/** Globals that code made for a worker of its own may set, or that a test may replace. */
interface Patched {
  onmessage: unknown;
  onerror: unknown;
  postMessage: unknown;
}

const PATCHES: Readonly<Record<string, (scope: Patched) => void>> = {
  "onmessage": (scope) => scope.onmessage = () => {},
  "onmessage, to nothing": (scope) => scope.onmessage = null,
  "onerror": (scope) => scope.onerror = () => {},
  "postMessage": (scope) => scope.postMessage = () => {},
  "a listener that lets nothing through": () => {
    addEventListener("message", (event) => event.stopImmediatePropagation());
  },
  "performance.now": () => performance.now = () => 0,
  "Date.now": () => Date.now = () => 0,
};

/** What `patches` knows to replace. */
export const KINDS_OF_PATCHES: readonly string[] = Object.keys(PATCHES);

/** Replaces a global of its worker, for all that come after. */
export const patches = task(function patches(kind: string) {
  PATCHES[kind]!(globalThis as unknown as Patched);
  return kind;
});

/** Breaks what its worker needs to tell anything. */
export const breaksEncoder = task(function breaksEncoder(how: "return" | "throw") {
  Reflect.set(TextEncoder.prototype, "encodeInto", undefined);
  if (how === "throw") throw new Error("broken");
  return "a string that has to be encoded, as it is not in ASCII: ö";
});

export const writesInto = task(function writesInto(memory: Int32Array) {
  return Atomics.add(memory, 0, 1);
});
