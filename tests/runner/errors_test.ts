import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { task, TaskError, TaskRunner } from "../../mod.ts";
import { assertAtRest } from "./support.ts";
import { recordingLogger, runProgram } from "../support.ts";

class PaymentError extends Error {
  override name = "PaymentError";
  readonly cents: number;
  constructor(message: string, cents: number) {
    super(message);
    this.cents = cents;
  }
}

/** What bodies throw, however unkind. */
const THROWN: readonly [what: string, thrown: unknown][] = [
  ["an Error", new Error("plain")],
  ["an error of a user's class", new PaymentError("declined", 1_999)],
  ["a frozen error", Object.freeze(new Error("frozen"))],
  ["an AggregateError", new AggregateError([new Error("a"), new Error("b")], "both")],
  ["a DOMException", new DOMException("aborted", "AbortError")],
  ["a string", "only a string"],
  ["undefined", undefined],
  ["null", null],
  ["0", 0],
  ["an object", { code: 7 }],
  ["a function", () => "called"],
  ["an error without a prototype", Object.setPrototypeOf(new Error("bare"), null)],
  ["an object that throws when it is printed", {
    get name() {
      throw new Error("no name");
    },
    toString() {
      throw new Error("it cannot be printed");
    },
  }],
  [
    "an error whose message throws",
    Object.defineProperty(new Error(), "message", {
      get() {
        throw new Error("no message");
      },
    }),
  ],
];

const WAYS: readonly [way: string, body: (thrown: unknown) => unknown][] = [
  ["throws", (thrown) => {
    throw thrown;
  }],
  ["rejects with", (thrown) => Promise.reject(thrown)],
  ["throws, after an await,", async (thrown) => {
    await Promise.resolve();
    throw thrown;
  }],
];

for (const [way, body] of WAYS) {
  for (const [what, thrown] of THROWN) {
    Deno.test(`TaskHandle rejects with the very same ${what} that its body ${way}`, async () => {
      await using runner = new TaskRunner({ onTaskError: "continue" });
      const handle = runner.submit(function failing() {
        return body(thrown);
      });
      const dependent = runner.submit((_: unknown) => "never", handle);
      const report = await runner.run();
      assertStrictEquals(await handle.exception(), thrown);
      assertStrictEquals(await handle.then(() => "resolved", (error) => error), thrown);
      const { status, error, value, ok, attempts } = await handle.getResult();
      assertEquals({ status, value, ok, attempts }, { status: "failed", value: undefined, ok: false, attempts: 1 });
      assertStrictEquals(error, thrown);
      assertStrictEquals(report.results[0]!.error, thrown);
      assertEquals([dependent.status, report.counts.failed], ["failed", 2]);
      assertStrictEquals((await dependent.exception() as Error).cause, thrown);
      assert(handle.explain().startsWith(`"failing#1" failed`));
      assertAtRest(runner);
    });
  }
}

Deno.test("TaskRunner.run() rejects with whatever the first failing task threw", async () => {
  for (const [, thrown] of THROWN) {
    await using runner = new TaskRunner();
    runner.submit(() => Promise.reject(thrown));
    const [outcome] = await Promise.allSettled([runner.run()]);
    assert(outcome.status === "rejected");
    assertStrictEquals(outcome.reason, thrown);
  }
});

Deno.test("TaskRunner logs whatever a task threw", async () => {
  const logged: unknown[] = [];
  const ignore = () => {};
  await using runner = new TaskRunner({
    onTaskError: "log",
    logger: { debug: ignore, info: ignore, warn: ignore, error: (_, error) => logged.push(error) },
  });
  for (const [, thrown] of THROWN) runner.submit(() => Promise.reject(thrown));
  await runner.run();
  assertEquals(logged.length, THROWN.length);
  for (const [index, [, thrown]] of THROWN.entries()) assertStrictEquals(logged[index], thrown);
});

Deno.test("TaskRunner retries and gives up with whatever a task threw", async () => {
  for (const [, thrown] of THROWN) {
    await using runner = new TaskRunner();
    const handle = runner.submit(task({ name: "t", retries: 1, backoff: "none", retryOn: () => true }, () => {
      throw thrown;
    }));
    assertStrictEquals((await handle.exception() as Error).cause, thrown);
    assertEquals([handle.status, handle.attempts], ["failed", 2]);
  }
});

Deno.test("TaskHandle keeps the stack of an error that a body threw", async () => {
  await using runner = new TaskRunner();
  const handle = runner.submit(function culprit() {
    throw new Error("look at the stack");
  });
  const { stack } = await assertRejects(() => handle.result(), Error);
  assert(stack!.includes("culprit"), stack);
});

