/**
 * Tasks that do what no task should.
 *
 * @module
 */

import process from "node:process";
import { currentTask, task } from "../../mod.ts";
import { sleep } from "../support.ts";

function forever(): never {
  while (true);
}

// Bodies without end

export const loops = task(function loops() {
  while (true) {
    // on purpose
  }
});

export const loopsAfterAwait = task(async function loopsAfterAwait() {
  await sleep(1);
  currentTask()!.progress(0, String(Deno.pid));
  while (true);
});

export const loopsAnnounced = task(function loopsAnnounced() {
  currentTask()!.progress(0, String(Deno.pid));
  while (true);
});

const LOOPS: Readonly<Record<string, () => unknown>> = {
  "that catches everything": () => {
    while (true) {
      try {
        forever();
      } catch {
        // continues
      }
    }
  },
  "in finally": () => {
    try {
      forever();
    } finally {
      forever();
    }
  },
  "in a regular expression": () => /^(a+)+$/.test("a".repeat(50) + "b"),
  "in a callback of sort()": () => [3, 2, 1].sort(() => forever()),
  "that logs": () => {
    for (let count = 0;; count++) currentTask()!.progress(count % 100 / 100);
  },
  "that makes garbage": () => {
    while (true) JSON.parse(JSON.stringify(Array.from({ length: 100 }, (_, x) => ({ x }))));
  },
  "that reads files": () => {
    while (true) Deno.readTextFileSync(new URL(import.meta.url));
  },
};

/** The kinds of loops that `loopsIn` knows. */
export const KINDS_OF_LOOPS: readonly string[] = Object.keys(LOOPS);

export const loopsIn = task(function loopsIn(kind: string) {
  return LOOPS[kind]!();
});

const STALLS: Readonly<Record<string, () => unknown>> = {
  "in microtasks": async () => {
    while (true) await null;
  },
  "in Atomics.wait()": () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  "after it asked to be spared SIGTERM": async () => {
    Deno.addSignalListener("SIGTERM", () => {});
    await sleep(1);
    while (true);
  },
  "in a subprocess": () => new Deno.Command("sleep", { args: ["3"] }).outputSync(),
  "while it is stopped": () => Deno.kill(Deno.pid, "SIGSTOP"),
};

/** The ways to make no progress that `stalls` knows. */
export const KINDS_OF_STALLS: readonly string[] = Object.keys(STALLS);

export const stalls = task(function stalls(kind: string) {
  currentTask()!.progress(0, "stalling");
  return STALLS[kind]!();
});

/** Runs without end in its first attempt, and writes while it does; tells in its second whether anyone still writes. */
export const beats = task({ name: "beats" }, (file: string) => {
  if (currentTask()!.attempt === 1) {
    for (let count = 0;; count++) Deno.writeTextFileSync(file, String(count));
  }
  return isBeating(file);
});

/** The same after an `await`. */
export const beatsAfterAwait = task({ name: "beatsAfterAwait" }, async (file: string) => {
  await sleep(1);
  return beats(file);
});

function isBeating(file: string): string {
  const before = Deno.readTextFileSync(file);
  const end = performance.now() + 50;
  while (performance.now() < end) {
    if (Deno.readTextFileSync(file) !== before) return "two attempts at a time";
  }
  return "alone";
}

// Bodies that end their worker

const CRASHES: Readonly<Record<string, () => unknown>> = {
  "Deno.exit(7)": () => Deno.exit(7),
  "Deno.exit() after an await": async () => {
    await sleep(1);
    Deno.exit();
  },
  "process.exit(8)": () => process.exit(8),
  "self.close()": async () => {
    self.close();
    await sleep(60_000);
  },
  "a stray rejection": async () => {
    Promise.reject(new Error("astray"));
    await sleep(60_000);
  },
  "an error in a timer": async () => {
    setTimeout(() => {
      throw new RangeError("astray");
    }, 1);
    await sleep(60_000);
  },
  "an error event": async () => {
    queueMicrotask(() => {
      throw new TypeError("astray");
    });
    await sleep(60_000);
  },
};

/** The ways to end a worker that `crashes` knows. */
export const KINDS_OF_CRASHES: readonly string[] = Object.keys(CRASHES);

export const crashes = task(function crashes(kind: string) {
  console.error(`last words before ${kind}`);
  return CRASHES[kind]!();
});

/** Ends its worker in the first attempts. */
export const crashesAtFirst = task({ name: "crashesAtFirst" }, (attempts: number, kind: string) => {
  const { attempt } = currentTask()!;
  return attempt <= attempts ? CRASHES[kind]!() : attempt;
});

/** Leaves a rejection behind that is not handled, and completes. */
export const leavesRejection = task(function leavesRejection() {
  Promise.reject(new Error("left behind"));
  return "done";
});

export const announcesPid = task(async function announcesPid(milliseconds: number) {
  currentTask()!.progress(0, String(Deno.pid));
  await sleep(milliseconds);
  return currentTask()!.attempt;
});

export const eatsMemory = task({ name: "eatsMemory" }, (kind: "objects" | "buffers") => {
  const eaten: unknown[] = [];
  for (let count = 0; count < 600; count++) {
    eaten.push(kind === "objects" ? new Array(2 ** 17).fill(count + 0.5) : new Uint8Array(2 ** 20).fill(count));
  }
  return eaten.length;
});

// What a sandbox keeps from a body

export const readsFile = task(function readsFile(path: string) {
  return Deno.readTextFileSync(path).length;
});

export const writesFile = task(function writesFile(path: string) {
  Deno.writeTextFileSync(path, "written");
});

export const readsVariable = task(function readsVariable(name: string) {
  return Deno.env.get(name) ?? "unset";
});

export const runsCommand = task(function runsCommand() {
  return new Deno.Command("true").outputSync().code;
});
