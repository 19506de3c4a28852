import { assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { currentTask, NonRetryableError, task } from "../../../mod.ts";
import { PAUSED, type RunMessage, TO } from "../../../src/pools/protocol/messages.ts";
import { OutOfTime, type WorkerHost, WorkerLoop } from "../../../src/pools/worker/worker_loop.ts";
import { toEnvelope } from "../../../src/serialization/envelope.ts";
import { block, sleep, until } from "../../support.ts";
import { FakeOutbox } from "./fake_outbox.ts";

const MODULE = "test:worker_loop";
let count = 0;

/** Registers a task of the module, and returns the messages that define it as 1. */
function define(body: (...args: never[]) => unknown): readonly [typeof TO.define, number, string, string] {
  const name = `body${++count}`;
  task({ name, module: MODULE }, body as () => unknown);
  return [TO.define, 1, MODULE, name];
}

function run(seq: number, args: readonly unknown[] = [], timeout = 0, name?: string): RunMessage {
  return [TO.run, seq, 1, 1, timeout, `id#${seq}`, args, name];
}

/** A worker whose other side is a test. */
function workerOf(options: Partial<WorkerHost> = {}) {
  const outbox = new FakeOutbox();
  const lost: unknown[] = [];
  const loop = new WorkerLoop(outbox, {
    load: () => Promise.resolve(),
    leases: true,
    hasPipe: true,
    begin: () => true,
    abortOf: () => undefined,
    lose: (reason) => void lost.push(reason),
    end: () => void lost.push("end"),
    ...options,
  });
  const ended = () => outbox.heard.filter(([kind]) => kind === "done" || kind === "failed" || kind === "timedOut");
  /** Resolves once that many have ended. */
  const untilEnded = (number: number) => until(`${number} have ended`, () => ended().length >= number);
  return { loop, outbox, lost, ended, untilEnded };
}

Deno.test("WorkerLoop runs tasks in the order in which they were sent, one at a time", async () => {
  const { loop, ended, untilEnded } = workerOf();
  let busy = 0;
  loop.take(define(async (x: number) => {
    assertEquals(++busy, 1);
    await sleep(0);
    busy--;
    return 2 * x;
  }));
  for (const seq of [1, 2, 3]) loop.take(run(seq, [seq]));
  loop.run();
  await untilEnded(1);
  for (const seq of [2, 3]) {
    loop.take([TO.credit, seq, seq]); // where it took longer than its lease
    loop.run();
    await untilEnded(seq);
  }
  assertEquals(ended().map(([kind, seq, , value]) => [kind, seq, value]), [["done", 1, 2], ["done", 2, 4], [
    "done",
    3,
    6,
  ]]);
});

Deno.test("WorkerLoop pauses after a task that took longer than its lease, until it gets credit", async () => {
  const { loop, ended, untilEnded } = workerOf();
  loop.take(define((milliseconds: number) => block(milliseconds)));
  loop.take(run(1, [10]));
  for (const seq of [2, 3, 4]) loop.take(run(seq, [0]));
  loop.run();
  await untilEnded(1);
  await sleep(5);
  assertEquals(ended().map(([, seq, flow]) => [seq, flow]), [[1, PAUSED]]);
  loop.take([TO.credit, 3, 4]); // 2 runs elsewhere
  loop.run();
  await untilEnded(2);
  assertEquals(ended()[1]!.slice(0, 2), ["done", 3]);
});

Deno.test("WorkerLoop does not begin what the pool has revoked", async () => {
  const { loop, ended, untilEnded } = workerOf({ leases: false, begin: (seq) => seq !== 2 });
  loop.take(define((x: number) => x));
  for (const seq of [1, 2, 3]) loop.take(run(seq, [seq]));
  loop.run();
  await untilEnded(2);
  assertEquals(ended().map(([, seq]) => seq), [1, 3]);
});

Deno.test("WorkerLoop passes over a task that was cancelled in its queue, and aborts one that runs", async () => {
  const { loop, outbox, ended, untilEnded } = workerOf();
  loop.take(define(async () => {
    const { signal } = currentTask()!;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    signal.throwIfAborted();
  }));
  loop.take(run(1));
  loop.take(run(2));
  loop.run();
  await until("it runs", () => currentTask() === undefined && loop.current?.signal !== undefined);
  await sleep(1);
  loop.take([TO.cancel, 2, toEnvelope(new RangeError("not wanted"))]);
  loop.take([TO.aborting, 1]);
  loop.take([TO.aborting, 2]);
  loop.take([TO.cancel, 1, toEnvelope(new RangeError("enough"))]);
  await untilEnded(1);
  loop.take([TO.credit, 2, 2]);
  loop.run();
  await untilEnded(2);
  assertEquals(outbox.heard.filter(([kind]) => kind === "heardAbort"), [["heardAbort", 1]]);
  assertEquals(ended().map(([kind, seq, , error]) => [kind, seq, (error as Error).message]), [
    ["failed", 1, "enough"],
    ["failed", 2, "not wanted"],
  ]);
});

Deno.test("WorkerLoop calls a task by the name that it was submitted with", async () => {
  const { loop, ended, untilEnded } = workerOf();
  loop.take(define(() => currentTask()!.name));
  loop.take(run(1, [], 0, "another name"));
  loop.run();
  await untilEnded(1);
  assertEquals(ended()[0]![3], "another name");
});

Deno.test("WorkerLoop says so when a function was ended as it was out of time, and when a body was told that it is", async () => {
  const { loop, ended, untilEnded } = workerOf({
    runWithTimeout: (_, fn) => {
      if (fn() === "loops") throw new OutOfTime();
    },
  });
  loop.take(define((what: string) => {
    if (what === "polls") { while (!currentTask()!.cancelled); }
    return what;
  }));
  for (const [index, what] of ["loops", "polls"].entries()) {
    loop.take(run(index + 1, [what], 1));
    loop.take([TO.credit, index + 1, index + 1]);
    loop.run();
    await untilEnded(index + 1);
  }
  assertEquals(ended().map(([kind, seq]) => [kind, seq]), [["timedOut", 1], ["timedOut", 2]]);
});

Deno.test("WorkerLoop fails a result that cannot be sent, and a task that its module does not define", async () => {
  const { loop, lost, ended, untilEnded } = workerOf();
  loop.take(define(() => () => "a function"));
  loop.take(run(1));
  loop.run();
  await untilEnded(1);
  loop.take([TO.define, 1, MODULE, "no such task"]);
  loop.take(run(2));
  loop.take([TO.credit, 2, 2]);
  loop.run();
  await untilEnded(2);
  const [first, second] = ended().map(([, , , error]) => error);
  assertInstanceOf(first, TypeError);
  assertInstanceOf(second, NonRetryableError);
  assertMatch(second.message, /no such task.*import\.meta\.main/s);
  assertEquals(lost, []);
});

Deno.test("WorkerLoop is lost with a module that cannot be imported, and ends when it is told to", async () => {
  const { loop, lost } = workerOf({ load: () => Promise.reject(new SyntaxError("not a module")) });
  loop.take([TO.define, 1, "test:broken", "task"]);
  loop.take(run(1));
  loop.run();
  await until("it is lost", () => lost.length === 1);
  assertMatch((lost[0] as Error).message, /could not import test:broken/);
  loop.take([TO.end]);
  assertEquals(lost[1], "end");
});

Deno.test("WorkerLoop says that it is ready once its first module is imported, or cannot be", async () => {
  for (const load of [() => Promise.resolve(), () => Promise.reject(new Error("no"))]) {
    const { loop, outbox } = workerOf({ load });
    loop.preload("test:first");
    await until("it is ready", () => outbox.heard.length > 0);
    assertEquals(outbox.heard, [["ready"]]);
  }
});

Deno.test("WorkerLoop tells when a body starts, once its module is there, where the task wants to know", async () => {
  const { loop, outbox, untilEnded } = workerOf();
  const [kind, ref, module, name] = define(() => outbox.heard.push(["body"]));
  loop.take([kind, ref, module, name, true]);
  loop.take(run(1));
  loop.run();
  await untilEnded(1);
  assertEquals(outbox.heard.map(([kind]) => kind), ["started", "body", "done"]);
});