Deno.test("TaskRunner takes a body whose thenable throws, or rejects late, for a failed one", async () => {
  await using runner = new TaskRunner();
  const error = new Error("in then()");
  const throws = runner.submit((): PromiseLike<number> => ({
    then() {
      throw error;
    },
  }));
  const getter = runner.submit((): PromiseLike<number> => ({
    get then(): never {
      throw error;
    },
  }));
  assertStrictEquals(await throws.exception(), error);
  assertStrictEquals(await getter.exception(), error);
  assertAtRest(runner);
});

Deno.test("TaskRunner keeps failures that no one looks at from ending the program", async () => {
  const { code, stdout, stderr } = await runProgram(`
    const { task, TaskRunner, currentTask } = workflowy;
    const fail = task({ name: "fail" }, () => { throw new Error("never looked at"); });
    const late = task({ name: "late", timeout: 5 }, () => new Promise(() => {}));
    await using runner = new TaskRunner({ onTaskError: "continue" });
    runner.enter();
    const handles = [fail.submit(), late.submit(), fail.with({ retries: 1, backoff: "none" }).submit()];
    handles.push(fail.with({ dependsOn: handles[0] }).submit(), runner.submit(() => Promise.reject("text")));
    for (const handle of handles) { handle.result(); handle.exception(); handle.getResult(); handle.result({ timeout: "1h" }); }
    const parent = runner.submit(async () => {
      const child = fail.submit();
      child.result();
      fail.submit().result({ timeout: 1000 });
      await fail.submit().getResult();
    });
    handles[4].cancel();
    const cancelled = runner.submit((x) => x, fail.submit());
    cancelled.cancel("unseen");
    await runner.run();
    const aborted = runner.submit(() => new Promise(() => {}));
    aborted.result({ signal: AbortSignal.abort("unseen") });
    aborted.result({ timeout: 1 });
    setTimeout(() => aborted.cancel(), 20);
    await runner.run();
    await new Promise((resolve) => setTimeout(resolve, 20));
    console.log("still here", runner.statistics().failed);
  `);
  assertEquals([code, stdout, stderr], [0, "still here 8", ""]);
});

Deno.test("TaskRunner.run() that no one catches ends the program with the task's error, once", async () => {
  const { code, stdout, stderr } = await runProgram(`
    const { TaskRunner } = workflowy;
    addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      console.log("unhandled:", event.reason.message);
      setTimeout(() => console.log("end"), 20); // time for a second one
    });
    const runner = new TaskRunner();
    const first = runner.submit(() => { throw new Error("the task's own") });
    runner.submit((x) => x, first);
    runner.submit(() => new Promise(() => {}));
    runner.run();
  `);
  assertEquals([code, stdout, stderr], [0, "unhandled: the task's own\nend", ""]);
});

Deno.test("TaskRunner writes retries to a logger that it is given, at level debug", async () => {
  const { lines, ...logger } = recordingLogger();
  await using runner = new TaskRunner({ logger, onTaskError: "continue" });
  const errors = [new Error("first"), new Error("second")];
  const flaky = task({ name: "flaky", retries: 3, backoff: (attempt) => attempt === 1 ? 0 : 2 }, () => {
    const error = errors.shift();
    if (error !== undefined) throw error;
    return "at last";
  });
  const [first, second] = errors;
  assertEquals(await runner.submit(flaky), "at last");
  assertEquals(lines.map(({ level, data }) => [level, ...data]), [
    ["debug", "[flaky#1]", "Attempt 1 failed, the next one starts at once:", first],
    ["debug", "[flaky#1]", "Attempt 2 failed, the next one starts in 2 ms:", second],
  ]);
});

Deno.test("TaskRunner writes no retries to the console if it is given no logger", async () => {
  const { code, stdout, stderr } = await runProgram(`
    let calls = 0;
    const flaky = workflowy.task({ name: "flaky", retries: 1, backoff: "none" }, () => {
      if (++calls === 1) throw new Error("once");
      return calls;
    });
    await using runner = new workflowy.TaskRunner();
    console.log(await runner.submit(flaky));
  `);
  assertEquals([code, stdout, stderr], [0, "2", ""]);
});

Deno.test("A task fails if its backoff is nonsense, with an error that says so", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const backoffs = [
    ...[NaN, -1, "soon", undefined].map((nonsense) => () => nonsense),
    () => Promise.resolve(5),
    () => Promise.reject(new Error("unseen")),
  ];
  for (const backoff of backoffs) {
    const options = { name: "failing", retries: 1, backoff: backoff as () => number };
    const failing = runner.submit(task(options, () => {
      throw new Error("down");
    }));
    const error = await failing.exception();
    assertInstanceOf(error, TaskError);
    assertStringIncludes(error.message, 'The retry policy of "failing" threw ');
    assertStringIncludes(error.message, "asked about attempt 1, which failed with Error: down");
    assertEquals([failing.status, failing.attempts], ["failed", 1]);
  }
});
