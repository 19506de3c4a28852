// Type tests: `deno check` is what runs them. What must not compile is in functions that are never called.
import { assertType, type IsAny, type IsExact } from "@std/testing/types";
import {
  type AnyTask,
  asCompleted,
  type currentRunner,
  type currentTask,
  type FunctionTask,
  type RunReport,
  type Task,
  task,
  TaskBase,
  type TaskContext,
  type TaskEvent,
  type TaskHandle,
  type TaskResult,
  TaskRunner,
  type TaskStatus,
} from "../../mod.ts";

const square = task(function square(x: number) {
  return x * x;
});

class Fetch extends TaskBase<[id: number, tag?: string], { id: number }> {
  override name = "fetch";
  override backend = "async" as const;
  override retryOn = [TypeError, RangeError];
  override dedupBy = (id: number): string => `${id}`;
  async run(id: number, _tag?: string): Promise<{ id: number }> {
    return await Promise.resolve({ id });
  }
}

declare const aNumber: TaskHandle<number>;
declare const aText: TaskHandle<string>;

Deno.test("task() makes a FunctionTask with the function's own signature", () => {
  assertType<IsExact<typeof square, FunctionTask<[x: number], number>>>(true);
  assertType<IsExact<Parameters<typeof square>, [x: number]>>(true);
  assertType<IsExact<ReturnType<typeof square>, number>>(true);
});

Deno.test("a direct call of a task of an async function is a promise", () => {
  const load = task({ name: "load" }, async (a: string, ...rest: number[]) => await Promise.resolve(a + rest));
  assertType<IsExact<typeof load, FunctionTask<[a: string, ...rest: number[]], Promise<string>>>>(true);
  assertType<IsExact<ReturnType<typeof load>, Promise<string>>>(true);
  assertType<IsExact<ReturnType<typeof load.submit>, TaskHandle<string>>>(true);
});

Deno.test("a direct call is checked like a call of the function", () => {
  const fails = () => {
    // @ts-expect-error a string is not a number
    square("1");
    // @ts-expect-error a direct call knows nothing of handles
    square(aNumber);
    // @ts-expect-error a task made by with() is not a function
    square.with({})(1);
  };
  assertType<IsExact<typeof fails, () => void>>(true);
});

Deno.test("task() keeps a function's promise of never and unions apart", () => {
  const fail = task((): never => {
    throw new Error("no");
  });
  const either = task((x: number): string | Promise<number> => x > 0 ? "x" : Promise.resolve(x));
  assertType<IsExact<typeof fail, FunctionTask<[], never>>>(true);
  assertType<IsExact<ReturnType<typeof either.submit>, TaskHandle<string | number>>>(true);
});

Deno.test("a function that returns a handle yields what that yields", () => {
  const outer = task((): TaskHandle<number> => aNumber);
  assertType<IsExact<ReturnType<typeof outer.submit>, TaskHandle<number>>>(true);
});

Deno.test("a TaskBase is a Task of its parameters and result", () => {
  const fetch = new Fetch();
  const asTask: Task<[id: number, tag?: string], { id: number }> = fetch;
  const uses = (runner: TaskRunner) => ({
    own: asTask.submit(aNumber, aText),
    submitted: fetch.submit(aNumber),
    mapped: fetch.map([1, aNumber]),
    on: runner.submit(fetch, 1, "tag"),
    direct: fetch.run(1),
    tuned: fetch.with({ retries: 1, key: "k" }),
  });
  assertType<
    IsExact<ReturnType<typeof uses>, {
      own: TaskHandle<{ id: number }>;
      submitted: TaskHandle<{ id: number }>;
      mapped: TaskHandle<{ id: number }>[];
      on: TaskHandle<{ id: number }>;
      direct: Promise<{ id: number }>;
      tuned: Task<[id: number, tag?: string], { id: number }>;
    }>
  >(true);
});

Deno.test("a TaskBase is checked like any task", () => {
  const fails = (runner: TaskRunner, fetch: Fetch) => {
    // @ts-expect-error a wrong handle
    fetch.submit(aText);
    // @ts-expect-error an argument is missing
    fetch.submit();
    // @ts-expect-error a wrong column
    fetch.map(["1"]);
    // @ts-expect-error a wrong argument
    runner.submit(fetch, "1");
  };
  assertType<IsAny<ReturnType<typeof fails>>>(false);
  class Wrong extends TaskBase<[number], string> {
    // @ts-expect-error run() does not fit the parameters
    run(x: string): string {
      return x;
    }
  }
  // @ts-expect-error run() is missing
  class Idle extends TaskBase<[], void> {}
  class Misspelt extends TaskBase<[], void> {
    // @ts-expect-error no such backend
    override backend = "gpu" as const;
    run(): void {}
  }
  void [Wrong, Idle, Misspelt];
});

