import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Duration, NonRetryableError, RetryAfterError, type RetryPolicy, TaskError } from "../../mod.ts";
import { fromEnvelope, toEnvelope } from "../../src/serialization/envelope.ts";
import { askedPause, backoffDelay, countsAsAttempt, isRetryable, toPredicate } from "../../src/core/retry.ts";
import { turn } from "../support.ts";

const BASE: RetryPolicy = {
  backoff: "exponential",
  backoffBase: 100,
  backoffMax: 1_000,
  jitter: "none",
  retryOn: (error) => error instanceof Error,
};
const NOW = Date.UTC(2026, 0, 1);
const never = (): number => {
  throw new Error("no chance was asked for");
};

function delays(policy: Partial<RetryPolicy>, random: () => number = never): number[] {
  return [1, 2, 3, 4, 5].map((attempt) => backoffDelay({ ...BASE, ...policy }, new Error("e"), attempt, NOW, random));
}

Deno.test('backoffDelay() with backoff "none" does not wait, whatever the jitter', () => {
  assertEquals(delays({ backoff: "none" }), [0, 0, 0, 0, 0]);
  assertEquals(delays({ backoff: "none", jitter: "full" }, () => 1), [0, 0, 0, 0, 0]);
});

Deno.test('backoffDelay() with backoff "linear" adds the base each time', () => {
  assertEquals(delays({ backoff: "linear" }), [100, 200, 300, 400, 500]);
});

Deno.test('backoffDelay() with backoff "exponential" doubles each time', () => {
  assertEquals(delays({ backoffMax: 10_000 }), [100, 200, 400, 800, 1_600]);
});

Deno.test("backoffDelay() waits for at most backoffMax", () => {
  assertEquals(delays({ backoff: "exponential", backoffMax: 350 }), [100, 200, 350, 350, 350]);
  assertEquals(delays({ backoff: "linear", backoffMax: 250 }), [100, 200, 250, 250, 250]);
  assertEquals(delays({ backoff: () => 9_999, backoffMax: 250 }), [250, 250, 250, 250, 250]);
});

Deno.test("backoffDelay() asks a function, with the attempt that failed and its error", () => {
  const error = new Error("down");
  const asked: unknown[][] = [];
  const backoff = (...args: unknown[]): Duration => (asked.push(args), "0.5s");
  assertEquals(backoffDelay({ ...BASE, backoff }, error, 3, NOW, never), 500);
  assertEquals(asked, [[3, error]]);
});

Deno.test("backoffDelay() rejects what a function makes up", () => {
  const policy = { ...BASE, backoff: () => "soon" as Duration };
  assertThrows(() => backoffDelay(policy, new Error("e"), 1, NOW, never), RangeError, "result of backoff");
});

Deno.test("backoffDelay() rejects all that is not a duration at once, and hears what promises reject with", async () => {
  const nonsense: [unknown, string][] = [
    [NaN, "the result of backoff must be a finite duration of 0 or more, not NaN"],
    [-1, "the result of backoff must be a finite duration of 0 or more, not -1"],
    [Infinity, "the result of backoff must be a finite duration of 0 or more, not Infinity"],
    ["soon", 'the result of backoff is "soon", which is not a valid duration'],
    [undefined, "the result of backoff must be milliseconds, a string such as"],
    [{ seconds: 1 }, "or a Temporal.Duration, not an object"],
    [Promise.resolve(5), "backoff must return its result at once, not a Promise"],
    [Promise.reject(new Error("unseen")), "backoff must return its result at once, not a Promise"],
  ];
  for (const [result, message] of nonsense) {
    const policy = { ...BASE, backoff: () => result as Duration };
    const error = assertThrows(() => backoffDelay(policy, new Error("e"), 1, NOW, never), Error);
    assertStringIncludes(error.message, message);
  }
  await turn(); // an unhandled rejection would end the test
});

