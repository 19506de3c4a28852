/**
 * A program that is sent signals: `ends_by_signal.ts SCENE STATE`. It says "go" when it is time for one.
 *
 * @module
 */

import { currentTask, MemoryCheckpointer, task, type TaskRecord, TaskRunner } from "../../../mod.ts";
import { FileCheckpointer } from "../../../src/stores/file_checkpointer.ts";
import { sleep } from "../../support.ts";

const say = (text: string) => console.log(text);

let waiting = 0;

/** Ends when it is told to, after a while, with a value or an error; or sends the program another signal. */
export const willing = task({ name: "willing" }, async (how: "value" | "error" | "slow" | "late" | "signals") => {
  const { signal } = currentTask()!;
  waiting++;
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  say(`told: ${(signal.reason as Error).message}`);
  if (how === "signals") Deno.kill(Deno.pid, "SIGTERM");
  await sleep(how === "late" || how === "signals" ? 60_000 : how === "slow" ? 1_500 : 50);
  if (how === "error") throw new Error("interrupted");
  return how;
});

export const square = task({ name: "square" }, (x: number) => x * x);

export const fails = task({ name: "fails", retries: 1, backoffBase: "1h" }, () => {
  throw new Error("try again");
});

export const thread = task({ name: "thread", backend: "thread" }, (path: string, how: string) => {
  Deno.writeTextFileSync(path, "begun\n", { append: true });
  while (how === "loops" || !currentTask()!.cancelled);
  return "ended";
});

export const child = task({ name: "child", backend: "process" }, async (path: string) => {
  Deno.writeTextFileSync(path, `${Deno.pid}\n`, { append: true });
  await new Promise(() => setInterval(() => {}, 1_000));
});

/** Keeps the program's attention until there are so many lines in a file. */
async function lines(path: string, count: number): Promise<void> {
  for (;;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text.split("\n").length > count) return;
    await sleep(10);
  }
}

/** Resolves a while after so many bodies wait for being told. */
async function begun(count: number): Promise<void> {
  do await sleep(20); while (waiting < count);
}

type Scene = (state: string) => Promise<void>;

