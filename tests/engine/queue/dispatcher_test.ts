import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Job, type Pool, task, TaskRunner } from "../../../mod.ts";
import { assertAtRest } from "../../runner/support.ts";
import { block, echoProcess, turn } from "../../support.ts";

/** Counts how many bodies run at a time. */
function gauge(): { enter(): void; leave(): void; most(): number } {
  let now = 0;
  let most = 0;
  return { enter: () => void (most = Math.max(most, ++now)), leave: () => void now--, most: () => most };
}

Deno.test("TaskRunner lets timers fire during 50,000 synchronous tasks", async () => {
  await using runner = new TaskRunner();
  let done = 0;
  for (let x = 0; x < 50_000; x++) {
    runner.submit(function work() {
      done++;
      for (let spin = 0; spin < 300; spin++) Math.sqrt(spin);
    });
  }
  const seen: number[] = [];
  const timer = setInterval(() => seen.push(done), 1);
  await runner.run();
  clearInterval(timer);
  assertEquals(done, 50_000);
  assert(seen.some((count) => count > 0 && count < 50_000), `the timer fired after ${seen.join(", ")} tasks`);
});

Deno.test("TaskRunner lets timers fire during a chain of 50,000 synchronous tasks", async () => {
  await using runner = new TaskRunner();
  const step = task(function step(x: number) {
    for (let spin = 0; spin < 300; spin++) Math.sqrt(spin);
    return x + 1;
  });
  let last = runner.submit(step, 0);
  for (let x = 1; x < 50_000; x++) last = runner.submit(step, last);
  const seen: number[] = [];
  const timer = setInterval(() => seen.push(runner.statistics().completed), 1);
  assertEquals(await last, 50_000);
  clearInterval(timer);
  assert(seen.some((count) => count > 0 && count < 50_000), `the timer fired after ${seen.join(", ")} tasks`);
});

Deno.test("TaskRunner lets the program read what has arrived between slices of synchronous tasks", async () => {
  await using other = await echoProcess();
  await using runner = new TaskRunner();
  let done = 0;
  // About a slice each.
  for (let x = 0; x < 100; x++) {
    runner.submit(function work() {
      block(10);
      done++;
    });
  }
  await other.ask();
  let seenAfter: number | undefined;
  const reading = other.read().then(() => seenAfter = done);
  block(200); // it has written long before this ends
  await runner.run();
  await reading;
  assert(seenAfter! <= 10, `after ${seenAfter} tasks; without turns for others it would be 61`);
});

Deno.test("many short runs let the program read what has arrived as one long run does", async () => {
  await using other = await echoProcess();
  let done = 0;
  await other.ask();
  let seenAfter: number | undefined;
  const reading = other.read().then(() => seenAfter = done);
  block(200); // it has written long before this ends
  for (let run = 0; run < 200; run++) {
    await using runner = new TaskRunner();
    runner.submit(function work() {
      block(5);
      done++;
    });
    await runner.run();
  }
  await reading;
  assert(seenAfter! <= 20, `after ${seenAfter} runs`);
});

Deno.test("TaskRunner runs as many tasks at a time as maxWorkers says, and no more", async () => {
  for (const maxWorkers of [1, 3, 100]) {
    await using runner = new TaskRunner({ maxWorkers });
    const { enter, leave, most } = gauge();
    for (let x = 0; x < 120; x++) {
      runner.submit(async () => {
        enter();
        await turn();
        leave();
      });
    }
    await runner.run();
    assertEquals(most(), maxWorkers);
    assertAtRest(runner);
  }
});

Deno.test("TaskRunner has 100 slots on the event loop by default, and elsewhere as many as there are processors", async () => {
  await using runner = new TaskRunner();
  const maxWorkers = navigator.hardwareConcurrency;
  assertEquals(runner.statistics().pools, {
    async: { maxWorkers: 100, busy: 0, queued: 0 },
    thread: { maxWorkers, busy: 0, queued: 0, workers: 0 },
    process: { maxWorkers, busy: 0, queued: 0, workers: 0 },
  });
});

