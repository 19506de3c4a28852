/**
 * Rules for single attempts: what bodies get and return, and how they end.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import { TaskTimeoutError } from "../../core/errors.ts";
import { NonRetryableError } from "../../core/retry_errors.ts";
import type { PoolRule } from "./pool_context.ts";
import { countAndFail, echo, fail, hold, loop, sizes, talk } from "./tasks.ts";

/** One large value, in bytes: more than fits into a message of any engine. */
const LARGE = 5_000_000;

const VALUES: readonly unknown[] = [
  undefined,
  null,
  0,
  -0,
  NaN,
  12n,
  "ünï\u{1f600}",
  "lone \ud800",
  new Date(0),
  new Map([[{ a: 1 }, new Set(["b"])]]),
  new Uint8Array([1, 2, 3]),
  { deep: [[[{ error: new TypeError("inside") }]]] },
];

/** The rules. */
export const ATTEMPT_RULES: readonly PoolRule[] = [
  {
    name: "values of all kinds travel to a body and from it",
    test: async (context) => {
      await context.worker({ backend: "thread" });
      const runner = context.runner();
      const handles = VALUES.map((value) => runner.submit(echo, value));
      await runner.run();
      for (const [index, handle] of handles.entries()) {
        context.equal(`value ${index}`, await handle.result(), VALUES[index]);
      }
    },
  },
  {
    name: "errors keep their class, cause and fields, and attempts are counted",
    test: async (context) => {
      await context.worker();
      const runner = context.runner();
      const [late, never] = [runner.submit(fail, 3), runner.submit(fail.with({ retries: 0 }), 9)];
      await runner.run();
      context.equal("the attempt that completes", await late.result(), 3);
      const error = await never.exception();
      context.ok("it is a RangeError", error instanceof RangeError);
      const { message, status, cause } = error as RangeError & { status: unknown; cause: Error };
      context.equal("message, field and cause", [message, status, cause.message], ["attempt 1", 418, "deep"]);
    },
  },
  {
    name: "a body that throws runs once for each attempt",
    test: async (context) => {
      await context.worker();
      const runner = context.runner();
      const handles = [1, 2].map((x) => runner.submit(countAndFail, context.path(`runs-${x}`)));
      await runner.run();
      for (const [index, { status }] of handles.entries()) {
        context.equal("its status", status, "failed");
        context.equal("its attempts", context.lines(`runs-${index + 1}`), ["attempt 1", "attempt 2"]);
      }
    },
  },
  {
    name: "a body knows its task; progress and log lines arrive",
    test: async (context) => {
      await context.worker();
      const runner = context.runner();
      const handle = runner.submit(talk, 3);
      await runner.run();
      context.equal("what it knows", await handle.result(), [handle.id, "pool-case-talk", 1]);
      await context.until("the last step is known", () => handle.progress === 1 && handle.progressMessage === "step 3");
      const lines = () => context.logged.filter(([head]) => head === `[${handle.id}]`);
      await context.until("three lines are there", () => lines().length === 3);
      context.equal("a line", lines()[2], [`[${handle.id}]`, "step", 3, { map: new Map([[1, "one"]]) }]);
    },
  },
  {
    name: "a body that is cancelled is told, and its slot is free for the next one",
    test: async (context) => {
      await context.worker({ concurrency: 1 });
      const runner = context.runner();
      const run = runner.serve();
      const first = runner.submit(hold, context.path("notes"), context.path("never"), "first");
      await context.until("it runs", () => first.status === "running");
      first.cancel("not needed");
      await context.until("the body ends", () => context.lines("notes").includes("abort first"));
      context.equal("the next one", await runner.submit(echo, 7), 7);
      context.equal("its status", first.status, "cancelled");
      await runner.stop();
      await run;
    },
  },
  {
    name: "what is cancelled before it begins does not run",
    test: async (context) => {
      await context.worker({ concurrency: 1 });
      const runner = context.runner();
      const run = runner.serve();
      const first = runner.submit(hold, context.path("notes"), context.path("release"), "first");
      await context.until("it runs", () => first.status === "running");
      const others = [1, 2, 3].map((x) => runner.submit(hold, context.path("notes"), context.path("release"), `${x}`));
      for (const each of others) each.cancel();
      context.release("release");
      context.equal("the first one", await first, "first");
      context.equal("one more", await runner.submit(echo, 1), 1);
      context.equal("what ran", context.lines("notes"), ["begin first", "end first"]);
      await runner.stop();
      await run;
    },
  },
  {
    name: "a body that takes longer than its timeout ends with a TaskTimeoutError, also one that loops",
    test: async (context) => {
      await context.worker({ backend: "thread" });
      const runner = context.runner();
      const slow = hold.with({ timeout: 100 });
      const handles = [
        runner.submit(loop),
        runner.submit(slow, context.path("notes"), context.path("never"), "slow"),
      ];
      await runner.run();
      for (const each of handles) {
        context.ok("it is a TaskTimeoutError", await each.exception() instanceof TaskTimeoutError);
      }
      await context.until("the body was told", () => context.lines("notes").includes("abort slow"));
    },
  },
  {
    name: "large arguments and results travel",
    test: async (context) => {
      await context.worker();
      const runner = context.runner();
      const bytes = new Uint8Array(LARGE).fill(1);
      const handle = runner.submit(sizes, bytes, LARGE);
      await runner.run();
      const { got, sum, result } = await handle.result();
      context.equal("sizes", [got, sum, result.length], [LARGE, LARGE, LARGE]);
    },
  },
  {
    name: "arguments that cannot travel are refused, or fail their task",
    test: async (context) => {
      await context.worker();
      const runner = context.runner();
      let error: unknown;
      try {
        const handle = runner.submit(echo, () => 1);
        await runner.run();
        error = await handle.exception();
      } catch (thrown) {
        error = thrown;
      }
      context.ok(`there is an Error: ${describeError(error)}`, Error.isError(error));
    },
  },
  {
    name: "a task that no worker serves fails at once, with an error that names what workers serve",
    test: async (context) => {
      await context.worker();
      const runner = context.runner();
      const handle = runner.submit(echo.with({ version: "2", retries: 3 }), 1);
      await runner.run();
      const error = await handle.exception();
      context.ok(`it is a NonRetryableError: ${error}`, error instanceof NonRetryableError);
      context.ok(`it names tasks: ${error}`, String(error).includes('"pool-case-echo"'));
    },
  },
];
