import { assert, assertEquals, assertThrows } from "@std/assert";
import { MemoryCheckpointer, Scheduler, task, TaskRunner } from "../../mod.ts";
import { recordingLogger, settle } from "../support.ts";
import { run } from "./runs.ts";
import { FakeClock } from "./support.ts";

/** A target that counts its listeners. */
class CountingTarget extends EventTarget {
  listeners = 0;

  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
    this.listeners++;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>): void {
    this.listeners--;
    super.removeEventListener(...args);
  }

  emit(type: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

Deno.test("Scheduler.on() submits a task for each event, with what the mapper makes of it, once started", async () => {
  const target = new CountingTarget();
  await using scheduler = new Scheduler();
  const seen: string[] = [];
  const note = task({ name: "note" }, (text: string) => void seen.push(text));
  const job = scheduler.on<CustomEvent<string>>(target, "upload").do(note, ({ detail }) => [detail]);
  target.emit("upload", "too early");
  assertEquals([target.listeners, job.nextFire, job.status], [0, undefined, "active"]);
  scheduler.start();
  assertEquals(target.listeners, 1);
  target.emit("upload", "a");
  target.emit("other", "b");
  target.emit("upload", "c");
  scheduler.on<CustomEvent<string>>(target, "other").do(note, ({ detail }) => [detail]);
  target.emit("other", "d");
  await scheduler.stop();
  assertEquals(target.listeners, 0);
  target.emit("upload", "too late");
  assertEquals(seen, ["a", "c", "d"]);
});

Deno.test("Scheduler.on() needs no mapper for a task without parameters", async () => {
  const target = new CountingTarget();
  await using scheduler = new Scheduler();
  const job = scheduler.on(target, "ping").do(task({ name: "pong" }, (...args: []) => args.length));
  scheduler.start();
  target.emit("ping", "detail");
  assertEquals(await job.lastHandle, 0);
  await scheduler.stop();
});

Deno.test("Scheduler.on() logs mappers that throw or return no arguments, and continues", async () => {
  const target = new CountingTarget();
  const logger = recordingLogger();
  await using scheduler = new Scheduler({ logger });
  const seen: number[] = [];
  const note = task({ name: "note" }, (x: number) => void seen.push(x));
  const answers: (() => unknown)[] = [
    () => {
      throw new RangeError("no such file");
    },
    () => 5,
    () => Promise.resolve([5]),
    () => undefined,
    () => [7],
  ];
  let count = 0;
  scheduler.on(target, "x", { name: "mapped" }).do(note, () => answers[count++]!() as [number]);
  scheduler.start();
  for (const _ of answers) target.emit("x");
  await scheduler.stop();
  assertEquals(seen, [7]);
  assertEquals(logger.lines.map(({ level, data }) => [level, `${data[0]} ${data[1]}`]), [
    ["error", 'Job "mapped" missed an event, as its mapper failed: RangeError: no such file'],
    ["error", 'Job "mapped" missed an event, as its mapper failed: TypeError: it returned 5 and no array of arguments'],
    [
      "error",
      'Job "mapped" missed an event, as its mapper failed: TypeError: it returned a Promise and no array of arguments',
    ],
    [
      "error",
      'Job "mapped" missed an event, as its mapper failed: TypeError: it returned undefined and no array of arguments',
    ],
  ]);
});

Deno.test("Scheduler.on() respects pause(), resume() and cancel()", async () => {
  const target = new CountingTarget();
  await using scheduler = new Scheduler();
  let count = 0;
  const job = scheduler.on(target, "x").do(task({ name: "count" }, () => ++count));
  scheduler.start();
  job.pause();
  assertEquals(target.listeners, 0);
  target.emit("x");
  job.resume();
  target.emit("x");
  await job.lastHandle;
  job.pause();
  await scheduler.stop();
  scheduler.start();
  assertEquals(target.listeners, 0);
  job.resume();
  target.emit("x");
  await job.lastHandle;
  job.cancel();
  assertEquals([target.listeners, count, scheduler.jobs().length], [0, 2, 0]);
  job.resume();
  assertEquals(target.listeners, 0);
  await scheduler.stop();
});

Deno.test("Scheduler.on() respects overlap", async () => {
  const target = new CountingTarget();
  await using scheduler = new Scheduler();
  const gate = Promise.withResolvers<void>();
  const counts: Record<string, number> = {};
  for (const overlap of ["allow", "skip", "queue"] as const) {
    counts[overlap] = 0;
    scheduler.on(target, "x", { overlap }).do(task({ name: overlap }, () => {
      counts[overlap]!++;
      return gate.promise;
    }));
  }
  scheduler.start();
  for (let count = 0; count < 3; count++) target.emit("x");
  await settle();
  assertEquals(counts, { allow: 3, skip: 1, queue: 1 });
  gate.resolve();
  await settle();
  assertEquals(counts, { allow: 3, skip: 1, queue: 3 });
  await scheduler.stop();
});

Deno.test("Scheduler.on() submits no child, though a task dispatches the event", async () => {
  const target = new CountingTarget();
  await using runner = new TaskRunner();
  await using scheduler = new Scheduler({ runner });
  const gate = Promise.withResolvers<void>();
  const job = scheduler.on(target, "x").do(task({ name: "indexed" }, async () => {
    await gate.promise;
    return "done";
  }));
  scheduler.start();
  const emitting = task({ name: "emitting" }, async () => {
    target.emit("x");
    await new Promise(() => {});
  });
  const handle = runner.submit(emitting);
  void handle.exception();
  await settle();
  handle.cancel();
  gate.resolve();
  assertEquals(await job.lastHandle, "done");
  await scheduler.stop();
});

Deno.test("Scheduler.on() handles very many events in a millisecond", async () => {
  const target = new CountingTarget();
  await using scheduler = new Scheduler();
  let count = 0;
  scheduler.on(target, "x").do(task({ name: "count" }, () => ++count));
  scheduler.start();
  for (let event = 0; event < 5_000; event++) target.emit("x");
  await scheduler.stop();
  assertEquals(count, 5_000);
});

Deno.test("Scheduler.on() checks what it is given", async () => {
  await using scheduler = new Scheduler();
  const target = new EventTarget();
  for (const what of [undefined, null, {}, "target", 5]) {
    assertThrows(() => scheduler.on(what as never, "x"), TypeError, "on() needs an EventTarget");
  }
  assertThrows(() => scheduler.on(target, 5 as never), TypeError, "The type of events");
  assertThrows(() => scheduler.on(target, "x", { jitter: 5 }), TypeError, 'Unknown option "jitter"');
  assertThrows(() => scheduler.on(target, "x", { catchUp: "one" }), TypeError, 'Unknown option "catchUp"');
  assertThrows(() => scheduler.on(target, "x", { catchUpLimit: 5 }), TypeError, 'Unknown option "catchUpLimit"');
  assertThrows(() => scheduler.on(target, "x", { timezone: "UTC" }), TypeError, 'Unknown option "timezone"');
  const note = task({ name: "note" }, (text: string) => text);
  assertThrows(() => scheduler.on(target, "x").do(note, "text" as never), TypeError, "The mapper of a job on events");
  assert(scheduler.jobs().length === 0);
});

Deno.test("Scheduler.on() runs for an event, though an earlier program had one in the same millisecond", async () => {
  const clock = new FakeClock();
  const checkpointer = new MemoryCheckpointer();
  const target = new EventTarget();
  const seen: string[] = [];
  const note = task({ name: "note" }, (what: string) => void seen.push(what));
  for (const what of ["a", "b", "c"]) {
    await run(checkpointer, clock, async (scheduler) => {
      const job = scheduler.on<CustomEvent<string>>(target, "upload").do(note, ({ detail }) => [detail]);
      scheduler.start();
      target.dispatchEvent(new CustomEvent("upload", { detail: what }));
      await job.lastHandle;
    });
  }
  assertEquals(seen, ["a", "b", "c"]);
});
