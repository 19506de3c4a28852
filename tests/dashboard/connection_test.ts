import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { currentTask, MemoryCheckpointer, task, TaskRunner, type TaskRunnerOptions } from "@workflowy/workflowy";
import { CheckpointSource } from "../../src/dashboard/live/checkpoint_source.ts";
import { AT_REST, LiveConnection, type LiveSocket } from "../../src/dashboard/live/connection.ts";
import { RunnerSource } from "../../src/dashboard/live/runner_source.ts";
import { eachTask, finish } from "../../src/dashboard/ui/steps.js";
import { Store } from "../../src/dashboard/ui/store.js";
import { barsOf } from "../../src/dashboard/ui/timeline_model.js";
import { STATUSES } from "../../src/core/status.ts";
import type { Handle } from "../../src/engine/handle.ts";
import { recordingLogger, until, untilAborted } from "../support.ts";

/** A page that takes what it gets, unless it is told not to read. */
class Page implements LiveSocket {
  readonly store = new Store();
  readonly messages: Record<string, unknown>[] = [];
  bufferedAmount = 0;
  closed: { code: number | undefined; reason: string | undefined } | undefined;

  send(text: string): void {
    const message = JSON.parse(text);
    this.messages.push(message);
    if (message.t === "hello") this.store.clear(message.epoch);
    else this.store.apply(message);
    if (message.t === "hello") this.store.isComplete = message.total === 0;
  }

  close(code?: number, reason?: string): void {
    this.closed = { code, reason };
  }

  /** The status of each task, by id. */
  get statuses(): Record<string, string> {
    const statuses: Record<string, string> = {};
    finish(eachTask(this.store, (index) => {
      statuses[this.store.id(index)] = STATUSES[this.store.status[index]!]!;
    }));
    return statuses;
  }
}

const square = task({ name: "square" }, (x: number) => x * x);
const wait = task({ name: "wait" }, (promise: Promise<void>) => promise);
const hang = task({ name: "hang" }, () => untilAborted(currentTask()!.signal));

async function withPage(
  options: TaskRunnerOptions,
  run: (
    given: { runner: TaskRunner; page: Page; connect: (limits?: object) => LiveConnection<never> },
  ) => Promise<void>,
): Promise<void> {
  await using runner = new TaskRunner({ onTaskError: "continue", logger: recordingLogger(), ...options });
  using source = new RunnerSource(runner, "test");
  const page = new Page();
  using connections = new DisposableStack();
  const connect = (limits?: object) =>
    connections.use(new LiveConnection(source, page, limits)) as unknown as LiveConnection<never>;
  await run({ runner, page, connect });
}

function statusesOf(runner: TaskRunner): Record<string, string> {
  return Object.fromEntries(runner.handles().map(({ id, status }) => [id, status]));
}

/** Sends all slices of a snapshot. */
function flush(connection: LiveConnection<never>, page: Page): void {
  connection.tick();
  while (!page.store.isComplete) connection.tick();
}

Deno.test("a page that comes late gets all that is kept", async () => {
  await withPage({}, async ({ runner, page, connect }) => {
    const fail = task(
      { name: "fail", retries: 1, backoffBase: 1, tags: ["odd"], label: (n: number) => `number ${n}` },
      (n: number) => {
        throw new RangeError(`no ${n}`);
      },
    );
    runner.submit(square, runner.submit(square, 3));
    runner.submit(fail, 7);
    await runner.run();
    flush(connect(), page);
    const { store } = page;
    assertEquals(page.statuses, statusesOf(runner));
    const index = store.find("fail#3")!;
    assertEquals(store.error.get(index), "RangeError: no 7");
    assertEquals(store.label.get(index), "number 7");
    assertEquals(store.tags.get(index)!.map((tag: number) => store.strings[tag]), ["odd"]);
    assertEquals(store.attempts[index], 2);
    assertEquals(store.spans.get(index)!.length, 2 * 4);
    assertEquals(store.dependsOn.get(store.find("square#2")!), [1]);
    assertEquals(store.totals, [0, 0, 0, 0, 2, 1, 0, 0]);
  });
});

