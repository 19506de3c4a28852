import { assert, assertEquals, assertInstanceOf, assertNotEquals, assertStringIncludes } from "@std/assert";
import { type Logger, MemoryCheckpointer, task, TaskRunner, WorkerLostError } from "../../mod.ts";
import { ByteWriter } from "../../src/pools/protocol/bytes.ts";
import type { Engine, RunnerLink, RunnerListener, Whereabouts } from "../../src/remote/engine.ts";
import { MemoryEngine } from "../../src/remote/memory/memory_engine.ts";
import { resolvePoolSettings } from "../../src/remote/options.ts";
import { RemotePool } from "../../src/remote/pool/remote_pool.ts";
import { EventBatch } from "../../src/remote/protocol/event_frame.ts";
import { encodeHello } from "../../src/remote/protocol/hello_frame.ts";
import { decodeJob, type RemoteJob } from "../../src/remote/protocol/job_frame.ts";
import { decodeOrder, type Order } from "../../src/remote/protocol/order_frame.ts";
import { type Outcome, OutcomeBatch } from "../../src/remote/protocol/outcome_frame.ts";
import { recordingLogger, settle, until } from "../support.ts";

const LEASE_MS = 300;
const work = task({ name: "arbiter-work", pool: "cluster" }, (x: number) => x);

/** An engine whose workers are played by the test. */
class PlayedEngine {
  readonly name = "played";
  listener!: RunnerListener;
  readonly submitted: string[] = [];
  readonly jobs: RemoteJob[] = [];
  readonly orders: Order[] = [];
  readonly forgotten: string[] = [];
  readonly places = new Map<string, Whereabouts>();
  remembers = true;
  answers = true;
  readonly queuedBefore: string[] = [];
  beforeLocate: () => Promise<void> = () => Promise.resolve();
  closing: () => void = () => {};
  #key = 0;

  openRunner(_run: string, listener: RunnerListener): Promise<RunnerLink> {
    this.listener = listener;
    const { remembers } = this;
    return Promise.resolve({
      maxFrame: 1 << 20,
      maxMessage: 1 << 20,
      remembers,
      ping: () => this.answers ? Promise.resolve() : new Promise(() => {}),
      submit: (token, frame) => {
        this.submitted.push(token);
        this.jobs.push(decodeJob(frame));
        this.places.set(token, "queued");
      },
      withdraw: (token) => Promise.resolve(this.places.get(token) === "queued" && this.places.delete(token)),
      discard: (token) => void this.places.delete(token),
      listQueued: () => Promise.resolve(new Set(this.queuedBefore)),
      locate: async (jobs) => {
        await this.beforeLocate();
        return new Map(jobs.map(({ token }) => [token, this.places.get(token) ?? "unknown"]));
      },
      order: (frame) => void this.orders.push(decodeOrder(frame)),
      forget: (keys) => void this.forgotten.push(...keys),
      blobs: { put: () => Promise.resolve(), get: () => Promise.resolve(undefined), drop: () => {} },
      close: () => Promise.resolve(this.closing()),
    });
  }

  openWorker(): never {
    throw new Error("There are no workers");
  }

  say(token: string, kind: "begun" | "held", worker = "w1"): void {
    const batch = new EventBatch(worker, 1 << 20);
    batch.add(token, { kind });
    this.places.set(token, "taken");
    this.listener.events(batch.frame);
  }

  print(token: string, text: string): void {
    const batch = new EventBatch("w1", 1 << 20);
    batch.add(token, { kind: "print", source: "output", level: "error", text });
    this.listener.events(batch.frame);
  }

