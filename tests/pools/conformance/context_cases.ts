/**
 * Cases on what a body learns about its task, and what it reports.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { TaskCancelledError } from "../../../mod.ts";
import { type LogLine, quietRunner, untilEvent } from "../support.ts";
import { tempFolder, textOf, until } from "../../support.ts";
import type { Case } from "./case.ts";
import { cleansUp, logs, polls, reports, reportsAndWaits, square, whoAmI } from "./tasks.ts";

/** Cases on what a body learns about its task, and what it reports. */
export const contextCases: readonly Case[] = [
  {
    name: "tells a body its id, name and attempt, after an await too, and nothing during import",
    async run(backend, runner) {
      const handles = Array.from({ length: 20 }, () => runner.submit(whoAmI.with({ backend })));
      for (const handle of handles) {
        assertEquals(await handle, {
          id: handle.id,
          name: "whoAmI",
          attempt: 1,
          cancelled: false,
          isSame: true,
          duringImport: undefined,
        });
      }
      const keyed = whoAmI.with({ backend, runner, key: "my own id" }).submit();
      assertEquals((await keyed).id, "my own id");
    },
  },
  {
    name: "passes on every report of progress, in order",
    async run(backend, runner) {
      const seen: unknown[] = [];
      runner.addEventListener("progress", ({ handle }) => seen.push([handle.progress, handle.progressMessage]));
      const handle = runner.submit(reports.with({ backend }), 4);
      await handle;
      assertEquals(seen, [[0.25, "step 1"], [0.5, "step 2"], [0.75, "step 3"], [1, "step 4"]]);
      assertEquals([handle.progress, handle.progressMessage], [1, "step 4"]);
      seen.length = 0;
      await runner.submit(reports.with({ backend }), 20_000);
      assertEquals([seen.length, seen[9_999], seen.at(-1)], [20_000, [0.5, "step 10000"], [1, "step 20000"]]);
    },
  },
  {
    name: "passes on progress while the body still runs",
    async run(backend, runner) {
      const handle = runner.submit(reportsAndWaits.with({ backend }));
      await untilEvent(runner, "progress", handle);
      assertEquals([handle.status, handle.progress, handle.progressMessage], ["running", 0.5, "waiting"]);
      handle.cancel();
      assertEquals(handle.status, "cancelled");
    },
  },
  {
    name: "passes on what a body logs, to the level it names, with the task's id",
    async run(backend) {
      const lines: LogLine[] = [];
      await using runner = quietRunner({}, lines);
      await runner.submit(logs.with({ backend }));
      assertEquals(lines.map(({ level }) => level), ["info", "debug", "warn", "error"]);
      const [plain, detail, warning, error] = lines.map(({ text }) => text);
      assertEquals(plain, "[logs#1] plain 1 [object Object]");
      assertEquals([detail, warning], ["[logs#1] in detail", "[logs#1] take care"]);
      assertMatch(error!, /^\[logs#1\] RangeError: logged/);
    },
  },
  {
    name: "lets a cancelled body see the reason and clean up",
    async run(backend, runner) {
      await using folder = await tempFolder();
      for (
        const [reason, expected] of [["changed my mind", "changed my mind"], [new RangeError("no"), "RangeError: no"]]
      ) {
        const file = folder.file(`${expected}`);
        const handle = runner.submit(cleansUp.with({ backend }), file);
        await untilEvent(runner, "progress", handle);
        assertEquals(handle.cancel(reason), true);
        assertEquals(handle.status, "cancelled");
        const error = await handle.exception();
        assertInstanceOf(error, TaskCancelledError);
        assertEquals(error.reason, reason);
        await until("the body wrote its last word", () => textOf(file) !== "");
        assertEquals(textOf(file), expected);
      }
    },
  },
  {
    name: "lets a body that is out of time see so and clean up",
    async run(backend, runner) {
      await using folder = await tempFolder();
      await runner.submit(square.with({ backend }), 1);
      const file = folder.file("timeout");
      await runner.submit(cleansUp.with({ backend, timeout: "1s" }), file).exception();
      await until("the body wrote its last word", () => textOf(file) !== "");
      assertMatch(textOf(file), /^TaskTimeoutError: "cleansUp#\d+" took longer than its timeout of 1000 ms/);
    },
  },
  {
    name: "lets a synchronous loop see that it was cancelled",
    needs: ["tells loops"],
    async run(backend) {
      await using runner = quietRunner({ maxWorkers: 1 });
      await using folder = await tempFolder();
      const file = folder.file("polled");
      const handle = runner.submit(polls.with({ backend }), file);
      await untilEvent(runner, "progress", handle);
      handle.cancel();
      await until("the loop has seen it", () => textOf(file) !== "");
      assertEquals(textOf(file), "TaskCancelledError");
      assertEquals(await runner.submit(square.with({ backend }), 3), 9);
      await until("nothing is left behind", () => runner.statistics().abandoned === 0);
      assertEquals(runner.statistics().quarantined, 0);
    },
  },
  {
    name: "lets a synchronous loop see that it is out of time",
    needs: ["tells loops"],
    async run(backend) {
      await using runner = quietRunner({ maxWorkers: 1 });
      await using folder = await tempFolder();
      await runner.submit(square.with({ backend }), 1);
      const file = folder.file("polled");
      const { status, error } = await runner.submit(polls.with({ backend, timeout: "100ms" }), file).getResult();
      assertEquals([status, (error as Error).name], ["failed", "TaskTimeoutError"]);
      assertEquals(await runner.submit(square.with({ backend }), 3), 9);
      assert(["", "TaskTimeoutError"].includes(textOf(file)), "it was ended, or has seen why it should end");
      assertEquals(runner.statistics().quarantined, 0);
    },
  },
];
