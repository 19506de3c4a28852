import { assertType, type IsExact } from "@std/testing/types";
import {
  type Duration,
  type FunctionTask,
  NonRetryableError,
  type ResolvedTaskOptions,
  task,
  type TaskOptions,
} from "../../mod.ts";

const load = (id: number, _tag?: string) => id;

Deno.test("options that are shared fit every task", () => {
  const defaults: TaskOptions = { retries: 3, timeout: "10s" };
  assertType<IsExact<ReturnType<typeof make>, FunctionTask<Parameters<typeof load>, number>>>(true);
  function make() {
    return task({ ...defaults, name: "load" }, load);
  }
  task(defaults, load).with(defaults);
  task(defaults, () => {});
});

Deno.test("options do not decide on the types of the function", () => {
  const made = task({ dedupBy: (id, tag) => `${id.toFixed()} ${tag?.length}` }, load);
  assertType<IsExact<typeof made, FunctionTask<Parameters<typeof load>, number>>>(true);
});

Deno.test("redact takes the parameters of the function as one array", () => {
  const made = task({ redact: ([id, tag]) => [id.toFixed(), tag?.length] }, load);
  assertType<IsExact<typeof made, FunctionTask<Parameters<typeof load>, number>>>(true);
  made.with({ redact: (args) => args });
});

Deno.test("dedupBy takes the parameters of the function", () => {
  // @ts-expect-error its first parameter is a number
  task({ dedupBy: (id: string) => id }, load);
  // @ts-expect-error it must return a string
  task({ dedupBy: () => 5 }, load);
  // @ts-expect-error its first parameter is a number
  task(load).with({ dedupBy: (id: string) => id });
  task(load).with({ dedupBy: (id) => id.toFixed() });
});

Deno.test("keys of limits take the parameters of the function", () => {
  // @ts-expect-error its first parameter is a number
  task({ throttle: { limit: 1, period: "1s", key: (id: string) => id } }, load);
  // @ts-expect-error it must return a string
  task({ concurrency: { limit: 1, key: () => 5 } }, load);
  // @ts-expect-error its first parameter is a number
  task(load).with({ concurrency: { limit: 1, key: (id: string) => id } });
  task({ throttle: { limit: 1, period: "1s", key: (id) => id.toFixed() }, concurrency: 2 }, load)
    .with({ concurrency: { limit: 1, key: (id) => id.toFixed() } });
});

Deno.test("options are spelt and chosen rightly", () => {
  const wrong = () => {
    // @ts-expect-error it is retries
    task({ retry: 3 }, load);
    // @ts-expect-error no such backend
    task({ backend: "gpu" }, load);
    // @ts-expect-error no such jitter
    task({ jitter: "some" }, load);
    // @ts-expect-error a Map is not an error class
    task({ retryOn: Map }, load);
    // @ts-expect-error an unknown unit
    task({ timeout: "1w" }, load);
    // @ts-expect-error it is source
    task(load).with({ sources: "cron" });
    // @ts-expect-error an option of submitting is not an option of a task
    task({ key: "k" }, load);
  };
  assertType<IsExact<typeof wrong, () => void>>(true);
});

Deno.test("retryOn takes classes of all kinds and functions", () => {
  abstract class Odd extends Error {
    constructor(readonly reason: number, readonly when: Date) {
      super();
    }
  }
  const options: TaskOptions[] = [
    { retryOn: TypeError },
    { retryOn: Odd },
    { retryOn: [TypeError, Odd, NonRetryableError, DOMException, AggregateError] },
    { retryOn: (error) => error instanceof Odd },
    { retryOn: (_error, attempt) => attempt < 3 },
  ];
  assertType<IsExact<typeof options, TaskOptions[]>>(true);
});

Deno.test("resolved options are read-only and in milliseconds", () => {
  const { options } = task(load);
  assertType<IsExact<typeof options, ResolvedTaskOptions>>(true);
  assertType<IsExact<typeof options.timeout, number | undefined>>(true);
  assertType<IsExact<typeof options.backoffBase, number>>(true);
  const write = () => {
    // @ts-expect-error it is read-only
    options.retries = 5;
  };
  assertType<IsExact<typeof write, () => void>>(true);
});

Deno.test("a Duration is a number, a string with a unit, or a Temporal.Duration", () => {
  const good: Duration[] = [5, "250ms", "1.5s", "10m", "2h", "1d", new Temporal.Duration()];
  // @ts-expect-error no unit
  const bare: Duration = "5";
  // @ts-expect-error an unknown unit
  const weeks: Duration = "5w";
  assertType<IsExact<typeof good, Duration[]>>(true);
  void [bare, weeks];
});