  end(token: string, outcome: Outcome, worker = "w1"): void {
    const batch = new OutcomeBatch(worker, 1 << 20);
    batch.add(token, "it", outcome);
    this.places.delete(token);
    this.listener.outcomes(String(++this.#key), batch.take(3));
  }

  /** Many outcomes in one message, of a worker that has room for no more. */
  endAll(tokens: readonly string[], worker = "w1"): void {
    const batch = new OutcomeBatch(worker, 1 << 20);
    for (const token of tokens) batch.add(token, "it", { kind: "completed", value: 1 });
    this.listener.outcomes(String(++this.#key), batch.take(0));
  }

  leave(worker: string): void {
    const frame = encodeHello(
      { worker, slots: 1, busy: 0, ahead: 0, leaving: true, tags: [], tasks: [] },
      1 << 20,
    );
    this.listener.hello(frame);
  }

  greet(slots: number, worker = "w1", ahead = 0): void {
    this.listener.hello(
      encodeHello({ worker, slots, busy: 0, ahead, leaving: false, tags: [], tasks: ["t"] }, 1 << 20),
    );
  }
}

function poolOf(engine: Engine): () => RemotePool {
  return () => new RemotePool(engine, resolvePoolSettings({ name: "p", lease: LEASE_MS }, "the pool", []));
}

/** The checkpoint of a runner that has run one task, and was shut down. */
async function earlierRun(engine: PlayedEngine): Promise<MemoryCheckpointer> {
  const checkpointer = new MemoryCheckpointer();
  await using earlier = new TaskRunner({ checkpointer, pools: { cluster: poolOf(engine) } });
  const first = earlier.submit(work, 0);
  const running = earlier.run();
  await until("it is submitted", () => engine.submitted.length === 1);
  engine.end(engine.submitted.pop()!, { kind: "completed", value: 1 });
  await first;
  await running;
  return checkpointer;
}

async function play(
  engine: PlayedEngine,
  test: (runner: TaskRunner, logger: Logger & { lines: unknown[][] }) => Promise<void>,
) {
  const logger = recordingLogger();
  await using runner = new TaskRunner({ pools: { cluster: poolOf(engine) }, onTaskError: "continue", logger });
  const run = runner.serve();
  await until("it is connected", () => engine.listener !== undefined);
  await test(runner, logger as unknown as Logger & { lines: unknown[][] });
  await runner.stop();
  await run;
}

Deno.test("what bodies print is asked for while an observer wants it, and lines that come late are heard", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    const first = runner.submit(work, 1);
    await until("it is submitted", () => engine.jobs.length === 1);
    engine.end(engine.submitted[0]!, { kind: "completed", value: 1 });
    await first;
    const lines: unknown[] = [];
    using _ = runner.observe({ log: ({ id }, { source, text }) => void lines.push([id, source, text]) });
    const second = runner.submit(work, 2);
    await until("the other one is submitted", () => engine.jobs.length === 2);
    const token = engine.submitted[1]!;
    engine.print(token, "in line\n");
    engine.say(token, "begun");
    engine.print(token, "running\n");
    engine.end(token, { kind: "completed", value: 2 });
    await second;
    engine.print(token, "late\n");
    engine.print("other:1", "of another run\n");
    assertEquals(lines, ["in line", "running", "late"].map((text) => [second.id, "output", text]));
    assertEquals(engine.jobs.map(({ prints }) => prints), [false, true]);
  });
});

Deno.test("an attempt whose worker falls silent is lost, with its name, and runs again if it may", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    const handle = runner.submit(work.with({ retries: 1, backoff: "none" }), 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    engine.say(engine.submitted[0]!, "begun", "w7");
    await until("the second attempt is submitted", () => engine.submitted.length === 2);
    assertEquals(handle.status, "ready");
    engine.end(engine.submitted[1]!, { kind: "completed", value: 5 });
    assertEquals(await handle, 5);
    const single = runner.submit(work, 2);
    await until("it is submitted", () => engine.submitted.length === 3);
    engine.say(engine.submitted[2]!, "begun", "w7");
    const error = await single.exception();
    assertInstanceOf(error, WorkerLostError);
    assertEquals(error.worker, "w7");
  });
});

