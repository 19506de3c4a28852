/**
 * Cases on how errors travel, and what they lead to.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import {
  type Backend,
  NonRetryableError,
  RetryExhaustedError,
  type Task,
  type TaskRunner,
  TaskTimeoutError,
} from "../../../mod.ts";
import { quietRunner } from "../support.ts";
import type { Case } from "./case.ts";
import {
  failsLater,
  failsToPay,
  flaky,
  nonRetryable,
  PaymentError,
  QuotaError,
  reportsAndWaits,
  retryAfter,
  square,
  throws,
} from "./tasks.ts";

/** The error that a task fails with. */
async function errorOf<A extends unknown[]>(
  runner: TaskRunner,
  task: Task<A, unknown>,
  ...args: A
): Promise<Error & { readonly [field: string]: unknown }> {
  const error = await runner.submit(task as unknown as Task<unknown[], unknown>, ...args).exception();
  assertInstanceOf(error, Error);
  return error as Error & { readonly [field: string]: unknown };
}

function odd(runner: TaskRunner, backend: Backend, what: string): ReturnType<typeof errorOf> {
  return errorOf(runner, throws.with({ backend }), what);
}

/** Cases on how errors travel, and what they lead to. */
export const errorCases: readonly Case[] = [
  {
    name: "brings an error back whole: class name, message, stack, fields, causes",
    async run(backend, runner) {
      const error = await errorOf(runner, failsToPay.with({ backend }), "4711");
      assertEquals([error.name, error.message], ["PaymentError", "card 4711 was refused"]);
      assertEquals([error["status"], error["details"]], [402, { card: "4711", at: new Date(0) }]);
      assertMatch(error.stack!, /PaymentError: card 4711 was refused[^]*failsToPay[^]*tasks\.ts:\d+:\d+/);
      assertEquals(String(error), "PaymentError: card 4711 was refused");
      const cause = error.cause;
      assertInstanceOf(cause, RangeError);
      assertEquals([cause.message, cause.cause], ["over the limit", "the bank says so"]);
      assertMatch(cause.stack!, /tasks\.ts:\d+:\d+/);
      assert(!Object.keys(error).includes("stack"), "its stack must not be an enumerable field");
    },
  },
  {
    name: "brings back errors of classes that set no name, from asynchronous bodies",
    async run(backend, runner) {
      const error = await errorOf(runner, failsLater.with({ backend }));
      assertEquals(error.message, "no more today");
      assert([error.name, error.constructor.name].includes("QuotaError"), `it is a ${error.name}`);
      assertMatch(error.stack!, /tasks\.ts:\d+:\d+/);
    },
  },
  {
    name: "brings back the errors of an AggregateError",
    async run(backend, runner) {
      const error = await odd(runner, backend, "aggregate");
      assertInstanceOf(error, AggregateError);
      const [first, second, third] = error.errors;
      assertInstanceOf(first, TypeError);
      assertEquals([second.name, second.status, third], ["PaymentError", 402, "third"]);
    },
  },
  {
    name: "brings back errors of Deno and of the web as instances of their classes",
    async run(backend, runner) {
      const notFound = await odd(runner, backend, "notFound");
      assertInstanceOf(notFound, Deno.errors.NotFound);
      assertEquals([notFound.name, notFound.message], ["NotFound", "no such row"]);
      const aborted = await odd(runner, backend, "aborted");
      assertInstanceOf(aborted, DOMException);
      assertEquals([aborted.name, aborted.message], ["AbortError", "stopped"]);
    },
  },
  {
    name: "brings back errors that are hard to look at",
    async run(backend, runner) {
      assertEquals((await odd(runner, backend, "circular")).message, "goes round");
      assertEquals((await odd(runner, backend, "trapped")).message, "do not look");
      const withFunction = await odd(runner, backend, "withFunction");
      assertEquals([withFunction.message, withFunction["code"]], ["has a function", "E_ODD"]);
      assertEquals((await odd(runner, backend, "deep")).message, "cause 10000");
      assertEquals(await runner.submit(square.with({ backend }), 3), 9);
    },
  },
  {
    name: "returns a thrown value that is not an error",
    async run(backend, runner) {
      const results = await Promise.all(
        ["text", "nothing", "object"].map((what) => runner.submit(throws.with({ backend }), what).getResult()),
      );
      assertEquals(results.map(({ status }) => status), ["failed", "failed", "failed"]);
      assertEquals(results.map(({ error }) => error), ["just a string", undefined, { code: 7 }]);
      for (const what of ["function", "symbol"]) {
        const { status } = await runner.submit(throws.with({ backend }), what).getResult();
        assertEquals(status, "failed", `a thrown ${what}`);
      }
      assertEquals(await runner.submit(square.with({ backend }), 3), 9);
    },
  },
  {
    name: "tries again, and tells each attempt its number",
    async run(backend, runner) {
      const handle = runner.submit(flaky.with({ backend }), 2);
      assertEquals([await handle, handle.attempts], [3, 3]);
    },
  },
  {
    name: "gives up after the last attempt, with its error as the cause",
    async run(backend, runner) {
      const error = await errorOf(runner, flaky.with({ backend }), 9);
      assertInstanceOf(error, RetryExhaustedError);
      assertEquals([error.attempts, (error.cause as Error).message], [4, "attempt 4"]);
      assertMatch((error.cause as Error).stack!, /tasks\.ts:\d+:\d+/);
    },
  },
  {
    name: "obeys NonRetryableError and RetryAfterError",
    async run(backend, runner) {
      const handle = runner.submit(nonRetryable.with({ backend }));
      const error = await handle.exception();
      assertInstanceOf(error, NonRetryableError);
      assertEquals([error.message, error.code, handle.attempts], ["of no use", "NON_RETRYABLE", 1]);
      assertInstanceOf(error.cause, RangeError);
      assertEquals(await runner.submit(retryAfter.with({ backend })), 2);
    },
  },
  {
    name: "asks retryOn, be it a class of the user's own, one of several, or a function",
    async run(backend, runner) {
      for (const retryOn of [PaymentError, [RangeError, PaymentError], (error: unknown) => /1/.test(String(error))]) {
        const handle = runner.submit(flaky.with({ backend, retryOn }), 1);
        assertEquals([await handle, handle.attempts], [2, 2]);
      }
      const quota = throws.with({ backend, retries: 1, backoff: "none", retryOn: QuotaError });
      const exhausted = await errorOf(runner, quota, "quota");
      assertInstanceOf(exhausted, RetryExhaustedError);
      const other = runner.submit(flaky.with({ backend, retryOn: [RangeError, QuotaError] }), 1);
      const error = await other.exception();
      assertEquals([(error as Error).name, other.attempts], ["PaymentError", 1]);
    },
  },
  {
    name: "fails a body that takes longer than its timeout, and continues with the next",
    async run(backend) {
      await using runner = quietRunner({ maxWorkers: 1 });
      await runner.submit(square.with({ backend }), 1);
      const error = await errorOf(runner, reportsAndWaits.with({ backend, timeout: "100ms" }));
      assertInstanceOf(error, TaskTimeoutError);
      assertEquals(await runner.submit(square.with({ backend }), 3), 9);
      assertEquals(runner.statistics().failed, 1);
    },
  },
];
