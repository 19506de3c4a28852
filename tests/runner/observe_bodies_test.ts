import { assert, assertEquals, assertMatch } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { type Backend, currentTask, type LogLine, task, TaskRunner, type WorkerEvent } from "../../mod.ts";
import { recordingLogger } from "../support.ts";
import { dying, failing, headersOf, printing, writing } from "./observed_tasks.ts";

const BACKENDS: readonly Backend[] = ["async", "thread", "process"];

/** Runs a function and returns what it printed by `console.log` and `console.error`. */
async function printedBy(fn: () => Promise<unknown>): Promise<unknown[][]> {
  const { log, error } = console;
  const printed: unknown[][] = [];
  console.log = (...args) => void printed.push(["log", ...args]);
  console.error = (...args) => void printed.push(["error", ...args]);
  try {
    await fn();
  } finally {
    Object.assign(console, { log, error });
  }
  return printed;
}

for (const backend of BACKENDS) {
  Deno.test(`what a body prints by console is known to be its own, and shown by the observer alone (${backend})`, async () => {
    const before = { ...console };
    await using runner = new TaskRunner({ backend, maxWorkers: 2 });
    const lines = new Map<string, LogLine[]>();
    const handles = printing.with({ runner }).map(["a", "b", "c"]);
    const printed = await printedBy(async () => {
      using _ = runner.observe({
        log({ id }, line) {
          lines.set(id, [...lines.get(id) ?? [], line]);
          return true;
        },
      });
      await Promise.all(handles);
    });
    assertEquals([printed, lines.size], [[], 3]);
    for (const [index, handle] of handles.entries()) {
      const name = "abc"[index]!;
      const own = lines.get(handle.id)!;
      assertEquals(own.slice(0, 2).map(({ level, text, source, attempt }) => [level, text, source, attempt]), [
        ["info", `hello ${name} { a: 1 }`, "console", 1],
        ["error", `no ${name}`, "console", 1],
      ]);
      assertMatch(own[2]!.text, /│ name │/);
      assertEquals([own.length, own[0]!.data], [3, [own[0]!.text]]);
    }
    assertEquals({ ...console }, before);
  });

  Deno.test(`observers may run around a body and add headers for it (${backend})`, async () => {
    await using runner = new TaskRunner({ backend, maxWorkers: 1 });
    const order: string[] = [];
    const results: unknown[] = [];
    runner.observe({
      around({ name }, attempt, next) {
        attempt.headers["traceparent"] = `${name} ${attempt.number}`;
        order.push("before");
        const result = Promise.try(next);
        order.push("after");
        return result.then((value) => results.push(value), (error) => results.push(String(error)));
      },
    });
    assertEquals(await headersOf.with({ runner }).submit(), { traceparent: "headers-of 1" });
    assertEquals(await failing.with({ runner }).submit(), 2);
    assertEquals(order, ["before", "after", "before", "after", "before", "after"]);
    assertEquals(results, [{ traceparent: "headers-of 1" }, "Error: not yet", 2]);
  });

  Deno.test(`a body runs once, whatever observers around it do (${backend})`, async () => {
    await using runner = new TaskRunner({ backend, maxWorkers: 1, logger: recordingLogger() });
    let calls = 0;
    const arounds = [
      () => {},
      () => {
        throw new Error("of the observer");
      },
      () => Promise.reject(new Error("of the observer")),
      (next: () => unknown) => void [next(), next()],
      async (next: () => unknown) => {
        await Promise.resolve();
        await next();
      },
    ];
    for (const around of arounds) {
      using _ = runner.observe({
        around: (_handle, _attempt, next) => around(next),
        attempt: (_, { status }) => void (status === "running" && calls++),
      });
      assertEquals(await headersOf.with({ runner }).submit(), {});
    }
    assertEquals(calls, arounds.length);
  });
}

for (const backend of ["thread", "process"] as const) {
  Deno.test(`an observer is notified of workers, and handles and attempts say where they ran (${backend})`, async () => {
    await using runner = new TaskRunner({ backend, maxWorkers: 1, onTaskError: "continue" });
    const events: WorkerEvent[] = [];
    const workers: unknown[] = [];
    using _ = runner.observe({
      worker: (event) => void events.push(event),
      attempt: (_, { worker }) => void workers.push(worker),
    });
    const handle = headersOf.with({ runner }).submit();
    assertEquals(handle.worker, undefined);
    await handle;
    const lost = dying.with({ runner }).submit();
    await lost.exception();
    await headersOf.with({ runner }).submit();
    await runner.shutdown();
    const name = `${backend}-1`;
    assertEquals(events.map(({ kind, pool, worker }) => [kind, pool, worker]), [
      ["started", backend, name],
      ["lost", backend, name],
      ["started", backend, name],
      ["ended", backend, name],
    ]);
    assertMatch(String(events[1]!.error), /lost/);
    assertEquals([handle.worker, handle.history[0]?.worker, lost.history[0]?.worker], [name, name, name]);
    assertEquals(workers, [name, name, name, name, name, name]);
  });

  Deno.test(`an observer of lines may come and go while workers are there (${backend})`, async () => {
    await using runner = new TaskRunner({ backend, maxWorkers: 1 });
    await headersOf.with({ runner }).submit();
    for (let round = 1; round <= 2; round++) {
      const shown: string[] = [];
      using _ = runner.observe({ log: (_, { text }) => (shown.push(text), true) });
      await printing.with({ runner }).submit("x");
      assertEquals(shown.slice(0, 2), ["hello x { a: 1 }", "no x"]);
    }
  });
}