Deno.test("an attempt whose worker is silent as its outcome is kept is not lost, however late the outcome is heard", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    const handle = runner.submit(work.with({ retries: 1 }), 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    let asked = 0;
    engine.beforeLocate = () => {
      if (++asked < 3) return Promise.reject(new Error("no leader"));
      engine.end(engine.submitted[0]!, { kind: "completed", value: 5 });
      return Promise.resolve();
    };
    engine.say(engine.submitted[0]!, "begun");
    assertEquals([await handle, handle.attempts, asked], [5, 1, 3]);
  });
});

Deno.test("bodies that were submitted before there was an observer are asked for what they print, again and again", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    const handle = runner.submit(work, 1);
    await until("it is submitted", () => engine.jobs.length === 1);
    const asked = () => engine.orders.filter(({ kind }) => kind === "prints").length;
    {
      using _ = runner.observe({ log: () => {} });
      await until("they are asked twice, as one order may be lost", () => asked() === 2);
    }
    engine.end(engine.submitted[0]!, { kind: "completed", value: 1 });
    await handle;
    assertEquals(engine.jobs.map(({ prints }) => prints), [false]);
  });
});

Deno.test("a worker that comes back with an attempt that is lost is told, and what it says is not used", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    const handle = runner.submit(work, 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    const [token] = engine.submitted;
    engine.say(token!, "begun");
    assertInstanceOf(await handle.exception(), WorkerLostError);
    engine.say(token!, "begun");
    assert(engine.orders.some((order) => order.kind === "unwanted" && order.token === token));
    engine.end(token!, { kind: "completed", value: 1 });
    await settle();
    assertEquals(handle.status, "failed");
    await until("its batch is forgotten", () => engine.forgotten.length > 0);
  });
});

Deno.test("what a worker says of an attempt that was lost is not used for the retry of its task", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    const handle = runner.submit(work, 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    const [lost] = engine.submitted;
    engine.say(lost!, "begun");
    assertInstanceOf(await handle.exception(), WorkerLostError);
    const again = runner.retry(handle);
    await until("it is submitted again", () => engine.submitted.length === 2);
    engine.end(lost!, { kind: "completed", value: "of the lost one" });
    engine.end(engine.submitted[1]!, { kind: "completed", value: "of the retry" });
    assertEquals<unknown>(await again, "of the retry");
  });
});

Deno.test("a task that was cancelled when a worker had taken it, and is tried again, waits for the end of that body", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    const first = runner.submit(work, 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    const token = engine.submitted[0]!;
    engine.places.set(token, "taken");
    first.cancel();
    const second = runner.retry(first);
    second.cancel(); // it was not submitted, and ends at once
    const third = runner.retry(second);
    await until("its worker is told", () => engine.orders.some(({ kind }) => kind === "abort"));
    await settle();
    assertEquals(engine.submitted, [token]);
    engine.end(token, { kind: "failed", error: new Error("told to end") });
    await until("the next one is submitted", () => engine.submitted.length === 2);
    engine.end(engine.submitted[1]!, { kind: "completed", value: 3 });
    assertEquals(await third, 3);
  });
});

Deno.test("a task whose worker was lost is handed out again when it is tried again", async () => {
  const engine = new MemoryEngine();
  const frames: Uint8Array[] = [];
  const listener = { job: (frame: Uint8Array) => void frames.push(frame), orders() {}, disconnected() {} };
  const worker = await engine.openWorker("w1", { ...listener, reconnected() {}, failed() {} });
  await using runner = new TaskRunner({ pools: { cluster: poolOf(engine) }, onTaskError: "continue" });
  const run = runner.serve();
  const first = runner.submit(work, 1);
  worker.want(1);
  assertInstanceOf(await first.exception(), WorkerLostError);
  const second = runner.retry(first);
  worker.want(1);
  await until("it is handed out again", () => frames.length === 2);
  const { run: id, token } = decodeJob(frames[1]!);
  const batch = new OutcomeBatch("w1", 1 << 16);
  batch.add(token, second.id, { kind: "completed", value: 2 });
  worker.report(id, [token], batch.take(0), () => {});
  assertEquals(await second, 2);
  await runner.stop();
  await run;
});