Deno.test("a generic TaskBase keeps its type", () => {
  abstract class Step<T> extends TaskBase<[T], T[]> {
    abstract override run(value: T): T[];
  }
  class Strings extends Step<string> {
    run(value: string): string[] {
      return [value];
    }
  }
  const submits = () => new Strings().submit("x");
  assertType<IsExact<ReturnType<typeof submits>, TaskHandle<string[]>>>(true);
});

Deno.test("any task is an AnyTask", () => {
  const all: AnyTask[] = [square, square.with({}), new Fetch(), task(() => {})];
  assertType<IsExact<typeof all, AnyTask[]>>(true);
});

Deno.test("a handle of something narrower is a handle of something wider", () => {
  const widen = (handle: TaskHandle<"a" | "b">): TaskHandle<string> => handle;
  const narrow = (handle: TaskHandle<string>): TaskHandle<"a" | "b"> => {
    // @ts-expect-error a string need not be "a" or "b"
    return handle;
  };
  assertType<IsAny<ReturnType<typeof widen>>>(false);
  void narrow;
});

Deno.test("handles, reports and events have no any in them", () => {
  assertType<IsExact<TaskHandle<number>["status"], TaskStatus>>(true);
  assertType<IsExact<TaskHandle<number>["dependsOn"], readonly TaskHandle<unknown>[]>>(true);
  assertType<IsExact<RunReport["results"], readonly TaskResult<unknown>[]>>(true);
  assertType<IsExact<ReturnType<RunReport["byName"]>, TaskResult<unknown>[]>>(true);
  assertType<IsExact<TaskEvent["handle"], TaskHandle<unknown>>>(true);
  assertType<IsExact<TaskEvent["error"], unknown>>(true);
  assertType<IsExact<ReturnType<typeof currentTask>, TaskContext | undefined>>(true);
  assertType<IsExact<ReturnType<typeof currentRunner>, TaskRunner | undefined>>(true);
});

Deno.test("a listener gets a TaskEvent for the runner's types", () => {
  const listen = (runner: TaskRunner) => {
    runner.addEventListener("completed", (event) => assertType<IsExact<typeof event, TaskEvent>>(true));
    runner.addEventListener("other", (event) => assertType<IsExact<typeof event, Event>>(true));
  };
  assertType<IsExact<typeof listen, (runner: TaskRunner) => void>>(true);
});

Deno.test("use() returns what the callback does", () => {
  const uses = (runner: TaskRunner) => [runner.use(() => 5), runner.use(() => Promise.resolve("x"))] as const;
  assertType<IsExact<ReturnType<typeof uses>, readonly [number, Promise<string>]>>(true);
});

Deno.test("stream() takes first arguments, and yields results of the task", () => {
  const one = task({ name: "one" }, (x: number, tag?: string) => `${x}${tag}`);
  const stream = one.stream([1]);
  assertType<IsExact<typeof stream, AsyncIterable<TaskResult<string>>>>(true);
  const wrong = () => {
    // @ts-expect-error items of another type
    one.stream(["a"]);
    // @ts-expect-error the task needs two arguments
    task({ name: "two" }, (x: number, y: number) => x + y).stream([1]);
  };
  assertType<IsExact<typeof wrong, () => void>>(true);
});

Deno.test("asCompleted() yields results of the types of its handles", async () => {
  await using runner = new TaskRunner();
  const handles = [runner.submit(() => 1), runner.submit(() => "x")];
  const mixed = asCompleted(handles);
  assertType<IsExact<typeof mixed, AsyncIterable<TaskResult<number> | TaskResult<string>>>>(true);
  const same = asCompleted(new Set([runner.submit(() => 1)]));
  assertType<IsExact<typeof same, AsyncIterable<TaskResult<number>>>>(true);
});

Deno.test("a result has a value if it is ok, and nothing but an error otherwise", () => {
  const read = (result: TaskResult<string>) => result.ok ? result.value : result.error;
  assertType<IsExact<typeof read, (result: TaskResult<string>) => unknown>>(true);
  const value = ({ ok, value }: TaskResult<string>) => ok ? value : 0;
  assertType<IsExact<typeof value, (result: TaskResult<string>) => string | 0>>(true);
  const ofStatus = (result: TaskResult<string>) => result.status === "completed" ? result.value : result.value ?? 0;
  assertType<IsExact<typeof ofStatus, (result: TaskResult<string>) => string | 0>>(true);
});
