/**
 * What the library adds to the start of a program, and of a worker.
 *
 * Each measurement is a program of its own. Programs that are compared take turns. Times over an empty script depend on the
 * machine; the ratios to an empty script, to peers and to a bare worker depend on it less.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { printFigures } from "./goals.ts";
import { median, printTable, times } from "./harness.ts";

/** How many rounds count; two more come first. */
const ROUNDS = Number(Deno.args[0] ?? 21);
const REPOSITORY = new URL("../", import.meta.url);
/** How long an empty script took on the machine for which the goals were set, in milliseconds. */
const EMPTY_MS = 18;

const MOD = JSON.stringify(new URL("mod.ts", REPOSITORY).href);
const TASK = JSON.stringify(new URL("src/tasks/mod.ts", REPOSITORY).href);

const TEN_TASKS = `
import { TaskRunner } from ${MOD};
const runner = new TaskRunner();
const handles = Array.from({ length: 10 }, (_, index) => runner.submit(async (x: number) => x * x, index));
await runner.run();
if (await handles[9] !== 81) throw new Error("wrong");
`;
const TEN_QUEUED = `
import PQueue from "npm:p-queue@10.0.0";
const queue = new PQueue({ concurrency: 100 });
const all = await Promise.all(Array.from({ length: 10 }, (_, index) => queue.add(async () => index * index)));
if (all[9] !== 81) throw new Error("wrong");
`;

/** Scripts that are timed from outside, by name. */
const SCRIPTS: Readonly<Record<string, string>> = {
  "empty": "",
  "import mod.ts": `import ${MOD};\n`,
  "import ./task": `import ${TASK};\n`,
  "ten tasks": TEN_TASKS,
  "import p-queue": `import "npm:p-queue@10.0.0";\n`,
  "ten tasks with p-queue": TEN_QUEUED,
  "import effect": `import "npm:effect@4.1.0";\n`,
};

/** A module with a task. */
function taskModule(from: string, backend: string): string {
  return `import { task } from ${from};
export const square = task({ name: "square", backend: "${backend}" }, (x: number) => x * x);
`;
}

/** A program that times the first result of a new pool. */
function firstResult(module: string): string {
  return `import { TaskRunner } from ${MOD};
import { square } from "./${module}";
const runner = new TaskRunner();
const start = performance.now();
if (await runner.submit(square, 9) !== 81) throw new Error("wrong");
console.log(performance.now() - start);
await runner.shutdown();
`;
}

/** What the programs that time themselves import. */
const MODULES: Readonly<Record<string, string>> = {
  "bare_worker.ts": "self.onmessage = ({ data }) => self.postMessage(data * data);\n",
  "bare_child.ts": "console.log(Number(Deno.args[0]) ** 2);\n",
  "light_thread.ts": taskModule(TASK, "thread"),
  "whole_thread.ts": taskModule(MOD, "thread"),
  "light_process.ts": taskModule(TASK, "process"),
  "whole_process.ts": taskModule(MOD, "process"),
};

const BARE_WORKER = `
const start = performance.now();
const worker = new Worker(new URL("./bare_worker.ts", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => {
  if (data !== 81) throw new Error("wrong");
  console.log(performance.now() - start);
  worker.terminate();
};
worker.postMessage(9);
`;
const BARE_CHILD = `
const start = performance.now();
const { stdout } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "--no-check", new URL("./bare_child.ts", import.meta.url).href, "9"],
}).output();
if (new TextDecoder().decode(stdout).trim() !== "81") throw new Error("wrong");
console.log(performance.now() - start);
`;

/** Programs that print how many milliseconds their first result took, by name. The first of each table is the reference. */
const FIRST_RESULTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "thread": {
    "new Worker(), without this package": BARE_WORKER,
    "task module that imports ./task": firstResult("light_thread.ts"),
    "task module that imports mod.ts": firstResult("whole_thread.ts"),
  },
  "process": {
    "deno run, without this package": BARE_CHILD,
    "task module that imports ./task": firstResult("light_process.ts"),
    "task module that imports mod.ts": firstResult("whole_process.ts"),
  },
};

const folder = await Deno.makeTempDir({ prefix: "workflowy-startup-" });
const config = fromFileUrl(new URL("deno.json", REPOSITORY));

/** Runs each script once per round; returns the milliseconds of each, by name: what it prints, or else how long it takes. */
async function timeAll(scripts: Readonly<Record<string, string>>, prints: boolean): Promise<Map<string, number[]>> {
  const files = new Map<string, string>();
  for (const [name, source] of Object.entries(scripts)) {
    const file = join(folder, `${name.replaceAll(/\W/g, "_")}_${files.size}${prints ? "_first" : ""}.ts`);
    await Deno.writeTextFile(file, source);
    files.set(name, file);
  }
  const timings = new Map<string, number[]>([...files.keys()].map((name) => [name, []]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [name, file] of files) {
      const start = performance.now();
      const { success, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--config", config, file],
        stdin: "null",
        stderr: "inherit",
      }).output();
      const taken = performance.now() - start;
      if (!success) throw new Error(`Cannot run the script "${name}"`);
      if (round >= 0) timings.get(name)!.push(prints ? Number(new TextDecoder().decode(stdout)) : taken);
    }
  }
  return timings;
}

/** The median over the rounds of what a script takes longer than the reference, and how many times as long it takes. */
function compared(timings: Map<string, number[]>, name: string, reference: string): { over: number; ratio: number } {
  const [own, other] = [timings.get(name)!, timings.get(reference)!];
  return {
    over: median(own.map((taken, round) => taken - other[round]!)),
    ratio: median(own.map((taken, round) => taken / other[round]!)),
  };
}

try {
  for (const [file, source] of Object.entries(MODULES)) await Deno.writeTextFile(join(folder, file), source);
  const scripts = await timeAll(SCRIPTS, false);
  printTable(
    `deno run of a script, ${ROUNDS} rounds`,
    ["", "ms", "min", "ms over empty", "÷ empty"],
    [...scripts].map(([name, all]) => {
      const { over, ratio } = compared(scripts, name, "empty");
      return [name, median(all).toFixed(1), Math.min(...all).toFixed(1), over.toFixed(1), times(ratio)];
    }),
  );
  const emptyMs = median(scripts.get("empty")!);
  for (
    const [name, goal] of [["import mod.ts", 24], ["import ./task", 10], ["ten tasks", 25]] as const
  ) {
    const scaled = compared(scripts, name, "empty").over * EMPTY_MS / emptyMs;
    printFigures([{
      what: `${name}, over empty where empty takes ${EMPTY_MS} ms`,
      value: scaled,
      goal,
      text: (value) => `${value.toFixed(1)} ms`,
    }]);
  }
  for (const [kind, goal] of [["thread", 1.2], ["process", 1.15]] as const) {
    const first = await timeAll(FIRST_RESULTS[kind]!, true);
    const reference = [...first.keys()][0]!;
    printTable(
      `First result of a new pool, ${kind}, ${ROUNDS} rounds`,
      ["", "ms", "min", "÷ bare"],
      [...first].map(([name, all]) => [
        name,
        median(all).toFixed(1),
        Math.min(...all).toFixed(1),
        times(compared(first, name, reference).ratio),
      ]),
    );
    printFigures(
      [...first.keys()].slice(1).map((name) => ({
        what: `first result, ${name} ÷ bare`,
        value: compared(first, name, reference).ratio,
        goal,
      })),
    );
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
