import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { callAround } from "../../src/engine/around.ts";
import { settle } from "../support.ts";

interface SetUp {
  readonly calls: () => number;
  readonly failures: unknown[];
  readonly around: (around: (next: () => unknown) => unknown, run?: () => unknown) => unknown;
}

function setUp(): SetUp {
  let calls = 0;
  const failures: unknown[] = [];
  const around: SetUp["around"] = (around, run = () => "value") =>
    callAround(
      () => {
        calls++;
        return run();
      },
      around,
      (error) => failures.push(error),
    );
  return { calls: () => calls, failures, around };
}

Deno.test("callAround() calls the function once and returns its value, whatever is around it returns", () => {
  const { calls, failures, around } = setUp();
  assertEquals(around((next) => `changed ${next()}`), "value");
  assertEquals([calls(), failures], [1, []]);
});

Deno.test("callAround() calls the function itself, if next() was not called", () => {
  const { calls, failures, around } = setUp();
  assertEquals(around(() => {}), "value");
  assertEquals([calls(), failures], [1, []]);
});

Deno.test("callAround() calls the function once, if next() is called twice, or late", async () => {
  const { calls, around } = setUp();
  const seen: unknown[] = [];
  around((next) => seen.push(next(), next()));
  assertEquals([seen, calls()], [["value", "value"], 1]);
  around(async (next) => {
    await Promise.resolve();
    seen.push(next());
  });
  assertEquals(calls(), 2);
  await settle();
  assertEquals([seen.length, calls()], [3, 2]);
});

Deno.test("callAround() reports what is thrown before and after next(), and returns the value all the same", async () => {
  const { calls, failures, around } = setUp();
  const errors = [new Error("before"), new Error("after"), new Error("rejected")];
  const before = around(() => {
    throw errors[0];
  });
  const after = around((next) => {
    next();
    throw errors[1];
  });
  const rejected = around(() => Promise.reject(errors[2]));
  await settle();
  assertEquals([before, after, rejected, calls(), failures], ["value", "value", "value", 3, errors]);
});

Deno.test("callAround() throws what the function throws, and does not report that", async () => {
  const { calls, failures, around } = setUp();
  const error = new Error("of the function");
  const run = () => {
    throw error;
  };
  assertStrictEquals(assertThrows(() => around((next) => next(), run)), error);
  assertStrictEquals(assertThrows(() => around(async (next) => await next(), run)), error);
  await settle();
  assertEquals([calls(), failures], [2, []]);
});

Deno.test("callAround() reports a rejection, unless the function's promise has the same", async () => {
  const { failures, around } = setUp();
  const [own, other] = [new Error("of the function"), new Error("of what is around it")];
  const run = () => Promise.reject(own);
  const first = around(async (next) => await next(), run) as Promise<unknown>;
  const second = around(async (next) => {
    await Promise.resolve(next()).catch(() => {});
    throw other;
  }, run) as Promise<unknown>;
  assertStrictEquals(await assertRejects(() => first), own);
  assertStrictEquals(await assertRejects(() => second), own);
  await settle();
  assertEquals(failures, [other]);
});
