// Type tests: `deno check` is what runs them. What must not compile is in functions that are never called.
import { assertType, type IsAny, type IsExact } from "@std/testing/types";
import {
  type Inputs,
  type SubmitOptions,
  type Task,
  task,
  type TaskHandle,
  type TaskResult,
  type TaskRunner,
} from "../../mod.ts";

interface User {
  login: string;
  age: number;
}

const square = task((x: number) => x * x);
const load = task(async (login: string): Promise<User> => await Promise.resolve({ login, age: 1 }));
const greet = task((user: User, mark?: string) => `${user.login}${mark}`);
const sum = task((numbers: number[]) => numbers.length);
const add = task((a: number, b: number) => a + b);
const spread = task((first: string, ...rest: number[]) => first.length + rest.length);
const pair = task((both: [string, number]) => both[0]);
const frozen = task((numbers: readonly number[]) => numbers.length);
const mixed = task((value: string | number | undefined) => value);
const callback = task((fn: (x: number) => string) => fn(1));
const date = task((at: Date) => at.getTime());
const anything = task((value: unknown) => value);
const nothing = task(() => {});

declare const aNumber: TaskHandle<number>;
declare const aText: TaskHandle<string>;
declare const aUser: TaskHandle<User>;

Deno.test("handles yield what the function returns, awaited", () => {
  const submits = () => ({ a: square.submit(1), b: load.submit("x"), c: nothing.submit(), d: anything.submit(1) });
  assertType<
    IsExact<
      ReturnType<typeof submits>,
      { a: TaskHandle<number>; b: TaskHandle<User>; c: TaskHandle<void>; d: TaskHandle<unknown> }
    >
  >(true);
});

Deno.test("awaiting a handle, result() and getResult() have its type", () => {
  const waits = async () => {
    const result = await aUser.getResult();
    return { value: await aUser, result, peeked: aUser.peek()?.value, again: await aUser.result({ timeout: "1s" }) };
  };
  assertType<
    IsExact<
      Awaited<ReturnType<typeof waits>>,
      { value: User; result: TaskResult<User>; peeked: User | undefined; again: User }
    >
  >(true);
});

Deno.test("exception() and an error are unknown", () => {
  assertType<IsExact<Awaited<ReturnType<typeof aUser.exception>>, unknown>>(true);
  assertType<IsExact<TaskResult<User>["error"], unknown>>(true);
});

Deno.test("no any comes out of handles and results", () => {
  assertType<IsAny<Awaited<typeof aUser>>>(false);
  assertType<IsAny<TaskResult["value"]>>(false);
  assertType<IsAny<ReturnType<typeof anything.submit>>>(false);
  assertType<IsAny<Parameters<typeof greet.submit>[0]>>(false);
  assertType<IsAny<ReturnType<typeof square.map>[number]>>(false);
});

Deno.test("values and handles of the right type compile", () => {
  const compiles = () => [
    square.submit(aNumber),
    greet.submit(aUser),
    greet.submit(aUser, aText),
    greet.submit({ login: "x", age: 1 }, undefined),
    greet.submit({ login: aText, age: aNumber }, "!"),
    greet.submit({ login: aText, age: 1 }),
    sum.submit([1, aNumber]),
    sum.submit([aNumber, aNumber]),
    sum.submit(square.map([1, 2])),
    pair.submit([aText, 1]),
    frozen.submit([aNumber] as const),
    mixed.submit(aText),
    mixed.submit(aNumber),
    mixed.submit(undefined),
    callback.submit((x) => x.toFixed()),
    date.submit(new Date(0)),
    anything.submit(aUser),
    spread.submit("a"),
    spread.submit(aText, 1, aNumber, 3),
  ];
  assertType<IsAny<ReturnType<typeof compiles>>>(false);
});

Deno.test("values and handles of a wrong type do not compile", () => {
  const fails = () => {
    // @ts-expect-error a string is not a number
    square.submit("1");
    // @ts-expect-error a handle of a string is not a handle of a number
    square.submit(aText);
    // @ts-expect-error a handle of a number is not a handle of a user
    greet.submit(aNumber);
    // @ts-expect-error a wrong handle one level down in an object
    greet.submit({ login: aNumber, age: 1 });
    // @ts-expect-error a field is missing
    greet.submit({ login: aText });
    // @ts-expect-error a wrong handle one level down in an array
    sum.submit([1, aText]);
    // @ts-expect-error a wrong handle in a tuple
    pair.submit([aNumber, 1]);
    // @ts-expect-error a wrong handle for a rest parameter
    spread.submit("a", 1, aText);
    // @ts-expect-error an optional parameter of a wrong type
    greet.submit(aUser, aNumber);
    // @ts-expect-error a function of a wrong type
    callback.submit((x: string) => x);
    // @ts-expect-error a handle of a user among strings and numbers
    mixed.submit(aUser);
  };
  assertType<IsExact<typeof fails, () => void>>(true);
});

Deno.test("too few and too many arguments do not compile", () => {
  const fails = () => {
    // @ts-expect-error the number is missing
    square.submit();
    // @ts-expect-error one too many
    square.submit(1, 2);
    // @ts-expect-error no parameters
    nothing.submit(1);
  };
  assertType<IsExact<typeof fails, () => void>>(true);
});