Deno.test("an attempt that has ended is told although its task has not ended with it", async () => {
  await withPage({}, async ({ runner, page, connect }) => {
    const busy = task({ name: "busy", retries: 1, backoffBase: 3_600_000 }, () => {
      throw new Error("busy");
    });
    const once = task({ name: "once" }, () => {
      throw new Error("no");
    });
    const [waiting] = [runner.submit(busy), runner.submit(once)];
    const running = runner.run();
    await until("it waits for its next attempt", () => waiting.status === "retrying");
    flush(connect(), page);
    const { store } = page;
    const [start, end, status] = store.spans.get(store.find("busy#1")!) ?? [];
    assert(typeof start === "number" && typeof end === "number" && start <= end);
    assertEquals(status, 5);
    const bars = finish(barsOf(store));
    assertEquals([...bars.isOpen.subarray(0, bars.size)], [0, 0]);
    waiting.cancel();
    await running;
  });
});

Deno.test("what runs on record is not known to have run for longer than until the last change on record", async () => {
  const checkpointer = new MemoryCheckpointer();
  await using runner = new TaskRunner({ checkpointer });
  const running = runner.submit(hang);
  const done = runner.submit(square, 3);
  await Promise.all([done, until("it runs", () => running.status === "running")]);
  await runner.flush();
  using source = new CheckpointSource({ name: "record", read: () => checkpointer.load() });
  await source.read();
  const page = new Page();
  using connection = new LiveConnection(source, page);
  flush(connection as never, page);
  const { store } = page;
  const times = [running.startedAt, done.startedAt, done.finishedAt].map((time) => time!.getTime());
  const last = Math.max(...times) - store.epoch;
  const bars = finish(barsOf(store));
  assertEquals(bars.end[bars.isOpen.indexOf(1)], last);
  assertEquals(store.runTime(store.find(running.id)!), last + store.epoch - running.startedAt!.getTime());
  running.cancel();
  await running.exception();
});

Deno.test("a page that watches ends with what the runner has, whatever happened in between", async () => {
  await withPage({ maxWorkers: 3 }, async ({ runner, page, connect }) => {
    const connection = connect();
    flush(connection, page);
    const parent = task({ name: "parent" }, async (n: number) => {
      const children = square.with({ runner }).map([n, n + 1]);
      currentTask()!.progress(0.5, "half");
      await Promise.all(children);
      if (n % 3 === 0) throw new Error("three");
    });
    for (let n = 0; n < 20; n++) runner.submit(parent, n);
    runner.submit(hang).cancel();
    await runner.run();
    connection.tick();
    assertEquals(page.statuses, statusesOf(runner));
    const child = page.store.find("square#30")!;
    assertEquals(page.store.parent.has(child), true);
  });
});

Deno.test("a task is sent once for all that has happened to it since", async () => {
  await withPage({}, async ({ runner, page, connect }) => {
    const connection = connect();
    flush(connection, page);
    page.bufferedAmount = 1_000_000;
    await Promise.all(square.with({ runner }).map([1, 2, 3]));
    connection.tick();
    const before = page.messages.length;
    page.bufferedAmount = 0;
    connection.tick();
    const [message] = page.messages.slice(before) as { add: { seq: number[] }; set?: unknown }[];
    assertEquals([message?.add.seq, message?.set], [[1, 2, 3], undefined]);
    assertEquals(page.store.counts[4], 3);
  });
});