for (const backend of ["thread", "process"] as const) {
  Deno.test(`what a worker writes without console reaches the observer, as what the body wrote (${backend})`, async () => {
    const lines: LogLine[] = [];
    const { promise: came, resolve } = Promise.withResolvers<string>();
    await using runner = new TaskRunner({ backend, maxWorkers: 1 });
    runner.observe({ log: ({ id }, line) => (lines.push(line), resolve(id), true) });
    const handle = writing.with({ runner }).submit("by hand");
    await handle;
    assertEquals(await came, handle.id);
    assertEquals(lines.map(({ level, source, text }) => [level, source, text]), [["error", "output", "by hand"]]);
  });
}

Deno.test("what no observer shows is printed as ever, and console is left alone without an observer of lines", async () => {
  await using runner = new TaskRunner({ logger: recordingLogger() });
  const shown: string[] = [];
  const before = console.log;
  runner.observe({ status: () => {} });
  assert(console.log === before);
  const printed = await printedBy(async () => {
    using _ = runner.observe({ log: (_, { text }) => void shown.push(text) });
    console.log("outside of every task");
    await printing.with({ runner }).submit("x");
    await runner.submit(() => currentTask()!.log("logged"));
  });
  assertEquals(shown.filter((text) => !text.includes("│")), ["hello x { a: 1 }", "no x", "logged"]);
  assertEquals(printed, [["log", "outside of every task"], ["log", "hello", "x", { a: 1 }], ["error", "no x"]]);
});

Deno.test("two runners have console observed at once, each for its own tasks", async () => {
  await using first = new TaskRunner();
  await using second = new TaskRunner();
  const shown: string[][] = [[], []];
  const { log } = console;
  const observations = [first, second].map((runner, index) =>
    runner.observe({ log: (_, { text }) => (shown[index]!.push(text), true) })
  );
  await first.submit(() => console.log("one"));
  observations[0]![Symbol.dispose]();
  await second.submit(() => console.log("two"));
  await second.shutdown(); // ends what observes it
  assertEquals([shown, console.log === log], [[["one"], ["two"]], true]);
});

Deno.test("an observer around a body gives it an async context, within that of the submission", async () => {
  const [outer, inner] = [new AsyncLocalStorage<string>(), new AsyncLocalStorage<string>()];
  await using runner = new TaskRunner();
  const seen: unknown[] = [];
  runner.observe({
    around(_handle, _attempt, next) {
      seen.push(outer.getStore());
      return inner.run("around", next);
    },
  });
  const body = async () => {
    await Promise.resolve();
    return [outer.getStore(), inner.getStore(), currentTask()?.name];
  };
  const nested = task({ name: "nested" }, body);
  const handle = outer.run("submission", () => runner.submit(nested));
  assertEquals(await handle, ["submission", "around", "nested"]);
  assertEquals([seen, inner.getStore()], [["submission"], undefined]);
});

Deno.test("what no observer shows is printed to where it would have been without one, on every backend", async () => {
  const program = new URL("./programs/prints_observed.ts", import.meta.url);
  const [plain, observed] = await Promise.all(["plain", "observed"].map(async (mode) => {
    const args = ["run", "-A", "--no-check", "--no-lock", program.href, mode];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
    const linesOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes).split("\n").toSorted();
    // A subprocess draws its tables as Node does, unless it is observed.
    return [linesOf(stdout), linesOf(stderr).filter((line) => !/[│┌├└]/.test(line))];
  }));
  assertEquals(observed, plain);
  assert(plain![0]!.includes("hello thread { a: 1 }"));
  assert(plain![1]!.includes("hello process { a: 1 }"));
});

Deno.test("an observer that adds a header that cannot be a string cannot keep the body from running", async () => {
  for (const backend of ["async", "thread"] as const) {
    const logger = recordingLogger();
    await using runner = new TaskRunner({ backend, maxWorkers: 1, logger });
    runner.observe({
      around(_, { headers }, next) {
        const unprintable = {
          toString() {
            throw new Error("no words");
          },
        };
        Object.assign(headers, { unprintable });
        return next();
      },
    });
    assertEquals(await headersOf.with({ runner }).submit(), {});
    const [line] = logger.lines.filter(({ level }) => level === "error");
    assertEquals(line?.data.map(String), ["An observer's around() failed:", "Error: no words"]);
  }
});
