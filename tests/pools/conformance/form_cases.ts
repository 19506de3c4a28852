/**
 * Cases on what a task may look like, and where it may stand.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Backend, task, type TaskRunner } from "../../../mod.ts";
import { quietRunner } from "../support.ts";
import { type Case, refusal } from "./case.ts";
import theDefault, * as more from "./more_tasks.ts";
import * as tasks from "./tasks.ts";

async function assertWorks(runner: TaskRunner, backend: Backend): Promise<void> {
  assertEquals(await runner.submit(tasks.square.with({ backend }), 4), 16);
}

/** Cases on what a task may look like, and where it may stand. */
export const formCases: readonly Case[] = [
  {
    name: "runs a synchronous and an asynchronous body of an imported module",
    async run(backend, runner) {
      assertEquals(await runner.submit(tasks.square.with({ backend }), 5), 25);
      assertEquals(await runner.submit(tasks.add.with({ backend }), 3, 4), 7);
    },
  },
  {
    name: "runs tasks without a name, and tells them apart",
    async run(backend, runner) {
      const negative = runner.submit(tasks.anonymous.with({ backend }), 5);
      const tenfold = runner.submit(tasks.anonymousToo.with({ backend }), 5);
      assertEquals([await negative, await tenfold], [-5, 50]);
      assertMatch(negative.name, /^tasks\.ts:\d+:\d+$/);
    },
  },
  {
    name: "runs a task that its module does not export, and one that is the default export",
    async run(backend, runner) {
      assertEquals(await runner.submit(tasks.family.hidden.with({ backend }), 5), 6);
      assertEquals(await runner.submit(theDefault.with({ backend }), "loud"), "LOUD");
    },
  },
  {
    name: "runs tasks in class form, with and without a name of their own, sync and async",
    async run(backend, runner) {
      assertEquals(await runner.submit(tasks.greet.with({ backend }), "Ada"), "Hello, Ada!");
      assertEquals(await runner.submit(tasks.half.with({ backend }), 5), 2.5);
    },
  },
  {
    name: "tells tasks of one name apart by their modules",
    async run(backend, runner) {
      const [here, there] = [tasks.twin.with({ backend }), more.twin.with({ backend })];
      const all = [here, there, here, there].map((each) => runner.submit(each));
      assertEquals(await Promise.all(all), ["tasks.ts", "more_tasks.ts", "tasks.ts", "more_tasks.ts"]);
    },
  },
  {
    name: "finds a task in the module that its options name",
    async run(backend, runner) {
      assertEquals(await runner.submit(more.elsewhere.with({ backend }), 6), 36);
    },
  },
  {
    name: "runs a task under the name that .with() gives it",
    async run(backend, runner) {
      const handle = runner.submit(tasks.square.with({ backend, name: "square by another name" }), 5);
      assertEquals([await handle, handle.name], [25, "square by another name"]);
      const { id, name } = await runner.submit(tasks.whoAmI.with({ backend, name: "another name" }));
      assertEquals([id.replace(/\d+$/, "N"), name], ["another name#N", "another name"]);
    },
  },
  {
    name: "runs in a named pool, and as the runner's own backend",
    async run(backend) {
      await using runner = quietRunner({ backend, pools: { narrow: { backend, maxWorkers: 1 } } });
      assertEquals(await runner.submit(tasks.square.with({ pool: "narrow" }), 3), 9);
      assertEquals(await runner.submit(tasks.square, 4), 16);
    },
  },
  {
    name: "lets a body call other tasks as functions",
    async run(backend, runner) {
      assertEquals(await runner.submit(tasks.sumOfSquares.with({ backend }), 3, 4), 25);
    },
  },
  {
    name: "runs functions and tasks that are made where they are used",
    needs: ["runs closures"],
    async run(backend) {
      await using runner = quietRunner({ backend });
      const factor = Math.random();
      assertEquals(await runner.submit((x: number) => factor * x, 2), 2 * factor);
    },
  },
  {
    name: "runs closures, or says what a task has to be like instead",
    async run(backend) {
      await using runner = quietRunner({ backend });
      const inner = task({ name: "made in a function", backend }, (x: number) => 2 * x);
      for (const submit of [() => runner.submit((x: number) => 2 * x, 2), () => runner.submit(inner, 2)]) {
        if (backend === "async") {
          assertEquals(await submit(), 4);
          continue;
        }
        const { message } = await refusal(submit);
        assertMatch(message, /top level|import\.meta\.main|task\(/);
      }
      await assertWorks(runner, backend);
    },
  },
  {
    name: "lets a body submit tasks, or says that it cannot",
    async run(backend, runner) {
      const handle = runner.submit(tasks.submits.with({ backend }), 4);
      if (backend === "async") {
        assertEquals(await handle, 16);
        return;
      }
      const { message } = await refusal(() => handle);
      assertMatch(message, /submit/);
      assertMatch(message, /thread|process|worker/);
      assert(!message.includes("runner.enter()"), `the advice is of no use here: ${message}`);
      await assertWorks(runner, backend);
    },
  },
];