Deno.test("an attempt that was taken, and that no worker says it has, is lost, not submitted again", async () => {
  const engine = new PlayedEngine();
  engine.remembers = false;
  await play(engine, async (runner) => {
    const handle = runner.submit(work, 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    engine.places.set(engine.submitted[0]!, "taken");
    assertInstanceOf(await handle.exception(), WorkerLostError);
    assertEquals(engine.submitted.length, 1);
  });
});

Deno.test("an attempt that the engine has lost, and no worker has, is submitted again", async () => {
  for (const remembers of [true, false]) {
    const engine = new PlayedEngine();
    engine.remembers = remembers;
    await play(engine, async (runner) => {
      const handle = runner.submit(work, 1);
      await until("it is submitted", () => engine.submitted.length === 1);
      engine.places.clear();
      await until("it is submitted again", () => engine.submitted.length === 2);
      assertEquals(engine.submitted[0], engine.submitted[1]);
      engine.end(engine.submitted[1]!, { kind: "completed", value: 1 });
      assertEquals([await handle, handle.attempts], [1, 1]);
    });
  }
});

Deno.test("an attempt that the engine has lost is lost with a worker that may have begun it, and not submitted again", async () => {
  const engine = new PlayedEngine();
  engine.remembers = false;
  await play(engine, async (runner) => {
    engine.greet(1, "w1"); // it takes the job, and neither its word nor the queue is there after the server was
    const handle = runner.submit(work.with({ retries: 1, backoff: "none" }), 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    engine.places.clear();
    const stop = setInterval(() => engine.greet(1, "w2"), LEASE_MS / 3);
    await until("the second attempt is submitted", () => engine.submitted.length === 2);
    clearInterval(stop);
    assert(engine.submitted[0] !== engine.submitted[1]);
    engine.end(engine.submitted[1]!, { kind: "completed", value: 1 });
    assertEquals([await handle, handle.attempts], [1, 2]);
  });
});

Deno.test("in a resumed run, an attempt that began after a worker was lost is submitted, as that one cannot have it", async () => {
  const engine = new PlayedEngine();
  engine.remembers = false;
  const seen: string[] = [];
  const options = { pools: { cluster: poolOf(engine) }, onTaskError: "continue" } as const;
  await using runner = await TaskRunner.resume(await earlierRun(engine), options);
  using _ = runner.observe({ worker: ({ kind }) => void seen.push(kind) });
  const run = runner.serve();
  await until("it is connected", () => engine.listener !== undefined);
  engine.greet(1, "w1");
  await until("the worker is lost", () => seen.includes("lost"));
  const handle = runner.submit(work, 1);
  await until("it is submitted", () => engine.submitted.length === 1);
  engine.end(engine.submitted[0]!, { kind: "completed", value: 1 });
  assertEquals([await handle, handle.attempts], [1, 1]);
  await runner.stop();
  await run;
});

Deno.test("in a resumed run, what no worker has and was not in the queue is submitted at once, the rest after a lease", async () => {
  const engine = new PlayedEngine();
  engine.remembers = false;
  engine.queuedBefore.push("queued:1");
  const options = { pools: { cluster: poolOf(engine) }, onTaskError: "continue" } as const;
  await using runner = await TaskRunner.resume(await earlierRun(engine), options);
  const run = runner.serve();
  const rollCalls = () => engine.orders.filter(({ kind }) => kind === "rollCall").length;
  let before = rollCalls();
  await until("it is connected", () => rollCalls() > before);
  engine.greet(1);
  const greeting = setInterval(() => engine.greet(1), LEASE_MS / 3);
  engine.say("heard:1", "held");
  engine.places.delete("heard:1");
  const execute = async (key: string) => {
    before = rollCalls();
    const handle = runner.submit(work.with({ key }), 1);
    await until(`${key} is submitted`, () => engine.submitted.includes(`${key}:1`));
    engine.end(`${key}:1`, { kind: "completed", value: 1 });
    assertEquals([await handle, handle.attempts], [1, 1]);
    return rollCalls() > before ? "after a lease" : "at once";
  };
  // On a busy machine, silence counts from a later time than the start: then the next one is at once.
  for (let round = 0; await execute(`new-${round}`) === "after a lease"; round++);
  assertEquals([await execute("heard"), await execute("queued")], ["after a lease", "after a lease"]);
  clearInterval(greeting);
  await runner.stop();
  await run;
});

Deno.test("while the engine stands still, no attempt is lost", async () => {
  const engine = new PlayedEngine();
  engine.answers = false;
  await play(engine, async (runner) => {
    const handle = runner.submit(work, 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    engine.say(engine.submitted[0]!, "begun");
    await new Promise((resolve) => setTimeout(resolve, 3 * LEASE_MS));
    assertEquals(handle.status, "running");
    engine.end(engine.submitted[0]!, { kind: "completed", value: 1 });
    assertEquals(await handle, 1);
  });
});

Deno.test("a runner that stood still for longer than a lease hears first what workers have said meanwhile", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    const handle = runner.submit(work.with({ retries: 1 }), 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    engine.say(engine.submitted[0]!, "begun");
    for (const end = performance.now() + 2 * LEASE_MS; performance.now() < end;);
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS / 3)); // what was said is read with some delay
    engine.say(engine.submitted[0]!, "begun");
    engine.end(engine.submitted[0]!, { kind: "completed", value: 1 });
    assertEquals([await handle, handle.attempts], [1, 1]);
  });
});