Deno.test("a page that does not read costs a bounded list, and gets everything again", async () => {
  await withPage({ retain: 50 }, async ({ runner, page, connect }) => {
    const connection = connect({ maxChanged: 100 });
    flush(connection, page);
    page.bufferedAmount = 1_000_000;
    const sent = page.messages.length;
    const served = runner.serve();
    for (let round = 0; round < 40; round++) {
      await Promise.all(square.with({ runner }).map([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    }
    await runner.stop();
    await served;
    assertEquals(page.messages.length, sent);
    page.bufferedAmount = 0;
    connection.tick();
    const rest = page.messages.slice(sent);
    assertEquals(rest[0]?.["t"], "hello");
    flush(connection, page);
    assertEquals(page.statuses, statusesOf(runner));
    assertLess(page.store.size, 100);
  });
});

Deno.test("a page of a service forgets what finished long ago", async () => {
  await withPage({ retain: 10 }, async ({ runner, page, connect }) => {
    const connection = connect({ maxFinished: 25 });
    flush(connection, page);
    const served = runner.serve();
    const unfinished = runner.submit(hang);
    for (let round = 0; round < 30; round++) {
      await Promise.all(square.with({ runner }).map([1, 2, 3]));
      connection.tick();
    }
    assertEquals(page.store.size - page.store.gone, 25 + 1);
    assert(page.statuses[unfinished.id] === "running");
    assertEquals(page.store.totals[4], 90);
    unfinished.cancel();
    await runner.stop();
    await served;
  });
});

Deno.test("many tasks come in slices, between which the program continues", async () => {
  await withPage({}, async ({ runner, page, connect }) => {
    square.with({ runner }).map(Array.from({ length: 9_000 }, (_, n) => n));
    await runner.run();
    flush(connect(), page);
    const slices = page.messages.filter(({ add }) => add !== undefined);
    assertGreater(slices.length, 3);
    assertEquals(page.store.size, 9_000);
    assertEquals(page.messages[0]?.["total"], 9_000);
    assertEquals(page.messages.at(-1)?.["last"], true);
  });
});

Deno.test("what happens while a snapshot is sent is not lost", async () => {
  await withPage({}, async ({ runner, page, connect }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wait.with({ runner }).map(Array.from({ length: 5_000 }, () => promise));
    const running = runner.run();
    await Promise.resolve();
    const connection = connect(); // sends the first slice
    resolve();
    square.with({ runner }).map([1, 2, 3]);
    await running;
    flush(connection, page);
    for (let tick = 0; tick < 5; tick++) connection.tick();
    assertEquals(page.statuses, statusesOf(runner));
  });
});

Deno.test("the page that has a task open gets its lines, and others do not", async () => {
  await withPage({}, async ({ runner, page, connect }) => {
    const talk = task({ name: "talk" }, (word: string) => currentTask()!.log.warn(word));
    const connection = connect();
    flush(connection, page);
    const [first, second] = [runner.submit(talk, "one"), runner.submit(talk, "two")];
    connection.received(JSON.stringify({ open: second.id }));
    await Promise.all([first, second]);
    connection.tick();
    const lines = page.messages.flatMap((message) =>
      (message["lines"] as { id: string; lines: { text: string; level: string }[] }) ?? []
    );
    assertEquals(lines.map(({ id, lines }) => [id, ...lines.map(({ text, level }) => `${level} ${text}`)]), [[
      "talk#2",
      "warn two",
    ]]);
    for (const odd of ["{", "42", "null", '{"open":7}', "x".repeat(10_000), new ArrayBuffer(3)]) {
      connection.received(odd);
    }
  });
});

Deno.test("nothing is observed once the page has gone", async () => {
  await withPage({}, async ({ runner, page, connect }) => {
    const connection = connect();
    flush(connection, page);
    connection[Symbol.dispose]();
    const sent = page.messages.length;
    await runner.submit(square, 2);
    assertEquals(page.messages.length, sent);
  });
});

Deno.test("a source at rest says so, and what has changed by its revision", async () => {
  await using runner = new TaskRunner();
  using source = new RunnerSource(runner, "test");
  const revision = source.revision;
  assertEquals(source.isAtRest, true);
  const { promise, resolve } = Promise.withResolvers<void>();
  const handle = runner.submit(wait, promise);
  const started = handle.result();
  await until("it runs", () => handle.status === "running");
  assert(source.revision !== revision);
  assertEquals(source.isAtRest, false);
  resolve();
  await started;
  assertEquals(source.isAtRest, true);
  const served = runner.serve();
  assertEquals(source.isAtRest, false);
  await runner.stop();
  await served;
  assertEquals(AT_REST, 4_001);
});

Deno.test("a failure that a page shows does not count as known to the program", async () => {
  await withPage({}, async ({ runner, page, connect }) => {
    const handle = runner.submit(task({ name: "fail" }, () => {
      throw new Error("no");
    }));
    await runner.run();
    flush(connect(), page);
    assertEquals(page.store.error.get(0), "Error: no");
    assertEquals((handle as unknown as Handle).observed, false);
  });
});
