import { assertType, type IsExact } from "@std/testing/types";
import { type ScheduledJob, Scheduler, task, TaskBase } from "../../mod.ts";

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