Deno.test("map() takes a column for each parameter", () => {
  const maps = () => {
    square.map([1, aNumber]);
    square.map(new Set([1]).values());
    add.map([1], [aNumber]);
    sum.map([[1, aNumber], [2]]);
    greet.map([aUser]);
    greet.map([aUser], ["!", undefined]);
    // @ts-expect-error a column of strings
    square.map(["1"]);
    // @ts-expect-error a column of wrong handles
    square.map([aText]);
    // @ts-expect-error a number is not a column
    square.map(5);
    // @ts-expect-error the second column is missing
    add.map([1]);
    // @ts-expect-error a column too many
    square.map([1], [2]);
    return load.map(["a", aText]);
  };
  assertType<IsExact<ReturnType<typeof maps>, TaskHandle<User>[]>>(true);
});

Deno.test("with() keeps the types", () => {
  const options: SubmitOptions = { source: "cron" };
  const tunes = () => ({
    tuned: square.with({ retries: 1, key: "k" }).with({ dependsOn: [aUser, aText] }),
    handle: square.with({ dependsOn: aUser }).submit(1),
    shared: load.with(options),
  });
  assertType<
    IsExact<
      ReturnType<typeof tunes>,
      { tuned: Task<[x: number], number>; handle: TaskHandle<number>; shared: Task<[login: string], User> }
    >
  >(true);
});

Deno.test("unions, null and class instances keep their handles", () => {
  const maybe = task((user: User | null, flag: boolean, seen: Map<string, number>) => [user, flag, seen] as const);
  const compiles = (flag: TaskHandle<true>, seen: TaskHandle<Map<string, number>>) => [
    maybe.submit(aUser, flag, seen),
    maybe.submit(null, false, new Map()),
    maybe.submit({ login: aText, age: 1 }, true, new Map([["a", 1]])),
  ];
  const fails = (seen: Map<string, TaskHandle<number>>) => {
    // @ts-expect-error handles inside of a Map are not looked for
    maybe.submit(null, true, seen);
    // @ts-expect-error a string is not a boolean
    maybe.submit(null, aText, new Map());
  };
  assertType<IsAny<ReturnType<typeof compiles>>>(false);
  assertType<IsAny<ReturnType<typeof fails>>>(false);
});

Deno.test("handles two levels down do not compile", () => {
  const nested = task((rows: number[][], by: { inner: { n: number } }) => [rows, by]);
  const fails = () => {
    // @ts-expect-error two levels down in arrays
    nested.submit([[aNumber]], { inner: { n: 1 } });
    // @ts-expect-error two levels down in objects
    nested.submit([[1]], { inner: { n: aNumber } });
  };
  assertType<IsExact<typeof fails, () => void>>(true);
});

Deno.test("runner.submit() takes tasks of all forms and functions", () => {
  const submits = (runner: TaskRunner) => ({
    sync: runner.submit(square, aNumber),
    async: runner.submit(load, "x"),
    tuned: runner.submit(square.with({ retries: 1 }), 2),
    fn: runner.submit((a: number, b: string) => a + b.length, aNumber, aText),
    asyncFn: runner.submit(async () => await Promise.resolve("x")),
    inArray: runner.submit((numbers: number[]) => numbers, [1, aNumber]),
    optional: runner.submit((a: number, b?: string) => [a, b] as const, 1),
    none: runner.submit(() => {}),
  });
  assertType<
    IsExact<ReturnType<typeof submits>, {
      sync: TaskHandle<number>;
      async: TaskHandle<User>;
      tuned: TaskHandle<number>;
      fn: TaskHandle<number>;
      asyncFn: TaskHandle<string>;
      inArray: TaskHandle<number[]>;
      optional: TaskHandle<readonly [number, string | undefined]>;
      none: TaskHandle<void>;
    }>
  >(true);
});

Deno.test("runner.submit() refuses wrong arguments", () => {
  const fails = (runner: TaskRunner) => {
    // @ts-expect-error a string is not a number
    runner.submit(square, "1");
    // @ts-expect-error a wrong handle
    runner.submit(square, aText);
    // @ts-expect-error a wrong handle for a function
    runner.submit((x: number) => x, aText);
    // @ts-expect-error an argument is missing
    runner.submit((x: number) => x);
    // @ts-expect-error no task and no function
    runner.submit("square");
  };
  assertType<IsExact<typeof fails, (runner: TaskRunner) => void>>(true);
});

Deno.test("generic functions can pass tasks and their inputs on", () => {
  function twice<A extends unknown[], R>(each: Task<A, R>, ...args: Inputs<A>): [TaskHandle<R>, TaskHandle<R>] {
    return [each.submit(...args), each.submit(...args)];
  }
  function onRunner<A extends unknown[], R>(runner: TaskRunner, each: Task<A, R>, ...args: Inputs<A>): TaskHandle<R> {
    return runner.submit(each, ...args);
  }
  const use = (runner: TaskRunner) => {
    // @ts-expect-error a wrong handle
    twice(square, aText);
    return [twice(load, aText), onRunner(runner, square.with({ retries: 1 }), 1)] as const;
  };
  assertType<
    IsExact<ReturnType<typeof use>, readonly [[TaskHandle<User>, TaskHandle<User>], TaskHandle<number>]>
  >(true);
});