Deno.test("toPredicate() refuses promises, which would never be true", () => {
  const predicate = toPredicate(() => Promise.resolve(true), "retryOn");
  const message = "retryOn must return its result at once, not a Promise: do not make it an async function";
  assertThrows(() => predicate(new Error("e"), 1), TypeError, message);
});

Deno.test('backoffDelay() with jitter "full" waits from nothing to all', () => {
  for (const [random, expected] of [[0, 0], [0.25, 100], [1, 400]] as const) {
    assertEquals(delays({ jitter: "full" }, () => random)[2], expected);
  }
});

Deno.test('backoffDelay() with jitter "equal" waits from half to all', () => {
  for (const [random, expected] of [[0, 200], [0.5, 300], [1, 400]] as const) {
    assertEquals(delays({ jitter: "equal" }, () => random)[2], expected);
  }
});

Deno.test("backoffDelay() spreads the wait after it was cut to backoffMax", () => {
  assertEquals(delays({ backoffMax: 200, jitter: "full" }, () => 0.5)[4], 100);
});

Deno.test("backoffDelay() stays from 0 to backoffMax for any policy and attempt", () => {
  const policies = fc.record({
    backoff: fc.constantFrom("none" as const, "linear" as const, "exponential" as const),
    jitter: fc.constantFrom("none" as const, "full" as const, "equal" as const),
    backoffBase: fc.constantFrom(0, 1, 1_000, Number.MAX_VALUE),
    backoffMax: fc.constantFrom(0, 30_000, Number.MAX_VALUE),
  });
  fc.assert(fc.property(policies, fc.integer({ min: 1, max: 5_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (
    policy,
    attempt,
    random,
  ) => {
    const delay = backoffDelay({ ...BASE, ...policy }, new Error("e"), attempt, NOW, () => random);
    assert(delay >= 0 && delay <= policy.backoffMax, `${delay} ms`);
  }));
});

Deno.test("backoffDelay() does as a RetryAfterError asks, beyond backoffMax and without jitter", () => {
  const policy: RetryPolicy = { ...BASE, jitter: "full" };
  const after = (retryAfter: Duration | Date) =>
    backoffDelay(policy, new RetryAfterError("busy", { retryAfter }), 1, NOW, never);
  assertEquals(after("1h"), 3_600_000);
  assertEquals(after(new Date(NOW + 5)), 5);
  assertEquals(after(0), 0);
});

Deno.test("backoffDelay() backs off as usual for a RetryAfterError that says nothing", () => {
  const error = new RetryAfterError("busy", { retryAfter: null });
  assertEquals(backoffDelay(BASE, error, 2, NOW, never), 200);
});

Deno.test("isRetryable() asks retryOn, with the error and the attempt", () => {
  const error = new Error("e");
  const asked: unknown[][] = [];
  const retryOn = (...args: unknown[]) => asked.push(args) > 1;
  const answers = [isRetryable({ ...BASE, retryOn }, error, 1), isRetryable({ ...BASE, retryOn }, error, 2)];
  assertEquals([answers, asked], [[false, true], [[error, 1], [error, 2]]]);
});

Deno.test("isRetryable() refuses a NonRetryableError whatever retryOn says", () => {
  class Hopeless extends NonRetryableError {}
  for (const error of [new NonRetryableError("no"), new Hopeless("no")]) {
    assertEquals(isRetryable({ ...BASE, retryOn: () => true }, error, 1), false);
  }
});

Deno.test("isRetryable() takes a RetryAfterError whatever retryOn says", () => {
  const error = new RetryAfterError("busy", { retryAfter: 1 });
  assertEquals(isRetryable({ ...BASE, retryOn: () => false }, error, 1), true);
});

/** As an error comes back from a worker. */
function travelled(error: Error): unknown {
  return fromEnvelope(structuredClone(toEnvelope(error)));
}

/** The class as another version of this package, or a bundle, has it. */
class OtherRetryAfterError extends Error {
  readonly code = "RETRY_AFTER";
  constructor(readonly retryAfter: unknown) {
    super("busy");
  }
  delayAt(now: number): unknown {
    return this.retryAfter instanceof Date ? this.retryAfter.getTime() - now : this.retryAfter;
  }
}

Deno.test("isRetryable() and backoffDelay() understand errors that came from a worker", () => {
  class Hopeless extends NonRetryableError {}
  class Busy extends RetryAfterError {}
  assertEquals(isRetryable({ ...BASE, retryOn: () => true }, travelled(new Hopeless("no")), 1), false);
  const busy = travelled(new Busy("busy", { retryAfter: new Date(NOW + 7_000) }));
  assertEquals(isRetryable({ ...BASE, retryOn: () => false }, busy, 1), true);
  assertEquals(backoffDelay(BASE, busy, 1, NOW, never), 7_000);
});

Deno.test("isRetryable() knows a NonRetryableError of another copy of this package by its code", () => {
  class OtherNonRetryableError extends Error {
    readonly code = "NON_RETRYABLE";
  }
  const policy = { ...BASE, retryOn: () => true };
  assertEquals(isRetryable(policy, new OtherNonRetryableError(), 1), false);
  assertEquals(isRetryable(policy, travelled(new OtherNonRetryableError()), 1), false);
  assertEquals(isRetryable(policy, { code: "NON_RETRYABLE" }, 1), true);
  assertEquals(isRetryable(policy, Object.assign(new Error(), { code: "OTHER" }), 1), true);
});

Deno.test("isRetryable() and backoffDelay() know a RetryAfterError of another copy by its code", () => {
  const policy = { ...BASE, retryOn: () => false };
  const asked: [retryAfter: unknown, delay: number][] = [[250, 250], [new Date(NOW + 5), 5], [undefined, 100]];
  for (const [retryAfter, delay] of asked) {
    const error = new OtherRetryAfterError(retryAfter);
    assertEquals([isRetryable(policy, error, 1), backoffDelay(BASE, error, 1, NOW, never)], [true, delay]);
  }
  for (const [retryAfter, delay] of asked.slice(0, 2)) {
    const error = travelled(new OtherRetryAfterError(retryAfter));
    assertEquals([isRetryable(policy, error, 1), backoffDelay(BASE, error, 1, NOW, never)], [true, delay]);
  }
});

Deno.test("isRetryable() and backoffDelay() do not fall for a retryAfter that makes no sense", () => {
  const policy = { ...BASE, retryOn: () => false };
  for (const retryAfter of [undefined, null, "5", -1, NaN, Infinity, new Date(NaN)]) {
    const error = Object.assign(new Error("busy"), { code: "RETRY_AFTER", retryAfter });
    assertEquals([isRetryable(policy, error, 1), backoffDelay(BASE, error, 1, NOW, never)], [false, 100]);
  }
  const fromJson: unknown = fromEnvelope(
    JSON.parse(JSON.stringify(toEnvelope(new RetryAfterError("busy", { retryAfter: new Date(NOW) })))),
  );
  assertEquals([isRetryable(policy, fromJson, 1), backoffDelay(BASE, fromJson, 1, NOW, never)], [true, 100]);
});

Deno.test("isRetryable() and backoffDelay() handle errors that throw when asked for their code", () => {
  const error = Object.defineProperty(new Error("e"), "code", { get: never });
  assertEquals([isRetryable(BASE, error, 1), backoffDelay(BASE, error, 1, NOW, never)], [true, 100]);
});

Deno.test("toPredicate() of a class takes errors of a class of that name that came from a worker", () => {
  class Base extends Error {}
  class Down extends Base {}
  class Other extends Error {}
  for (const error of [travelled(new Down()), travelled(new Base())]) {
    assertEquals(toPredicate(Base, "retryOn")(error, 1), true);
    assertEquals(toPredicate([TypeError, Base], "retryOn")(error, 1), true);
    assertEquals(toPredicate([TypeError, Other], "retryOn")(error, 1), false);
  }
});

Deno.test("toPredicate() of a class takes its instances and those of its subclasses", () => {
  class Down extends TypeError {}
  const retryOn = toPredicate(TypeError, "retryOn");
  assertEquals([new TypeError(), new Down(), new RangeError(), "TypeError"].map((error) => retryOn(error, 1)), [
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("toPredicate() knows Error, DOMException, abstract and odd classes as classes", () => {
  abstract class Odd extends TaskError {}
  class Odder extends Odd {
    constructor(readonly code2: number, readonly when: Date) {
      super("odder");
    }
  }
  assertEquals(toPredicate(Error, "retryOn")(new RangeError(), 1), true);
  assertEquals(toPredicate(DOMException, "retryOn")(new DOMException("m", "AbortError"), 1), true);
  assertEquals(toPredicate(Odd, "retryOn")(new Odder(1, new Date(0)), 1), true);
  assertEquals(toPredicate(Deno.errors.NotFound, "retryOn")(new Deno.errors.NotFound(), 1), true);
});

Deno.test("toPredicate() of an array takes the instances of any of its classes, as it was when given", () => {
  const classes = [TypeError, RangeError];
  const retryOn = toPredicate(classes, "retryOn");
  classes.pop();
  const taken = [new TypeError(), new RangeError(), new SyntaxError()].map((error) => retryOn(error, 1));
  assertEquals(taken, [true, true, false]);
});

Deno.test("askedPause() is for as long as the error says, or as the task waits itself", () => {
  const pause = (options: ConstructorParameters<typeof RetryAfterError>[1]) =>
    askedPause(new RetryAfterError("m", options), 0, 500);
  assertEquals(pause({ retryAfter: 20, pause: "key" }), { what: "key", forMs: 20 });
  assertEquals(pause({ pause: "pool" }), { what: "pool", forMs: 500 });
  assertEquals(pause({ retryAfter: new Date(70), pause: "task" }), { what: "task", forMs: 70 });
  assertEquals([pause({ retryAfter: 20 }), pause({ retryAfter: 0, pause: "task" })], [undefined, undefined]);
  assertEquals(askedPause(new Error("m"), 0, 500), undefined);
});

Deno.test("an error from another copy of the package keeps what it asks for", () => {
  const error = fromEnvelope(
    toEnvelope(new RetryAfterError("m", { retryAfter: 5, pause: "key", countsAsAttempt: false })),
  );
  assertEquals(askedPause(error, 0, 0), { what: "key", forMs: 5 });
  const other = Object.assign(new Error("m"), {
    code: "RETRY_AFTER",
    retryAfter: 5,
    pause: "pool",
    countsAsAttempt: false,
  });
  assertEquals([askedPause(other, 0, 0), countsAsAttempt(other)], [{ what: "pool", forMs: 5 }, false]);
  const odd = Object.assign(new Error("m"), {
    code: "RETRY_AFTER",
    retryAfter: 5,
    pause: "all",
    countsAsAttempt: "no",
  });
  assertEquals([askedPause(odd, 0, 0), countsAsAttempt(odd), countsAsAttempt(new Error("m"))], [undefined, true, true]);
});

Deno.test("toPredicate() of an empty array takes nothing", () => {
  assertEquals(toPredicate([], "retryOn")(new Error(), 1), false);
});

Deno.test("toPredicate() of a function retries on true only", () => {
  const answers = [true, false, undefined, 1, "yes"].map((answer) => toPredicate(() => answer, "retryOn")("e", 1));
  assertEquals(answers, [true, false, false, false, false]);
});

for (const wrong of [true, "Error", null, {}, [Error, "TypeError"], [() => true]]) {
  Deno.test(`toPredicate() rejects ${Deno.inspect(wrong)}`, () => {
    assertThrows(() => toPredicate(wrong, 'retryOn of task "a"'), TypeError, 'retryOn of task "a"');
  });
}