const SCENES: Record<string, Scene> = {
  async paused(state) {
    await using runner = new TaskRunner({ checkpointPath: state, handleSignals: true });
    runner.pause();
    const handle = runner.submit(square, 5);
    await handle.saved();
    say("go");
    await runner.run();
  },

  async run(state) {
    await using runner = new TaskRunner({ checkpointPath: state, handleSignals: true });
    runner.submit(square, 3);
    const value = runner.submit(willing, "value");
    runner.submit(willing, "error");
    runner.submit(square, value.after(runner.submit(square, 4)) as never);
    runner.submit(fails);
    value.then(() => say("continued: value"), () => say("continued: value failed"));
    runner.addEventListener("completed", ({ handle }) => say(`completed: ${handle.name}`));
    const run = runner.run().finally(() => say("continued: run"));
    await begun(2);
    say("go");
    await run;
    say("continued: program");
  },
  async late(state) {
    await using runner = new TaskRunner({ checkpointPath: state, handleSignals: true });
    runner.submit(willing, "late");
    const run = runner.run();
    await begun(1);
    say("go");
    await run;
  },
  async within(state) {
    await using runner = new TaskRunner({ checkpointPath: state, handleSignals: { within: "3s" } });
    runner.submit(willing, "slow");
    runner.submit(willing, "late");
    const run = runner.run();
    await begun(2);
    say("go");
    await run;
  },
  async twice(state) {
    await using runner = new TaskRunner({ checkpointPath: state, handleSignals: true });
    runner.submit(willing, "signals");
    const run = runner.run();
    await begun(1);
    say("go");
    await run;
  },
  async serve(state) {
    await using runner = new TaskRunner({ checkpointPath: state, checkpointInterval: "1h", handleSignals: true });
    const served = runner.serve().finally(() => say("continued: serve"));
    await runner.submit(square, 3);
    runner.submit(async function parent() {
      await runner.submit(willing, "value");
    });
    await begun(1);
    say("go");
    await served;
  },
  async idle(state) {
    await using runner = new TaskRunner({ checkpointPath: state, handleSignals: true });
    runner.submit(square, 3);
    say("go");
    await new Promise(() => setInterval(() => {}, 1_000));
  },
  async none() {
    await using runner = new TaskRunner({ handleSignals: true });
    runner.submit(willing, "value");
    const run = runner.run().finally(() => say("continued: run"));
    await begun(1);
    say("go");
    await run;
  },
  async workers(state) {
    await using runner = new TaskRunner({ checkpointPath: state, handleSignals: true, maxWorkers: 2 });
    const begun = `${state}.begun`;
    for (let copy = 0; copy < 5; copy++) {
      child.with({ runner, key: `child${copy}` }).submit(begun);
      thread.with({ runner, key: `thread${copy}` }).submit(begun, "obeys");
    }
    const run = runner.run();
    await lines(begun, 4);
    say("go");
    await run;
  },
  async loops(state) {
    await using runner = new TaskRunner({ checkpointPath: state, handleSignals: true, maxWorkers: 1 });
    thread.with({ runner, key: "loops" }).submit(`${state}.begun`, "loops");
    const run = runner.run();
    await lines(`${state}.begun`, 1);
    say("go");
    await run;
  },
  async shutting(state) {
    class Slow extends FileCheckpointer {
      override async save(records: readonly TaskRecord[]): Promise<void> {
        say("go");
        await sleep(200);
        await super.save(records);
      }
    }
    const runner = new TaskRunner({
      checkpointer: new Slow(state),
      checkpointInterval: "1h",
      handleSignals: true,
    });
    await Promise.all([1, 2, 3].map((x) => runner.submit(square, x)));
    await runner.shutdown();
    await new Promise(() => setInterval(() => {}, 1_000));
  },
  async two(state) {
    class Slow extends FileCheckpointer {
      override async save(records: readonly TaskRecord[]): Promise<void> {
        await sleep(200);
        await super.save(records);
      }
    }
    const runners = [
      new TaskRunner({ checkpointPath: state, handleSignals: true }),
      new TaskRunner({ checkpointer: new Slow(`${state}.slow`), handleSignals: true }),
    ];
    const runs = runners.map((runner) => (runner.submit(square, 3), runner.submit(willing, "value"), runner.run()));
    await begun(2);
    say("go");
    await Promise.all(runs);
  },
  async broken() {
    class Broken extends MemoryCheckpointer {
      override save(): Promise<void> {
        return Promise.reject(new Error("no room"));
      }
    }
    await using runner = new TaskRunner({ checkpointer: new Broken(), checkpointInterval: "1h", handleSignals: true });
    await runner.submit(square, 3);
    say("go");
    await new Promise(() => setInterval(() => {}, 1_000));
  },
  async hangs() {
    class Hanging extends MemoryCheckpointer {
      override save(): Promise<void> {
        return new Promise(() => {});
      }
      override [Symbol.asyncDispose](): Promise<void> {
        return new Promise(() => {});
      }
    }
    await using runner = new TaskRunner({ checkpointer: new Hanging(), handleSignals: true });
    const squared = runner.submit(square, 3);
    await sleep(20); // by then, the result is being saved
    say("go");
    await squared;
    say("continued: square");
  },
  async waits() {
    await using runner = new TaskRunner({ handleSignals: true });
    runner.submit(async function parent() {
      try {
        await runner.submit(willing, "value");
      } finally {
        say("parent: finally");
      }
    });
    const run = runner.run().finally(() => say("continued: run"));
    await begun(1);
    say("go");
    await run;
  },
  async shut(state) {
    const runner = new TaskRunner({ checkpointPath: state, handleSignals: true });
    await runner.submit(square, 3);
    await runner.shutdown();
    say("go");
    await new Promise(() => setInterval(() => {}, 1_000));
  },
  async exits(state) {
    const runner = new TaskRunner({ checkpointPath: state, handleSignals: true });
    await runner.submit(square, 3);
    say("go");
  },
};

if (import.meta.main) await SCENES[Deno.args[0]!]!(Deno.args[1]!);
