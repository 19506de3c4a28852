/**
 * What a retry policy costs a task that does not need it, and what a retry costs.
 *
 * @module
 */

import { Effect } from "npm:effect@4.1.0";
import pLimit from "npm:p-limit@7.3.3";
import pRetry from "npm:p-retry@9.0.0";
import { task, TaskRunner } from "../mod.ts";
import { microsText, printFigures } from "./goals.ts";
import { type Case, compare, median, printTable, ratio, timingHead, timingOf, timingRows } from "./harness.ts";

const CONCURRENCY = 100;
const TASKS = 30_000;
const ROUNDS = 9;
/** A difference of a tenth takes many rounds to see. */
const ROUNDS_UNUSED = 61;

const inputs = Array.from({ length: TASKS }, (_, index) => index);

// deno-lint-ignore require-await -- the cost of a promise per body is part of what is compared
const echo = async (x: number): Promise<number> => x;

/** One error for all, as making one, with its stack, costs more than what is measured here. */
const flaw = new Error("The first attempt fails");

/** A body that fails the first time it is called with an input. */
function makeFlaky(): (x: number) => Promise<number> {
  const called = new Uint8Array(TASKS);
  // deno-lint-ignore require-await -- as above
  return async (x) => {
    if (called[x]! > 0) return x;
    called[x] = 1;
    throw flaw;
  };
}

const plain = task({ name: "plain" }, echo);
const guarded = task({ name: "guarded", retries: 3, backoff: "exponential", jitter: "full", retryOn: Error }, echo);

async function submitAndRun(what: typeof plain): Promise<void> {
  await using runner = new TaskRunner({ maxWorkers: CONCURRENCY });
  for (const x of inputs) runner.submit(what, x);
  const report = await runner.run();
  if (report.counts.completed !== TASKS) throw new Error(`Only ${report.counts.completed} completed`);
}

function verify(results: readonly number[]): void {
  for (const [index, result] of results.entries()) if (result !== index) throw new Error(`${index} became ${result}`);
}

const unused = await compare(
  [
    { name: "no policy", run: () => submitAndRun(plain) },
    { name: "retries: 3, not used", run: () => submitAndRun(guarded) },
  ],
  { tasks: TASKS, rounds: ROUNDS_UNUSED, warmups: 5 },
);
printTable("A retry policy that is not used", timingHead("", ["no policy"]), timingRows(unused, ["no policy"]));
const added = ratio(timingOf(unused, "retries: 3, not used"), timingOf(unused, "no policy"));
printFigures([{ what: "a policy that is not used ÷ none", value: added, goal: 1.1 }]);

const cases: readonly Case[] = [
  { name: "ours, no failure", run: () => submitAndRun(plain) },
  {
    name: "ours",
    run: () => submitAndRun(task({ name: "flaky", retries: 1, backoff: "none" }, makeFlaky())),
  },
  {
    name: "Effect.retry",
    run: async () => {
      const flaky = makeFlaky();
      const one = (x: number) =>
        Effect.retry(Effect.tryPromise({ try: () => flaky(x), catch: (error) => error }), { times: 1 });
      verify(await Effect.runPromise(Effect.forEach(inputs, one, { concurrency: CONCURRENCY })));
    },
  },
  {
    name: "p-limit + p-retry",
    run: async () => {
      const flaky = makeFlaky();
      const limit = pLimit(CONCURRENCY);
      const one = (x: number) => pRetry(() => flaky(x), { retries: 1, minTimeout: 0, maxTimeout: 0 });
      verify(await Promise.all(inputs.map((x) => limit(one, x))));
    },
  },
];
const failing = await compare(cases, { tasks: TASKS, rounds: ROUNDS, warmups: 2 });
const references = ["ours, no failure", "Effect.retry"];
printTable("Fails once, then succeeds; no backoff", timingHead("", references), timingRows(failing, references));
const [once, effect] = ["ours", "Effect.retry"].map((name) => timingOf(failing, name));
const [first] = failing;
printFigures([
  { what: "fail once, then succeed", value: median(once!.micros), goal: 2, text: microsText },
  { what: "fail once ÷ no failure", value: ratio(once!, first!) },
  { what: "fail once ÷ Effect.retry", value: ratio(once!, effect!), goal: 1 },
]);
