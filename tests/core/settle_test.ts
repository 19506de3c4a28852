import { assertEquals, assertInstanceOf, assertStrictEquals, assertStringIncludes } from "@std/assert";
import {
  NonRetryableError,
  RetryAfterError,
  RetryExhaustedError,
  TaskError,
  type TaskOptions,
  TaskTimeoutError,
} from "../../mod.ts";
import { resolveOptions } from "../../src/core/resolve_options.ts";
import { settle, type Verdict } from "../../src/core/settle.ts";

const NOW = Date.UTC(2026, 0, 1);
const never = (): number => {
  throw new Error("no chance was asked for");
};

function judge(options: TaskOptions, error: unknown, attempt = 1, random = never): Verdict {
  return settle(resolveOptions(options, "load"), { kind: "failed", error }, attempt, NOW, random);
}

function judgeTimeout(options: TaskOptions, attempt = 1): Verdict {
  const failure = { kind: "timed-out", error: timeout } as const;
  return settle(resolveOptions(options, "load"), failure, attempt, NOW, never);
}

function errorOf(verdict: Verdict): unknown {
  return verdict.kind === "fail" ? verdict.error : undefined;
}

const down = new Error("the server is down");
const timeout = new TaskTimeoutError("too slow", { task: "load" });

for (const error of [down, "a string", undefined, null, new NonRetryableError("no"), timeout]) {
  Deno.test(`settle() without retries leaves ${Deno.inspect(error, { depth: 0 }).split("\n")[0]} untouched`, () => {
    const verdict = judge({}, error);
    assertEquals(verdict.kind, "fail");
    assertStrictEquals(errorOf(verdict), error);
  });
}

Deno.test("settle() without retries does not ask the policy", () => {
  const retryOn = () => {
    throw new Error("asked");
  };
  assertStrictEquals(errorOf(judge({ retries: 0, retryOn }, down)), down);
});

Deno.test("settle() without retries ignores a RetryAfterError", () => {
  const error = new RetryAfterError("busy", { retryAfter: 1 });
  assertStrictEquals(errorOf(judge({}, error)), error);
});

Deno.test("settle() tries again after an attempt that does not count, whatever their number", () => {
  const error = new RetryAfterError("busy", { retryAfter: 7, countsAsAttempt: false });
  for (const options of [{}, { retries: 2 }]) {
    for (const attempt of [1, 3, 9]) assertEquals(judge(options, error, attempt), { kind: "retry", delayMs: 7 });
  }
});

Deno.test("settle() tries again after the backoff of the attempt that failed", () => {
  const waits = [1, 2, 3].map((attempt) => judge({ retries: 3 }, down, attempt));
  assertEquals(waits, [1_000, 2_000, 4_000].map((delayMs) => ({ kind: "retry", delayMs })));
});

Deno.test("settle() hands chance on to the jitter", () => {
  assertEquals(judge({ retries: 1, jitter: "full" }, down, 1, () => 0.25), { kind: "retry", delayMs: 250 });
});

Deno.test("settle() after the last attempt fails with a RetryExhaustedError that tells all", () => {
  const error = errorOf(judge({ retries: 2 }, down, 3));
  assertInstanceOf(error, RetryExhaustedError);
  assertEquals([error.attempts, error.task], [3, "load"]);
  assertStrictEquals(error.cause, down);
  for (const part of ["3", '"load"', "the server is down"]) assertStringIncludes(error.message, part);
});

Deno.test("settle() counts maxAttempts like retries + 1", () => {
  assertEquals(judge({ maxAttempts: 2 }, down, 1).kind, "retry");
  assertInstanceOf(errorOf(judge({ maxAttempts: 2 }, down, 2)), RetryExhaustedError);
});

Deno.test("settle() never ends retries without end", () => {
  assertEquals(judge({ retries: Infinity }, down, 100_000), { kind: "retry", delayMs: 30_000 });
});

Deno.test("settle() by default does not retry what is not an Error, and leaves it untouched", () => {
  assertEquals(judge({ retries: 5 }, "a string"), { kind: "fail", error: "a string" });
});

Deno.test("settle() leaves an error untouched that retryOn does not want", () => {
  assertStrictEquals(errorOf(judge({ retries: 5, retryOn: TypeError }, down)), down);
  assertStrictEquals(errorOf(judge({ retries: 5, retryOn: () => false }, down, 2)), down);
});

Deno.test("settle() retries what is not an Error if retryOn wants it", () => {
  assertEquals(judge({ retries: 5, retryOn: () => true }, "a string").kind, "retry");
});

Deno.test("settle() leaves an unwanted error untouched in the last attempt too", () => {
  assertStrictEquals(errorOf(judge({ retries: 1, retryOn: TypeError }, down, 2)), down);
});

Deno.test("settle() fails at once with a NonRetryableError itself", () => {
  const error = new NonRetryableError("no such card");
  assertStrictEquals(errorOf(judge({ retries: 5, retryOn: () => true }, error)), error);
});

Deno.test("settle() waits as a RetryAfterError asks, whatever retryOn says", () => {
  const error = new RetryAfterError("busy", { retryAfter: new Date(NOW + 90_000) });
  assertEquals(judge({ retries: 1, retryOn: () => false }, error), { kind: "retry", delayMs: 90_000 });
});

Deno.test("settle() makes no more attempts than there are for a RetryAfterError", () => {
  const error = new RetryAfterError("busy", { retryAfter: 1 });
  const exhausted = errorOf(judge({ retries: 1 }, error, 2));
  assertInstanceOf(exhausted, RetryExhaustedError);
  assertStrictEquals(exhausted.cause, error);
});

Deno.test("settle() does not retry a timeout by default, not even if retryOn would", () => {
  assertStrictEquals(errorOf(judgeTimeout({ retries: 5, timeout: 10, retryOn: () => true })), timeout);
});

Deno.test("settle() retries a timeout with retryOnTimeout, even if retryOn would not", () => {
  const options: TaskOptions = { retries: 1, timeout: 10, retryOnTimeout: true, retryOn: () => false };
  assertEquals(judgeTimeout(options), { kind: "retry", delayMs: 1_000 });
});

Deno.test("settle() with retryOnTimeout runs out of attempts like any other", () => {
  const error = errorOf(judgeTimeout({ retries: 1, timeout: 10, retryOnTimeout: true }, 2));
  assertInstanceOf(error, RetryExhaustedError);
  assertStrictEquals(error.cause, timeout);
});

const bug = new TypeError("undefined is not a function");
const THROWING: [what: string, options: TaskOptions][] = [
  ["retryOn", { retryOn: () => fail(bug) }],
  ["backoff", { backoff: () => fail(bug) }],
];

for (const [what, options] of THROWING) {
  Deno.test(`settle() fails with a TaskError about both if ${what} throws`, () => {
    const error = errorOf(judge({ ...options, retries: 5 }, down, 2));
    assertInstanceOf(error, TaskError);
    assertStrictEquals(error.cause, bug);
    assertEquals(error.task, "load");
    for (const part of ['"load"', bug.message, down.message, "attempt 2"]) assertStringIncludes(error.message, part);
  });
}

Deno.test("settle() fails with a TaskError if backoff returns something that is not a duration", () => {
  const error = errorOf(judge({ retries: 5, backoff: () => -1 }, down));
  assertInstanceOf(error, TaskError);
  assertInstanceOf(error.cause, RangeError);
});

function fail(error: Error): never {
  throw error;
}
