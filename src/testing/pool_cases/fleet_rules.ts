/**
 * Rules for several workers, several runners, and runs that are continued.
 *
 * @module
 */

import type { MemoryCheckpointer } from "../../stores/memory_checkpointer.ts";
import type { PoolContext, PoolRule } from "./pool_context.ts";
import { count, echo, hold, sizes } from "./tasks.ts";

const TASKS = 300;
/** Bytes of an argument that does not fit into a message. */
const LARGE = 3_000_000;

/** The rules. */
export const FLEET_RULES: readonly PoolRule[] = [
  {
    name: "many tasks on two workers run once each",
    test: async (context) => {
      await Promise.all([context.worker({ backend: "thread" }), context.worker()]);
      const runner = context.runner();
      const handles = Array.from({ length: TASKS }, (_, x) => runner.submit(count, context.path("runs"), x));
      const report = await runner.run();
      context.equal("completed", report.counts.completed, TASKS);
      for (const [x, each] of handles.entries()) context.equal(`task ${x}`, await each, x);
      const runs = context.lines("runs").map(Number).sort((a, b) => a - b);
      context.equal("runs", runs, Array.from({ length: TASKS }, (_, x) => x));
    },
  },
  {
    name: "a value goes from one task to the next",
    test: async (context) => {
      await context.worker();
      const runner = context.runner();
      const [first, second] = [runner.submit(echo, 1), runner.submit(echo, new Map([["a", 2]]))];
      const both = runner.submit(echo, [first, second]);
      await runner.run();
      context.equal("both", await both, [1, new Map([["a", 2]])]);
    },
  },
  {
    name: "two runners share workers, and get their own outcomes",
    test: async (context) => {
      await context.worker({ concurrency: 3 });
      const runners = [context.runner(), context.runner()];
      const handles = runners.map((runner, index) =>
        Array.from({ length: 50 }, (_, x) => runner.submit(echo, `${index}-${x}`))
      );
      await Promise.all(runners.map((runner) => runner.run()));
      for (const [index, own] of handles.entries()) {
        for (const [x, each] of own.entries()) context.equal("its own value", await each, `${index}-${x}`);
      }
    },
  },
  {
    name: "what is submitted before there is a worker waits for one, and says so",
    test: async (context) => {
      const runner = context.runner();
      const run = runner.serve();
      const handles = [1, 2].map((x) => runner.submit(echo, x));
      await context.until("it says so", () => handles.every((each) => each.explain().includes("no worker of")));
      await context.worker();
      context.equal("values", await Promise.all(handles), [1, 2]);
      await runner.stop();
      await run;
    },
  },
  {
    name: "the workers of a pool are in the statistics of its runner, and give it their slots",
    test: async (context) => {
      const worker = await context.worker({ worker: "first", concurrency: 3 });
      const runner = context.runner();
      const run = runner.serve();
      await runner.submit(echo, 1);
      const pool = () => runner.statistics().pools["tested"];
      await context.until("it is known", () => pool()?.maxWorkers === 3);
      context.equal("its name and slots", pool()?.remote?.map(({ name, slots }) => [name, slots]), [["first", 3]]);
      await context.worker({ concurrency: 4 });
      await context.until("the second one is known", () => pool()?.maxWorkers === 7);
      await worker.end();
      await context.until("the first one has left", () => pool()?.maxWorkers === 4);
      await runner.stop();
      await run;
    },
  },
  {
    name: "a worker that leaves finishes what it has begun, and the rest runs on another one",
    test: async (context) => {
      const leaving = await context.worker({ concurrency: 2 });
      const runner = context.runner();
      const run = runner.serve();
      const submit = (label: string) => runner.submit(hold, context.path("notes"), context.path("release"), label);
      const handles = ["a", "b", "c", "d"].map(submit);
      await context.until("two run", () => context.lines("notes").length === 2);
      const left = leaving.end();
      await context.worker();
      await context.until("all run", () => context.lines("notes").length === 4);
      context.release("release");
      await left;
      context.equal("values", await Promise.all(handles), ["a", "b", "c", "d"]);
      const begun = context.lines("notes").filter((line) => line.startsWith("begin")).sort();
      context.equal("what began", begun, ["begin a", "begin b", "begin c", "begin d"]);
      await runner.stop();
      await run;
    },
  },
  {
    name: "what stands behind a body that takes long runs on another worker",
    test: async (context) => {
      await context.worker({ concurrency: 1, backend: "thread" });
      const runner = context.runner();
      const run = runner.serve();
      // Quick ones, after which the worker asks for some more than it has slots.
      for (let x = 0; x < 3; x++) await Promise.all(Array.from({ length: 30 }, () => runner.submit(echo, x)));
      const held = runner.submit(hold, context.path("notes"), context.path("release"), "a");
      const behind = Array.from({ length: 20 }, (_, x) => runner.submit(count, context.path("runs"), x));
      await context.until("it runs", () => context.lines("notes").length === 1);
      await context.worker();
      await Promise.all(behind);
      context.equal("whether it runs", held.status, "running");
      context.release("release");
      await held;
      context.equal("runs", context.lines("runs").length, 20);
      await runner.stop();
      await run;
    },
  },
  {
    name: "a runner that shuts down lets bodies run, and the next one gets their outcomes; nothing runs twice",
    test: async (context) => {
      await context.worker({ concurrency: 2 });
      const checkpointer = context.checkpointer();
      const submit = (runner: Awaited<ReturnType<typeof context.durableRunner>>) => [
        ...["a", "b"].map((label) => runner.submit(hold, context.path("notes"), context.path("release"), label)),
        ...[1, 2, 3, 4].map((x) => runner.submit(count, context.path("runs"), x)),
      ];
      const first = await context.durableRunner(checkpointer);
      submit(first);
      void first.run().catch(() => {});
      await context.until("two run", () => context.lines("notes").length === 2);
      await first.shutdown();
      context.release("release");
      await context.until("they have ended", () => context.lines("notes").length === 4);
      const second = await context.durableRunner(checkpointer);
      const handles = submit(second);
      await second.run();
      context.equal("values", await Promise.all<unknown>(handles), ["a", "b", 1, 2, 3, 4]);
      context.equal("notes", context.lines("notes").sort(), ["begin a", "begin b", "end a", "end b"]);
      context.equal("runs", context.lines("runs").sort(), ["1", "2", "3", "4"]);
    },
  },
  {
    name: "an outcome that is on record is not that of the next attempt",
    test: async (context) => {
      await context.worker({ concurrency: 1 });
      const checkpointer = await leftRunning(context);
      // As if the runner had heard of the end, and had been killed before it told the engine to forget the outcome.
      const records = (await Array.fromAsync(checkpointer.load())).filter(({ name }) => name === hold.name);
      await checkpointer.save(records.map((record) => ({ ...record, status: "failed" })));
      context.release("release");
      await context.until("it has ended", () => context.lines("notes").length === 2);
      const second = await context.durableRunner(checkpointer);
      const handle = second.submit(hold, context.path("notes"), context.path("release"), "a");
      await second.run();
      context.equal("its status", handle.status, "completed");
      context.equal("notes", context.lines("notes"), ["begin a", "end a", "begin a", "end a"]);
    },
  },
  {
    name: "a job that waits for a worker survives its runner, with its large arguments",
    test: async (context) => {
      const checkpointer = context.checkpointer();
      const submit = (runner: Awaited<ReturnType<typeof context.durableRunner>>) =>
        runner.submit(sizes, new Uint8Array(LARGE).fill(1), 10);
      const first = await context.durableRunner(checkpointer);
      const left = submit(first);
      void first.run().catch(() => {});
      await context.until("it waits for a worker", () => left.explain().includes("no worker of"));
      await first.shutdown();
      await context.worker();
      const second = await context.durableRunner(checkpointer);
      const handle = submit(second);
      await second.run();
      context.equal("what it got", (await handle).sum, LARGE);
    },
  },
  {
    name: "what still runs when a run is continued is waited for",
    test: async (context) => {
      await context.worker({ concurrency: 1 });
      const checkpointer = await leftRunning(context);
      const second = await context.durableRunner(checkpointer);
      const handle = second.submit(hold, context.path("notes"), context.path("release"), "a");
      const run = second.run();
      await context.until("it is known to run", () => handle.status === "running");
      context.release("release");
      await run;
      context.equal("its value", await handle, "a");
      context.equal("notes", context.lines("notes"), ["begin a", "end a"]);
    },
  },
  {
    name: "cancelAll() ends bodies on workers",
    test: async (context) => {
      await context.worker({ concurrency: 2 });
      const runner = await context.durableRunner(context.checkpointer());
      const handles = ["a", "b", "c"].map((label) =>
        runner.submit(hold, context.path("notes"), context.path("never"), label)
      );
      const run = runner.run();
      await context.until("two run", () => context.lines("notes").length === 2);
      runner.cancelAll();
      await run;
      context.equal("statuses", handles.map(({ status }) => status), ["cancelled", "cancelled", "cancelled"]);
      const aborted = () => context.lines("notes").filter((line) => line.startsWith("abort")).length;
      await context.until("both bodies have ended", () => aborted() === 2);
    },
  },
];

/** The checkpoint of a runner that was shut down while a worker ran the body of `hold` with the label `"a"`. */
async function leftRunning(context: PoolContext): Promise<MemoryCheckpointer> {
  const checkpointer = context.checkpointer();
  const runner = await context.durableRunner(checkpointer);
  runner.submit(hold, context.path("notes"), context.path("release"), "a");
  void runner.run().catch(() => {});
  await context.until("it runs", () => context.lines("notes").length === 1);
  await runner.shutdown();
  return checkpointer;
}
