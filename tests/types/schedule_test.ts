import { assertType, type IsExact } from "@std/testing/types";
import { type ScheduledJob, Scheduler, type Task, task, TaskBase } from "../../mod.ts";

const add = task({ name: "add" }, (a: number, b: string) => `${a}${b}`);
const maybe = task({ name: "maybe" }, (a?: number) => a);

class Greet extends TaskBase<[name: string], string> {
  run(name: string): string {
    return `hello, ${name}`;
  }
}

Deno.test("do() takes the arguments of the task, and no others", async () => {
  await using scheduler = new Scheduler();
  assertType<IsExact<ReturnType<typeof scheduler.jobs>, ScheduledJob[]>>(true);
  scheduler.every("1h").do(add, 1, "x");
  scheduler.cron("@daily").do(maybe);
  scheduler.every("1h").do(new Greet(), "world");
  // @ts-expect-error: too few
  scheduler.every("1h").do(add, 1);
  // @ts-expect-error: of a wrong type
  scheduler.every("1h").do(add, "1", "x");
  // @ts-expect-error: too many
  scheduler.every("1h").do(new Greet(), "world", 2);
  // @ts-expect-error: no length of time
  if (scheduler.jobs().length > 100) scheduler.every("soon");
});

Deno.test("do() takes a function that makes the arguments of the due time, and no others", async () => {
  await using scheduler = new Scheduler();
  scheduler.every("1h").do(add, (due) => [due.getTime(), "x"]);
  scheduler.every("1h").do(maybe, () => []);
  scheduler.every("1h").do(maybe, (due) => [due.getTime()]);
  // @ts-expect-error: too few
  scheduler.every("1h").do(add, () => [1]);
  // @ts-expect-error: of a wrong type
  scheduler.every("1h").do(new Greet(), (due) => [due]);
  // @ts-expect-error: not an array
  scheduler.every("1h").do(new Greet(), () => "world");
});

interface Filter {
  readonly name?: string;
  readonly before?: Date;
}

/** As the methods of database drivers are: several signatures, the last of which is that of the task. */
function find(): number;
function find(filter: Filter, options?: { limit: number }): number;
function find(): number {
  return 0;
}

Deno.test("do() takes overloaded functions, and options of types that functions have as well", async () => {
  await using scheduler = new Scheduler();
  const all = task({ name: "all" }, find);
  const anObject = task({ name: "an-object" }, (filter: object) => filter);
  const anything = task({ name: "anything" }, (filter: unknown) => filter);
  const callback = task({ name: "callback" }, (format: (n: number) => string) => format(1));
  const literals = task({ name: "literals" }, (unit: "day" | "hour", range: [number, string]) => [unit, range]);
  const rest = task({ name: "rest" }, (first: number, ...others: string[]) => [first, others]);
  const generic = task({ name: "generic" }, <T>(value: T) => value);
  const times = scheduler.every("1h");
  times.do(all, { name: "x" });
  times.do(all, { name: "x" }, { limit: 2 });
  times.do(all, (due) => [{ before: due }, { limit: 2 }]);
  times.do(anObject, {});
  times.do(anObject, (due) => [{ due }]);
  times.do(anything, 5);
  times.do(anything, (due) => [due]);
  times.do(callback, () => [(n) => `${n.toFixed(2)}`]);
  times.do(literals, "day", [1, "x"]);
  times.do(literals, () => ["day", [1, "x"]]);
  times.do(rest, 1);
  times.do(rest, 1, "x", "y");
  times.do(rest, () => [1, "x", "y"]);
  times.do(generic, 5);
  const forward = <A extends unknown[]>(what: Task<A, number>, ...args: A) => times.do(what, () => args);
  forward(all, { name: "x" });
  // @ts-expect-error: no such property
  times.do(all, { nam: "x" });
  // @ts-expect-error: no such property
  times.do(all, () => [{ nam: "x" }]);
  // @ts-expect-error: not at once
  times.do(all, () => Promise.resolve([{ name: "x" }]));
  // @ts-expect-error: an array is made of the time, not the object itself
  times.do(anObject, () => ({ name: "x" }));
  // @ts-expect-error: a function makes the arguments, and is not one of them
  times.do(anything, () => 5);
  // @ts-expect-error: a function makes the arguments, and is not one of them
  times.do(callback, (n) => `${n}`);
  // @ts-expect-error: not one of the literals
  times.do(literals, "week", [1, "x"]);
  // @ts-expect-error: not one of the literals
  times.do(literals, () => ["week", [1, "x"]]);
});

Deno.test("on() gives the mapper the event, and takes the arguments of the task from it", async () => {
  await using scheduler = new Scheduler();
  const target = new EventTarget();
  scheduler.on(target, "upload").do(add, (event) => [event.detail.size, event.type]);
  scheduler.on<CustomEvent<{ size: number }>>(target, "upload").do(add, ({ detail }) => [detail.size, "x"]);
  scheduler.on<MessageEvent<string>>(target, "message").do(new Greet(), ({ data }) => [data]);
  scheduler.on(target, "upload").do(maybe);
  scheduler.on(target, "upload").do(maybe, () => []);
  // @ts-expect-error: of a wrong type
  scheduler.on<MessageEvent<number>>(target, "message").do(new Greet(), ({ data }) => [data]);
  // @ts-expect-error: too few
  scheduler.on(target, "upload").do(add, () => [1]);
  // @ts-expect-error: no mapper, though the task has parameters
  scheduler.on(target, "upload").do(add);
});