Deno.test("TaskRunner starts tasks of a higher priority first, then in the order of submission", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const order: string[] = [];
  const note = task(function note(name: string) {
    order.push(name);
  });
  for (const [name, priority] of [["a", 0], ["b", 5], ["c", -1], ["d", 5], ["e", 0.5]] as const) {
    note.with({ runner, priority }).submit(name);
  }
  await runner.run();
  assertEquals(order, ["b", "d", "e", "a", "c"]);
});

Deno.test("TaskRunner runs tasks of a named pool in that pool's slots", async () => {
  await using runner = new TaskRunner({ maxWorkers: 8, pools: { disk: { maxWorkers: 2 }, net: {} } });
  const [disk, net, other] = [gauge(), gauge(), gauge()];
  const work = async ({ enter, leave }: ReturnType<typeof gauge>) => {
    enter();
    await turn();
    leave();
  };
  const onDisk = task({ name: "disk", pool: "disk" }, () => work(disk));
  const onNet = task({ name: "net", pool: "net" }, () => work(net));
  for (let x = 0; x < 20; x++) {
    runner.submit(onDisk);
    runner.submit(onNet);
    runner.submit(() => work(other));
  }
  await runner.run();
  assertEquals([disk.most(), net.most(), other.most()], [2, 8, 8]);
  assertAtRest(runner);
});

Deno.test("TaskRunner.submit() refuses a task of an unknown pool, naming those there are", async () => {
  await using runner = new TaskRunner({ pools: { disk: {} } });
  const lost = task({ name: "lost", pool: "dsik" }, () => {});
  const error = assertThrows(() => runner.submit(lost), TypeError);
  for (const part of [`"lost"`, `"dsik"`, `"async"`, `"disk"`]) assert(error.message.includes(part), error.message);
  assertEquals(runner.handles(), []);
  assertEquals(runner.statistics().submitted, 0);
});

Deno.test("PoolOptions.reservedSlots are kept free for tasks of the sources in reserveFor", async () => {
  await using runner = new TaskRunner({ pools: { async: { maxWorkers: 3, reserveFor: ["web"], reservedSlots: 2 } } });
  const gates = new Map<string, () => void>();
  const hold = task(function hold(name: string) {
    return new Promise<void>((resolve) => gates.set(name, resolve));
  });
  hold.with({ runner }).map(["batch-1", "batch-2"]);
  hold.with({ runner, source: "web" }).map(["web-1", "web-2", "web-3"]);
  const running = runner.run();
  await turn();
  assertEquals([...gates.keys()], ["batch-1", "web-1", "web-2"]);
  assertEquals(runner.statistics().pools["async"], { maxWorkers: 3, busy: 3, queued: 2 });
  gates.get("web-1")!();
  await turn();
  assertEquals([...gates.keys()].slice(3), ["web-3"]);
  gates.get("web-2")!();
  await turn();
  assertEquals(gates.size, 4, "the second batch task must not take a reserved slot");
  gates.get("batch-1")!();
  await turn();
  assertEquals([...gates.keys()].slice(4), ["batch-2"]);
  for (const release of gates.values()) release();
  await running;
  assertAtRest(runner);
});

Deno.test("PoolOptions.reserveFor: those sources may use every slot", async () => {
  await using runner = new TaskRunner({ pools: { async: { maxWorkers: 3, reserveFor: ["web"] } } });
  const { enter, leave, most } = gauge();
  const work = task(async function work() {
    enter();
    await turn();
    leave();
  });
  for (let x = 0; x < 6; x++) work.with({ runner, source: "web" }).submit();
  await runner.run();
  assertEquals(most(), 3);
});