Deno.test("an attempt that waits in the queue is not lost, however long it waits", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    const handle = runner.submit(work, 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 3 * LEASE_MS));
    assertEquals([handle.status, engine.submitted.length], ["ready", 1]);
    engine.end(engine.submitted[0]!, { kind: "completed", value: 1 });
    assertEquals(await handle, 1);
  });
});

Deno.test("no more is submitted than the workers have slots, and a few milliseconds of work", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    const handles = Array.from({ length: 20 }, (_, x) => runner.submit(work, x));
    await until("the first one is submitted", () => engine.submitted.length === 1);
    engine.greet(3);
    await settle();
    assertEquals(engine.submitted.length, 3);
    const reader = setInterval(() => {
      for (const token of engine.places.keys()) engine.end(token, { kind: "completed", value: 1 });
    });
    await Promise.all(handles);
    clearInterval(reader);
    assert(runner.statistics().pools["cluster"]!.maxWorkers === 3);
  });
});

Deno.test("observers see workers come, leave and get lost, and handles know where they ran", async () => {
  const engine = new PlayedEngine();
  const seen: string[] = [];
  await play(engine, async (runner) => {
    using _ = runner.observe({ worker: ({ kind, worker, pool }) => void seen.push(`${pool} ${worker} ${kind}`) });
    engine.greet(1, "w1");
    engine.greet(1, "w2");
    engine.greet(1, "w2");
    const handle = runner.submit(work, 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    engine.say(engine.submitted[0]!, "begun", "w2");
    assertEquals(handle.worker, "w2");
    engine.end(engine.submitted[0]!, { kind: "completed", value: 1 }, "w2");
    await handle;
    engine.leave("w1");
    await until("w2 is lost", () => seen.length === 4);
  });
  assertEquals(seen, ["cluster w1 started", "cluster w2 started", "cluster w1 ended", "cluster w2 lost"]);
});

Deno.test("what is heard of a body that was left, before the connection ends, is kept for the next program", async () => {
  const engine = new PlayedEngine();
  const options = { pools: { cluster: poolOf(engine) }, onTaskError: "continue" } as const;
  const runner = new TaskRunner({ ...options, checkpointer: new MemoryCheckpointer() });
  runner.submit(work, 1);
  runner.submit(work, 2);
  void runner.run().catch(() => {});
  await until("it is connected", () => engine.listener !== undefined);
  engine.greet(2);
  await until("both are submitted", () => engine.submitted.length === 2);
  for (const token of engine.submitted) engine.say(token, "begun");
  engine.closing = () => {
    engine.say(engine.submitted[0]!, "begun");
    engine.end(engine.submitted[1]!, { kind: "completed", value: 1 });
  };
  await runner.shutdown();
  assertEquals([engine.orders.filter(({ kind }) => kind !== "rollCall"), engine.forgotten], [[], []]);
});

Deno.test("a large result that is heard of before the connection is there is fetched once it is", async () => {
  const earlier = new PlayedEngine();
  const checkpointer = new MemoryCheckpointer();
  const first = new TaskRunner({ checkpointer, pools: { cluster: poolOf(earlier) } });
  first.submit(work, 1);
  void first.run().catch(() => {});
  await until("it is submitted", () => earlier.submitted.length === 1);
  await first.shutdown();
  const engine = new PlayedEngine();
  const opening = Promise.withResolvers<void>();
  const large = new ByteWriter();
  large.value(7, "the result");
  const openRunner: Engine["openRunner"] = async (run, listener) => {
    const link = await engine.openRunner(run, listener);
    await opening.promise;
    return { ...link, blobs: { ...link.blobs, get: () => Promise.resolve(large.take()) } };
  };
  const executed: string[] = [];
  const pool = () => {
    const made = poolOf({ name: "late", openRunner, openWorker: engine.openWorker })();
    const execute = made.execute.bind(made);
    made.execute = (job) => {
      executed.push(job.id);
      execute(job);
    };
    return made;
  };
  await using second = await TaskRunner.resume(checkpointer, { pools: { cluster: pool } });
  const handle = second.submit(work, 1);
  const run = second.run();
  await until("it waits for the connection", () => executed.length === 1 && engine.listener !== undefined);
  engine.end(earlier.submitted[0]!, { kind: "completedApart" });
  opening.resolve();
  assertEquals([await handle, handle.attempts], [7, 1]);
  await run;
  await until("its message is forgotten", () => engine.forgotten.length === 1);
  assertEquals(engine.submitted, []);
});

Deno.test("where the engine cannot be used, tasks fail with the reason, also those that are tried again at once", async () => {
  const refusing = Promise.withResolvers<never>();
  const engine: Engine = {
    name: "refusing",
    openRunner: () => refusing.promise,
    openWorker: () => refusing.promise,
  };
  await using runner = new TaskRunner({
    pools: { cluster: poolOf(engine) },
    onTaskError: "continue",
    logger: recordingLogger(),
  });
  const handles = [runner.submit(work.with({ retries: 3, backoff: "none" }), 1), runner.submit(work, 2)];
  const run = runner.run();
  await settle();
  refusing.reject(new Error("wrong password"));
  await run;
  for (const each of handles) assertStringIncludes(String(await each.exception()), "wrong password");
  assertEquals(handles.map(({ attempts }) => attempts), [4, 1]);
});

Deno.test("what is returned is submitted again, but not if it is said of an earlier submission", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    engine.greet(1);
    const handle = runner.submit(work, 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    const [first] = engine.jobs;
    const { token, submission } = first!;
    engine.end(token, { kind: "returned", submission });
    assertEquals(engine.submitted, [token, token]);
    assertNotEquals(engine.jobs[1]!.submission, submission);
    engine.say(token, "begun", "w2");
    engine.end(token, { kind: "returned", submission }); // as an engine may keep it twice
    assertEquals([engine.submitted.length, handle.status], [2, "running"]);
    engine.end(token, { kind: "completed", value: 5 }, "w2");
    assertEquals([await handle, handle.attempts], [5, 1]);
  });
});

