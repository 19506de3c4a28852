/**
 * Rules for what observers of a runner hear from bodies, and what they give to them.
 *
 * @module
 */

import type { Backend } from "../../core/options.ts";
import type { TaskRunner } from "../../runner/task_runner.ts";
import type { PoolRule } from "./pool_context.ts";
import { headersOf, logLong, logMany, print, printOn } from "./tasks.ts";

/** More characters than fit into a message of any engine. */
const LONG = 3_000_000;
/** What arrives of such a line, at least. */
const LONG_ARRIVES = 1_000;
/** More lines than a body may send in the two seconds in which each second may be. */
const MANY = 5_000;

/** A line as an observer gets it: the id of its task, where it comes from, its level, and its text. */
type Line = readonly [id: string, source: string, level: string, text: string];

function linesOf(runner: TaskRunner): Line[] {
  const lines: Line[] = [];
  runner.observe({ log: ({ id }, { source, level, text }) => void lines.push([id, source, level, text]) });
  return lines;
}

function printing(backend: Backend): PoolRule {
  return {
    name: `what bodies print with the backend "${backend}" arrives at observers, attributed to its task`,
    test: async (context) => {
      await context.worker({ backend });
      const runner = context.runner();
      const lines = linesOf(runner);
      const handles = ["a", "b", "c"].map((label) => runner.submit(print, [`${label} one`, `${label} two`]));
      await runner.run();
      const printed = () => lines.filter(([, source]) => source === "console");
      await context.until("six lines are there", () => printed().length >= 6);
      for (const [index, { id }] of handles.entries()) {
        const label = "abc"[index];
        const expected = [[id, "console", "warn", `${label} one`], [id, "console", "warn", `${label} two`]];
        context.equal(`the lines of "${label}"`, printed().filter(([each]) => each === id), expected);
      }
    },
  };
}

function printingOn(backend: Backend): PoolRule {
  return {
    name: `an observer that comes while a body runs hears what it prints from then on, with the backend "${backend}"`,
    test: async (context) => {
      await context.worker({ backend });
      const runner = context.runner();
      const handle = runner.submit(printOn, "again");
      const run = runner.run();
      await context.until("it runs", () => handle.status === "running");
      const lines = linesOf(runner);
      await context.until("a line is there", () => lines.length > 0);
      context.equal("the line", lines[0], [handle.id, "console", "warn", "again"]);
      handle.cancel();
      await run;
    },
  };
}

/** The rules. */
export const OBSERVER_RULES: readonly PoolRule[] = [
  printing("async"),
  printing("thread"),
  printingOn("async"),
  printingOn("thread"),
  {
    name: "a line that is too long for a message arrives cut, and so do those after it",
    test: async (context) => {
      await context.worker();
      const runner = context.runner();
      const lines = linesOf(runner);
      const handle = runner.submit(logLong, LONG);
      await runner.run();
      await context.until("both lines are there", () => lines.length >= 2);
      const [first, second] = lines;
      context.ok("much of the long one is there", first![3].startsWith("x".repeat(LONG_ARRIVES)));
      context.equal("the other one", second, [handle.id, "log", "warn", "after"]);
    },
  },
  {
    name: "a body that logs very much sends a part of it, and says so",
    test: async (context) => {
      await context.worker();
      const runner = context.runner();
      const lines = linesOf(runner);
      const handle = runner.submit(logMany, MANY);
      await runner.run();
      const logged = await handle.result();
      await context.until("the last line says it", () => /did not travel/.test(lines.at(-1)?.[3] ?? ""));
      context.ok("not all lines are there", lines.length < logged);
      context.equal("the first one", lines[0]![3], "line 0");
    },
  },
  {
    name: "headers that observers give to an attempt reach its body",
    test: async (context) => {
      await context.worker({ backend: "thread" });
      const runner = context.runner();
      const given = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "x-ünï": "\u{1f600}" };
      runner.observe({
        around: (_handle, { headers }, next) => {
          Object.assign(headers, given);
          return next();
        },
      });
      const handle = runner.submit(headersOf);
      await runner.run();
      context.equal("what the body finds", await handle.result(), given);
    },
  },
];
