/**
 * Cases on running many tasks: order, slots, dependencies, cancelling.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { DependencyFailedError, type TaskHandle } from "../../../mod.ts";
import { quietRunner, untilEvent } from "../support.ts";
import { sleep, tempFolder, textOf, until } from "../../support.ts";
import type { Case } from "./case.ts";
import { add, failsToPay, hangsAtFirst, meets, notes, reportsAndWaits, spin, square, sum, waits } from "./tasks.ts";

/** The greatest number of `+` without their `-` at any place. */
function deepest(text: string): number {
  let [now, most] = [0, 0];
  for (const mark of text) most = Math.max(most, now += mark === "+" ? 1 : -1);
  return most;
}

/** Cases on running many tasks: order, slots, dependencies, cancelling. */
export const runningCases: readonly Case[] = [
  {
    name: "passes results on to dependents, on this backend and on others",
    async run(backend, runner) {
      const squares = square.with({ backend, runner }).map([1, 2, 3]);
      const here = runner.submit(sum.with({ backend }), squares);
      const there = runner.submit(add.with({ backend: "async" }), here, 100);
      const back = runner.submit(add.with({ backend }), there, there);
      assertEquals([await here, await there, await back], [14, 114, 228]);
    },
  },
  {
    name: "fails the dependents of a failed task",
    async run(backend, runner) {
      const failed = runner.submit(failsToPay.with({ backend }), "1");
      const error = await runner.submit(square.with({ backend }), failed as TaskHandle<never>).exception();
      assertInstanceOf(error, DependencyFailedError);
      assertEquals((error.cause as Error).name, "PaymentError");
    },
  },
  {
    name: "run() rejects with the first failing task's own error, and leaves nothing running",
    async run(backend) {
      await using runner = quietRunner({ onTaskError: "raise" });
      const waiting = runner.submit(reportsAndWaits.with({ backend }));
      runner.submit(failsToPay.with({ backend }), "1");
      const error = await runner.run().then(() => undefined, (error: Error) => error);
      assertEquals([error?.name, waiting.status], ["PaymentError", "cancelled"]);
    },
  },
  {
    name: "runs a thousand tasks, each once",
    async run(backend) {
      await using runner = quietRunner();
      const handles = square.with({ backend, runner }).map(Array.from({ length: 1_000 }, (_, x) => x));
      const report = await runner.run();
      assertEquals(report.counts.completed, 1_000);
      assertEquals(await Promise.all(handles), handles.map((_, x) => x * x));
      assert(handles.every(({ attempts }) => attempts === 1));
    },
  },
  {
    name: "starts tasks by priority, then in the order of submission",
    async run(backend) {
      await using runner = quietRunner({ maxWorkers: 1 });
      const order: string[] = [];
      runner.addEventListener("completed", ({ handle }) => order.push(handle.id));
      for (const [key, priority] of [["a", 0], ["b", 5], ["c", 0], ["d", 5], ["e", -1]] as const) {
        waits.with({ backend, runner, key, priority }).submit(2);
      }
      await runner.run();
      assertEquals(order, ["b", "d", "a", "c", "e"]);
    },
  },
  {
    name: "runs as many bodies at a time as it has slots",
    async run(backend) {
      await using runner = quietRunner({ maxWorkers: 2 });
      await using folder = await tempFolder();
      const [a, b] = [folder.file("a"), folder.file("b")];
      const pair = [runner.submit(meets.with({ backend }), a, b), runner.submit(meets.with({ backend }), b, a)];
      assertEquals(await Promise.all(pair), ["met", "met"]);
    },
  },
  {
    name: "runs no more bodies at a time than it has slots",
    async run(backend) {
      await using runner = quietRunner({ maxWorkers: 2 });
      await using folder = await tempFolder();
      const file = folder.file("notes");
      for (let count = 0; count < 20; count++) runner.submit(notes.with({ backend }), file, count % 4);
      await runner.run();
      assertEquals(textOf(file).length, 40);
      assert(deepest(textOf(file)) <= 2, `there were ${deepest(textOf(file))}: ${textOf(file)}`);
    },
  },
  {
    name: "counts the time that a body takes against its timeout, and not the wait for its turn",
    async run(backend) {
      await using runner = quietRunner({ maxWorkers: 1 });
      await runner.submit(square.with({ backend }), 1);
      const handles = Array.from({ length: 8 }, () => runner.submit(spin.with({ backend, timeout: "1s" }), 150));
      assertEquals(await Promise.all(handles), handles.map(() => 150));
    },
  },
  {
    name: "continues after a running task was cancelled that waits",
    async run(backend) {
      await using runner = quietRunner({ maxWorkers: 1 });
      const handle = runner.submit(reportsAndWaits.with({ backend }));
      await untilEvent(runner, "progress", handle);
      handle.cancel();
      assertEquals(await runner.submit(square.with({ backend }), 3), 9);
      await until("the body has ended", () => runner.statistics().abandoned === 0);
    },
  },
  {
    name: "never starts a task that was cancelled before its turn",
    async run(backend) {
      await using runner = quietRunner({ maxWorkers: 1 });
      await using folder = await tempFolder();
      const file = folder.file("notes");
      const first = runner.submit(waits.with({ backend }), 50);
      const handles = Array.from({ length: 10 }, () => runner.submit(notes.with({ backend }), file, 0));
      await untilEvent(runner, "running", first);
      for (const handle of handles) handle.cancel();
      await first;
      assertEquals(await runner.submit(square.with({ backend }), 3), 9);
      assertEquals([textOf(file), runner.statistics().cancelled], ["", 10]);
    },
  },
  {
    name: "ends a body that ignores that it is out of time",
    needs: ["ends deaf bodies"],
    async run(backend) {
      await using runner = quietRunner({ maxWorkers: 1 });
      const retried = hangsAtFirst.with({
        backend,
        timeout: "1s", // the second attempt must be able to do its work
        retries: 1,
        retryOnTimeout: true,
        backoff: "none",
      });
      const handle = runner.submit(retried);
      const next = runner.submit(square.with({ backend }), 3);
      assertEquals([await next, await handle, handle.attempts], [9, 2, 2]);
      await until("all bodies have ended", () => runner.statistics().abandoned === 0);
      assertEquals(runner.statistics().quarantined, 0);
    },
  },
  {
    name: "leaves the program free while bodies are busy",
    needs: ["runs beside the program"],
    async run(backend, runner) {
      const handle = runner.submit(spin.with({ backend }), 300);
      await untilEvent(runner, "running", handle);
      let turns = 0;
      while (!handle.done) {
        await sleep(1);
        turns++;
      }
      assert(turns > 10, `the program got ${turns} turns`);
    },
  },
];