Deno.test("TaskRunner runs tasks in a pool of the user's own, which it never gives more than its slots", async () => {
  let disposed = 0;
  const { enter, leave, most } = gauge();
  const pool: Pool = {
    maxWorkers: 2,
    execute(job: Job): void {
      enter();
      turn().then(() => {
        leave();
        job.complete(`${job.name} ${job.args.join()} ${job.number}`);
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(void disposed++),
  };
  {
    await using runner = new TaskRunner({ pools: { mine: pool } });
    const far = task({ name: "far", pool: "mine" }, (x: number) => `${x}`);
    const handles = far.with({ runner }).map([1, 2, 3, 4, 5]);
    assertEquals(await handles[4], "far 5 1");
    await runner.run();
  }
  assertEquals([most(), disposed], [2, 0]);
});

/** A pool of one slot. */
function poolOf(execute: (job: Job) => void): Pool {
  return { maxWorkers: 1, execute, [Symbol.asyncDispose]: () => Promise.resolve() };
}

Deno.test("TaskRunner takes a pool that throws for a failed attempt", async () => {
  const error = new Error("broken pool");
  const broken = poolOf(() => {
    throw error;
  });
  await using runner = new TaskRunner({ pools: { broken } });
  const handle = runner.submit(task({ name: "lost", pool: "broken" }, () => {}));
  assertEquals(await handle.exception(), error);
  assertAtRest(runner);
});

Deno.test("Job.complete() and Job.fail(): the first call counts", async () => {
  const twice = poolOf((job) => {
    job.complete("first");
    job.fail(new Error("second"));
    job.complete("third");
    queueMicrotask(() => job.complete("fourth"));
  });
  const badly = poolOf((job) => {
    job.fail("first");
    job.complete("second");
  });
  await using runner = new TaskRunner({ pools: { twice, badly } });
  const [good, bad] = ["twice", "badly"].map((pool) => runner.submit(task({ name: pool, pool }, () => {})));
  const next = runner.submit(task({ name: "next", pool: "twice" }, () => {}));
  assertEquals([await good, await bad!.exception(), await next], ["first", "first", "first"] as unknown[]);
  await turn();
  assertAtRest(runner);
  assertEquals(runner.statistics().abandoned, 0);
});

Deno.test("Job.complete() after a retry began does not end the new attempt", async () => {
  const jobs: Job[] = [];
  await using runner = new TaskRunner({ pools: { manual: poolOf((job) => void jobs.push(job)) } });
  const flaky = task({ name: "flaky", pool: "manual", retries: 1, backoff: "none" }, () => "");
  const handle = runner.submit(flaky);
  const running = runner.run();
  await turn();
  jobs[0]!.fail(new Error("once"));
  await turn();
  assertEquals([handle.status, jobs.length], ["running", 2]);
  jobs[0]!.complete("too late");
  assertEquals(handle.status, "running");
  jobs[1]!.complete("in time");
  await running;
  assertEquals(await handle, "in time");
});

Deno.test("TaskRunner does not look at all pools each time that it begins to start tasks", async () => {
  class WatchedPool implements Pool {
    readonly maxWorkers = 1;
    looks = 0;

    get prefetch(): number {
      this.looks++;
      return 0;
    }

    async execute(job: Job) {
      if (job.begin()) job.complete(await job.call());
    }

    async [Symbol.asyncDispose]() {}
  }
  const pools = Array.from({ length: 5 }, () => new WatchedPool());
  await using runner = new TaskRunner({ pools: Object.fromEntries(pools.map((pool, x) => [`p${x}`, pool])) });
  for (const x of pools.keys()) await runner.submit(task({ name: "watched", pool: `p${x}` }, () => x));
  const before = pools[0]!.looks;
  const last = task({ name: "watched-last", pool: "p4" }, (x: number) => x);
  for (let x = 0; x < 20; x++) assertEquals(await runner.submit(last, x), x);
  assertEquals(pools[0]!.looks, before);
});