/** A resumed run with a task that an earlier program has submitted, at that place, which the runner has found out. */
async function resumedWith(place: Whereabouts) {
  const engine = new PlayedEngine();
  const options = { pools: { cluster: poolOf(engine) } };
  const runner = await TaskRunner.resume(await earlierRun(engine), options);
  engine.submitted.length = 0;
  const token = "it:1";
  engine.places.set(token, place);
  let isLocated = false;
  engine.beforeLocate = () => Promise.resolve(void (isLocated = true));
  const handle = runner.submit(work.with({ key: "it" }), 1);
  const run = runner.run();
  await until("it is located", () => isLocated);
  await settle();
  return { engine, runner, token, handle, run };
}

Deno.test("what an earlier program has submitted, and a worker returns, is submitted once", async () => {
  const { engine, runner, token, handle, run } = await resumedWith("queued");
  await using _ = runner;
  engine.end(token, { kind: "returned", submission: 12 });
  engine.end(token, { kind: "returned", submission: 12 });
  assertEquals(engine.submitted, [token]);
  engine.end(token, { kind: "completed", value: 6 });
  await run;
  assertEquals(await handle, 6);
});

Deno.test("what an earlier program has submitted, and a worker runs, is not submitted again as another one has returned it", async () => {
  const { engine, runner, token, handle, run } = await resumedWith("taken");
  await using _ = runner;
  engine.say(token, "begun", "w2");
  engine.end(token, { kind: "returned", submission: 12 });
  assertEquals([engine.submitted.length, handle.status], [0, "running"]);
  engine.end(token, { kind: "completed", value: 6 }, "w2");
  await run;
  assertEquals(await handle, 6);
});

