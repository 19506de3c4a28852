import { assertEquals, assertThrows } from "@std/assert";
import { TaskRunner } from "../../mod.ts";
import { type PoolOptions, resolvePoolOptions } from "../../src/pools/options.ts";

const resolve = (options: Record<string, unknown>, maxWorkers?: number) =>
  resolvePoolOptions(options as PoolOptions, "gpu", maxWorkers);

Deno.test("resolvePoolOptions() completes what is not given", () => {
  assertEquals(resolve({}), {
    backend: "async",
    maxWorkers: 100,
    throttle: undefined,
    concurrency: 100,
    reserveFor: new Set<string>(),
    reservedSlots: 0,
    strict: false,
    maxTasksPerWorker: Infinity,
    idleTimeout: 5_000,
    denoFlags: [],
  });
  assertEquals(resolve({ backend: "thread" }).maxWorkers, navigator.hardwareConcurrency);
});

Deno.test("resolvePoolOptions() takes the runner's maxWorkers, or its own", () => {
  assertEquals([resolve({}, 7).maxWorkers, resolve({ maxWorkers: 3 }, 7).maxWorkers], [7, 3]);
  assertEquals(resolve({ maxWorkers: undefined }, 7).maxWorkers, 7);
  assertEquals(resolve({ maxWorkers: Infinity }).maxWorkers, Infinity);
});

Deno.test("resolvePoolOptions() keeps one slot for reserveFor by default", () => {
  const { reserveFor, reservedSlots } = resolve({ reserveFor: ["api", "cron"] });
  assertEquals([reserveFor, reservedSlots], [new Set(["api", "cron"]), 1]);
  assertEquals(resolve({ reserveFor: [] }).reservedSlots, 0);
});

Deno.test("resolvePoolOptions() keeps as many slots as it is told", () => {
  assertEquals(resolve({ maxWorkers: 4, reserveFor: ["api"], reservedSlots: 3 }).reservedSlots, 3);
  assertEquals(resolve({ maxWorkers: 4, reserveFor: ["api"], reservedSlots: 0 }).reservedSlots, 0);
});

Deno.test("resolvePoolOptions() takes limits of the whole pool", () => {
  const { throttle } = resolve({ throttle: { limit: 100, period: "1m", burst: 5 } });
  assertEquals(throttle, { limit: 100, period: 60_000, burst: 5 });
  assertEquals(resolve({ maxWorkers: 4, concurrency: 2 }).concurrency, 2);
  assertEquals(resolve({ maxWorkers: 4, concurrency: { limit: 3 } }).concurrency, 3);
  assertEquals(resolve({ maxWorkers: 4, concurrency: 9 }).concurrency, 4);
});

Deno.test("resolvePoolOptions() says who can have a key: the tasks of the pool", () => {
  const options = [{ throttle: { limit: 1, period: 1, key: String } }, { concurrency: { limit: 1, key: String } }];
  for (const each of options) assertThrows(() => resolve(each), TypeError, "give the key to the tasks");
});

const WRONG_KIND = [
  { throttle: null },
  { throttle: 5 },
  { throttle: { limit: 5 } },
  { concurrency: "2" },
  { backend: 5 },
  { maxWorkers: "4" },
  { reserveFor: "api" },
  { reserveFor: [1] },
  { reserveFor: new Set(["api"]) },
  { reserveFor: ["api"], reservedSlots: "1" },
  { reservedSlots: 1 },
  { workers: 4 },
];

const OUT_OF_RANGE = [
  { throttle: { limit: 0, period: 1 } },
  { concurrency: 0 },
  { maxWorkers: 4, concurrency: 1, reserveFor: ["api"] },
  { backend: "gpu" },
  { maxWorkers: 0 },
  { maxWorkers: -1 },
  { maxWorkers: 1.5 },
  { maxWorkers: NaN },
  { reserveFor: ["api"], reservedSlots: -1 },
  { reserveFor: ["api"], reservedSlots: 0.5 },
  { maxWorkers: 2, reserveFor: ["api"], reservedSlots: 2 },
  { maxWorkers: 1, reserveFor: ["api"] },
];

for (const [all, ErrorClass] of [[WRONG_KIND, TypeError], [OUT_OF_RANGE, RangeError]] as const) {
  for (const options of all) {
    Deno.test(`resolvePoolOptions() rejects ${Deno.inspect(options)} with a ${ErrorClass.name}`, () => {
      assertThrows(() => resolve(options), ErrorClass, 'of pool "gpu"');
    });
  }
}

for (const options of [null, "async", 5]) {
  Deno.test(`resolvePoolOptions() rejects ${Deno.inspect(options)} in place of options`, () => {
    assertThrows(() => resolvePoolOptions(options as PoolOptions, "gpu", undefined), TypeError, "must be an object");
  });
}

Deno.test("new TaskRunner() checks the options of its pools", () => {
  assertThrows(() => new TaskRunner({ pools: { gpu: { maxWorkers: 0 } } }), RangeError, 'maxWorkers of pool "gpu"');
});
