import { assert, assertEquals, assertNotStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { TaskOptions } from "../../mod.ts";
import type { AnyTaskOptions } from "../../src/core/options.ts";
import { mergeOptions, OPTION_NAMES, resolveOptions } from "../../src/core/resolve_options.ts";

const resolve = (options: Record<string, unknown>) => resolveOptions(options as AnyTaskOptions, "load");

Deno.test("resolveOptions() completes what is not given", () => {
  const { retryOn, ...rest } = resolve({});
  assertEquals(rest, {
    name: "load",
    backend: undefined,
    pool: undefined,
    retries: 0,
    maxAttempts: 1,
    backoff: "exponential",
    backoffBase: 1_000,
    backoffMax: 30_000,
    jitter: "none",
    timeout: undefined,
    retryOnTimeout: false,
    startAfter: undefined,
    deadline: undefined,
    maxRecoveries: 20,
    onDepFailure: "fail",
    priority: 0,
    throttle: undefined,
    concurrency: undefined,
    cache: undefined,
    dedupBy: undefined,
    label: undefined,
    redact: undefined,
    tags: [],
    permissions: undefined,
    memoryLimitMb: undefined,
    version: undefined,
    module: undefined,
  });
  assertEquals([new TypeError(), "text", undefined].map((error) => retryOn(error, 1)), [true, false, false]);
});

Deno.test("resolveOptions() returns a frozen object of its own", () => {
  const given = { retries: 1 };
  const resolved = resolve(given);
  assert(Object.isFrozen(resolved));
  assertNotStrictEquals<unknown>(resolved, given);
  assertEquals(given, { retries: 1 });
});

Deno.test("resolveOptions() takes undefined for not given, for every option", () => {
  const { retryOn: _, ...nothing } = resolve(Object.fromEntries(OPTION_NAMES.map((option) => [option, undefined])));
  const { retryOn: __, ...defaults } = resolve({});
  assertEquals(nothing, defaults);
});

const fn = () => "1s" as const;

const GOOD: [given: Record<string, unknown>, resolved: Record<string, unknown>][] = [
  [{ name: "fetch user" }, { name: "fetch user" }],
  [{ backend: "async" }, { backend: "async" }],
  [{ backend: "thread" }, { backend: "thread" }],
  [{ backend: "process" }, { backend: "process", pool: undefined }],
  [{ pool: "gpu" }, { pool: "gpu", backend: undefined }],
  [{ retries: 3 }, { retries: 3, maxAttempts: 4 }],
  [{ retries: Infinity }, { retries: Infinity, maxAttempts: Infinity }],
  [{ maxAttempts: 4 }, { retries: 3, maxAttempts: 4 }],
  [{ maxAttempts: 1 }, { retries: 0, maxAttempts: 1 }],
  [{ backoff: "none" }, { backoff: "none" }],
  [{ backoff: "linear" }, { backoff: "linear" }],
  [{ backoff: fn }, { backoff: fn, backoffMax: Infinity }],
  [{ backoff: fn, backoffMax: "1m" }, { backoffMax: 60_000 }],
  [{ backoffBase: 0 }, { backoffBase: 0 }],
  [{ backoffBase: "250ms" }, { backoffBase: 250 }],
  [{ backoffMax: Temporal.Duration.from({ minutes: 1 }) }, { backoffMax: 60_000 }],
  [{ jitter: "full" }, { jitter: "full" }],
  [{ jitter: "equal" }, { jitter: "equal" }],
  [{ timeout: "1.5s" }, { timeout: 1_500 }],
  [{ timeout: 0.5 }, { timeout: 0.5 }],
  [{ retryOnTimeout: true }, { retryOnTimeout: true }],
  [{ onDepFailure: "skip" }, { onDepFailure: "skip" }],
  [{ onDepFailure: "run-anyway" }, { onDepFailure: "run-anyway" }],
  [{ priority: -1.5 }, { priority: -1.5 }],
  [{ dedupBy: fn }, { dedupBy: fn }],
  [{ throttle: { limit: 10, period: "1s" } }, { throttle: { limit: 10, period: 1_000, burst: 1 } }],
  [{ throttle: { limit: 10, period: 500, burst: 10, key: fn } }, {
    throttle: { limit: 10, period: 500, burst: 10, key: fn },
  }],
  [{ throttle: { limit: 1, period: "1d", burst: undefined, key: undefined } }, {
    throttle: { limit: 1, period: 86_400_000, burst: 1 },
  }],
  [{ concurrency: 2 }, { concurrency: { limit: 2 } }],
  [{ concurrency: { limit: 2, key: fn } }, { concurrency: { limit: 2, key: fn } }],
  [{ concurrency: { limit: Infinity, key: undefined } }, { concurrency: { limit: Infinity } }],
  [{ backend: "process", permissions: "none" }, { permissions: "none" }],
  [{ backend: "process", permissions: "inherit" }, { permissions: "inherit" }],
  [{ backend: "process", permissions: { read: ["./data"] } }, { permissions: { read: ["./data"] } }],
  [{ backend: "process", permissions: { read: [new URL("file:///a%20b")] } }, {
    permissions: { read: ["file:///a%20b"] },
  }],
  [{ pool: "boxed", permissions: "none", memoryLimitMb: 64 }, { permissions: "none", memoryLimitMb: 64 }],
  [{ backend: "process", memoryLimitMb: 256 }, { memoryLimitMb: 256 }],
  [{ version: "2" }, { version: "2" }],
  [{ module: "file:///tasks.ts" }, { module: "file:///tasks.ts" }],
  [{ module: new URL("https://example.com/tasks.ts") }, { module: "https://example.com/tasks.ts" }],
];

for (const [given, expected] of GOOD) {
  Deno.test(`resolveOptions() takes ${Deno.inspect(given, { breakLength: Infinity })}`, () => {
    const resolved: Record<string, unknown> = { ...resolve(given) };
    assertEquals(Object.fromEntries(Object.keys(expected).map((option) => [option, resolved[option]])), expected);
  });
}

const WRONG_KIND: Record<string, unknown[]> = {
  name: [5, null],
  backend: [true, null],
  pool: [1],
  retries: ["3", true, null],
  maxAttempts: ["3"],
  backoff: [1, {}],
  backoffBase: [true, null],
  backoffMax: [{}],
  jitter: [1],
  retryOn: ["Error", [1]],
  timeout: [null, {}, true],
  retryOnTimeout: [1, "true"],
  onDepFailure: [false],
  priority: ["high"],
  dedupBy: ["key"],
  throttle: [
    null,
    10,
    {},
    { limit: 10 },
    { period: "1s" },
    { limit: "10", period: "1s" },
    { limit: 10, period: null },
    { limit: 10, period: "1s", burst: "2" },
    { limit: 10, period: "1s", key: "host" },
    { limit: 10, period: "1s", interval: 5 },
  ],
  concurrency: [null, "2", true, {}, { limit: "2" }, { limit: 2, key: "host" }, { limit: 2, period: "1s" }],
  version: [2],
  module: [5],
};

const OUT_OF_RANGE: Record<string, unknown[]> = {
  name: [""],
  backend: ["gpu"],
  pool: [""],
  retries: [-1, 1.5, NaN],
  maxAttempts: [0, 2.5, NaN],
  backoff: ["quadratic"],
  backoffBase: [-1, "soon", Infinity],
  backoffMax: [-1, NaN],
  jitter: ["some"],
  timeout: [0, -5, "0s", Infinity, "1w"],
  onDepFailure: ["ignore"],
  priority: [Infinity, NaN],
  throttle: [
    { limit: 0, period: "1s" },
    { limit: 1.5, period: "1s" },
    { limit: Infinity, period: "1s" },
    { limit: 10, period: 0 },
    { limit: 10, period: -1 },
    { limit: 10, period: "soon" },
    { limit: 10, period: "1s", burst: 0 },
    { limit: 10, period: "1s", burst: 11 },
  ],
  concurrency: [0, -1, 1.5, NaN, { limit: 0 }],
  version: [""],
  module: ["./tasks.ts", ""],
};

for (const [kinds, ErrorClass] of [[WRONG_KIND, TypeError], [OUT_OF_RANGE, RangeError]] as const) {
  for (const [option, values] of Object.entries(kinds)) {
    for (const value of values) {
      Deno.test(`resolveOptions() rejects ${option}: ${Deno.inspect(value)} with a ${ErrorClass.name}`, () => {
        assertThrows(() => resolve({ [option]: value }), ErrorClass, `${option} of task`);
      });
    }
  }
}

const IN_PROCESS: [given: Record<string, unknown>, ErrorClass: typeof TypeError | typeof RangeError][] = [
  [{ permissions: "all" }, TypeError],
  [{ permissions: true }, TypeError],
  [{ permissions: ["read"] }, TypeError],
  [{ permissions: { reed: ["./data"] } }, TypeError],
  [{ permissions: { read: 5 } }, TypeError],
  [{ permissions: { read: [""] } }, RangeError],
  [{ memoryLimitMb: "64" }, TypeError],
  [{ memoryLimitMb: 0 }, RangeError],
  [{ memoryLimitMb: 1.5 }, RangeError],
];

for (const [given, ErrorClass] of IN_PROCESS) {
  Deno.test(`resolveOptions() rejects ${Deno.inspect(given)} of a process task with a ${ErrorClass.name}`, () => {
    assertThrows(() => resolve({ ...given, backend: "process" }), ErrorClass, 'of task "load"');
  });
}

for (const given of [{ permissions: "none" }, { memoryLimitMb: 64 }]) {
  for (const backend of [undefined, "async", "thread"]) {
    Deno.test(`resolveOptions() rejects ${Deno.inspect(given)} with backend ${backend}`, () => {
      assertThrows(() => resolve({ ...given, backend }), TypeError, 'needs backend: "process"');
    });
  }
}

for (const given of [{ backend: "async", pool: "gpu" }, { retries: 1, maxAttempts: 2 }]) {
  Deno.test(`resolveOptions() rejects ${Object.keys(given).join(" and ")} together`, () => {
    const { message } = assertThrows(() => resolve(given), TypeError, "not both");
    for (const option of Object.keys(given)) assertStringIncludes(message, option);
  });
}

Deno.test("resolveOptions() rejects an unknown option and names those there are", () => {
  const { message } = assertThrows(() => resolve({ retry: 3 }), TypeError, '"retry" of task "load"');
  for (const option of OPTION_NAMES) assertStringIncludes(message, option);
});

for (const options of [null, "load", 5]) {
  Deno.test(`resolveOptions() rejects ${Deno.inspect(options)} in place of options`, () => {
    assertThrows(() => resolveOptions(options as unknown as AnyTaskOptions, "load"), TypeError, "must be an object");
  });
}

Deno.test("resolveOptions() calls the task by its own name in errors, or by the given one", () => {
  assertThrows(() => resolve({ name: "own", retries: -1 }), RangeError, 'task "own"');
  assertThrows(() => resolve({ retries: -1 }), RangeError, 'task "load"');
});

Deno.test("mergeOptions() replaces what is given and leaves the rest", () => {
  const base: TaskOptions = { retries: 1, timeout: "1s" };
  const merged = mergeOptions(base, { timeout: "2s", priority: 3, retries: undefined });
  assertEquals(merged, { retries: 1, timeout: "2s", priority: 3 });
  assertEquals(base, { retries: 1, timeout: "1s" });
});

for (
  const [one, other] of [
    [{ backend: "async" }, { pool: "gpu" }],
    [{ retries: 1 }, { maxAttempts: 5 }],
  ] satisfies [TaskOptions, TaskOptions][]
) {
  Deno.test(`mergeOptions() lets ${Object.keys(one)} and ${Object.keys(other)} take each other's place`, () => {
    assertEquals(mergeOptions(one, other), other);
    assertEquals(mergeOptions(other, one), one);
  });
}

Deno.test("mergeOptions() keeps both of two options that exclude each other if both are new", () => {
  const merged = mergeOptions({}, { retries: 1, maxAttempts: 2 });
  assertThrows(() => resolveOptions(merged, "load"), TypeError, "not both");
});

Deno.test("OPTION_NAMES lists every option once", () => {
  assertEquals(OPTION_NAMES.toSorted(), Object.keys(resolve({})).toSorted());
});