Deno.test("whatever a worker sends, the runner continues", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner, logger) => {
    const handle = runner.submit(work, 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    const [token] = engine.submitted;
    const batch = new OutcomeBatch("w", 1 << 20);
    batch.add(token!, "it", { kind: "completed", value: 1 });
    const frame = batch.take(3);
    for (const bytes of [new Uint8Array(), new Uint8Array([9, 9]), frame.slice(0, frame.length - 3)]) {
      engine.listener.events(bytes);
      engine.listener.hello(bytes);
      engine.listener.outcomes(`bad-${bytes.length}`, bytes);
    }
    engine.end("unknown:1", { kind: "completed", value: 1 });
    engine.say("unknown:2", "begun");
    assertEquals([handle.status, handle.done], ["ready", false]);
    engine.end(token!, { kind: "completed", value: 2 });
    engine.end(token!, { kind: "completed", value: 3 });
    assertEquals(await handle, 2);
    assertStringIncludes(Deno.inspect(logger), "ignored a message from a worker");
  });
});

Deno.test("as many tasks are submitted as workers have last said that they have room for", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    engine.greet(1, "w1", 100);
    const handles = Array.from({ length: 200 }, (_, x) => runner.submit(work, x));
    await until("all are submitted that may be", () => engine.submitted.length === 101);
    engine.endAll(engine.submitted);
    await until("one more for the slot is", () => engine.submitted.length === 101 + 1);
    engine.end(engine.submitted[101]!, { kind: "completed", value: 1 }); // and there is room for three more
    await until("the slot and the room are used", () => engine.submitted.length === 102 + 4);
    for (const handle of handles) handle.cancel();
  });
});

Deno.test("outcomes that are not to be on record are forgotten as soon as they are read", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    engine.greet(2);
    const handles = [1, 2].map((x) => runner.submit(work, x));
    await until("both are submitted", () => engine.submitted.length === 2);
    engine.endAll(engine.submitted);
    for (const handle of handles) await handle;
    await until("their message is forgotten", () => engine.forgotten.length === 1);
  });
});

Deno.test("the outcome of a body whose task has ended before, as it was cancelled, is forgotten as soon as it is read", async () => {
  const engine = new PlayedEngine();
  await play(engine, async (runner) => {
    engine.greet(1);
    const handle = runner.submit(work, 1);
    await until("it is submitted", () => engine.submitted.length === 1);
    engine.say(engine.submitted[0]!, "begun");
    handle.cancel();
    await until("it is told", () => engine.orders.some(({ kind }) => kind === "abort"));
    assertEquals(handle.status, "cancelled");
    engine.end(engine.submitted[0]!, { kind: "failed", error: new Error("told to end") });
    await until("its message is forgotten", () => engine.forgotten.length === 1);
  });
});
