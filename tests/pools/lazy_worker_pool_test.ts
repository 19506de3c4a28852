import { assert, assertEquals } from "@std/assert";
import type { JobTask } from "../../src/core/pool.ts";
import type { ConnectWorker, StartableKind, StartedWorker } from "../../src/pools/channel.ts";
import { LazyWorkerPool } from "../../src/pools/lazy_worker_pool.ts";
import { ProcessKind } from "../../src/pools/process/process_kind.ts";
import { ThreadKind } from "../../src/pools/thread/thread_kind.ts";
import { FakeKind, type FakeWorker, NamedJob } from "./fake_kind.ts";
import { loggerOf } from "./support.ts";

/** Workers whose code is loaded when the test says so. */
class SlowKind extends FakeKind {
  readonly loads: PromiseWithResolvers<void>[] = [];
  /** The workers that were connected, in that order. */
  readonly connected: FakeWorker[] = [];

  override async load(): Promise<ConnectWorker<FakeWorker>> {
    const load = Promise.withResolvers<void>();
    this.loads.push(load);
    await load.promise;
    return (worker, task, listener) => {
      this.connected.push(worker);
      return this.open(task, listener);
    };
  }
}

function poolOf<Started extends StartedWorker>(kind: StartableKind<Started>, maxWorkers = 1): LazyWorkerPool<Started> {
  const logger = { verbose: false, ...loggerOf([]) };
  return new LazyWorkerPool(kind, { maxWorkers, maxTasksPerWorker: Infinity, idleTimeout: Infinity, logger });
}

/** Lets what is under way end: code that is there already has been imported then. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Resolves once the pool behind it is there, which is when a worker is. */
async function worker(kind: FakeKind, count = 1): Promise<void> {
  while (kind.workers.length < count) await turn();
}

Deno.test("LazyWorkerPool loads nothing before its first job, and loads once", async () => {
  const kind = new SlowKind();
  await using pool = poolOf(kind, 2);
  pool.check({ name: "fake", options: {}, group: "" } as unknown as JobTask, [1]);
  assertEquals([pool.prefetch, pool.state, kind.loads.length], [0, { workers: 0, quarantined: 0 }, 0]);
  const jobs = ["1", "2"].map((id) => new NamedJob(id));
  for (const job of jobs) pool.execute(job);
  assertEquals(pool.state.workers, 0);
  await turn();
  kind.loads[0]!.resolve();
  await worker(kind, 2);
  await kind.work();
  const third = new NamedJob("3");
  pool.execute(third);
  await kind.work();
  assertEquals([...jobs, third].map(({ told }) => told[0]), ["begin", "begin", "begin"]);
  assertEquals([pool.state.workers, kind.loads.length], [2, 1]);
});

Deno.test("LazyWorkerPool executes the jobs that it has kept in order, before later ones, and drops aborted ones", async () => {
  const kind = new SlowKind();
  await using pool = poolOf(kind);
  const jobs = ["1", "2", "3", "4"].map((id) => new NamedJob(id, [id]));
  for (const job of jobs) pool.execute(job);
  jobs[1]!.abortListener!.onAbort(new Error("cancelled"));
  await turn();
  kind.loads[0]!.resolve();
  await worker(kind);
  const last = new NamedJob("5", ["5"]);
  pool.execute(last);
  await kind.work();
  const runs = kind.workers[0]!.channel.sent("run");
  assertEquals(runs.map((each) => each[5]), [["1"], ["3"], ["4"], ["5"]]);
  assertEquals(jobs[1]!.told, []);
});

Deno.test("LazyWorkerPool fails the jobs that it has kept if the code cannot be loaded, and tries again for the next", async () => {
  const kind = new SlowKind();
  await using pool = poolOf(kind);
  const [first, second] = [new NamedJob("1"), new NamedJob("2")];
  const failed = new Promise<void>((resolve) => first.onend = resolve);
  pool.execute(first);
  await turn();
  kind.loads[0]!.reject(new TypeError("no connection"));
  await failed;
  assertEquals([first.told, `${first.error}`], [["fail TypeError"], "TypeError: no connection"]);
  pool.execute(second);
  await turn();
  kind.loads[1]!.resolve();
  await worker(kind);
  await kind.work();
  assertEquals(second.told, ["begin", "complete 1"]);
});

Deno.test("LazyWorkerPool fails a job that may not run any more when the pool is loaded, and no other", async () => {
  const kind = new SlowKind();
  kind.requireRights = ({ name }) => {
    if (name === "revoked" && kind.loads.length > 0) throw new Deno.errors.NotCapable("no right");
  };
  await using pool = poolOf(kind);
  const [revoked, other] = [new NamedJob("1", [], "revoked"), new NamedJob("2")];
  pool.execute(revoked);
  pool.execute(other);
  await turn();
  kind.loads[0]!.resolve();
  await worker(kind);
  await kind.work();
  assertEquals([revoked.told, `${revoked.error}`], [["fail NotCapable"], "NotCapable: no right"]);
  assertEquals(other.told, ["begin", "complete 1"]);
});

Deno.test("LazyWorkerPool tells watchers from the first worker on, until they are disposed of", async () => {
  const kind = new FakeKind();
  const pool = poolOf(kind);
  const seen: string[] = [];
  const watcher = (who: string) => ({
    prints: false,
    worker: ({ kind, worker }: { kind: string; worker: string }) => void seen.push(`${who}: ${worker} ${kind}`),
  });
  pool.watch(watcher("gone early"))[Symbol.dispose]();
  const watching = pool.watch(watcher("early"));
  pool.execute(new NamedJob("1"));
  await worker(kind);
  await kind.work();
  watching[Symbol.dispose]();
  using _late = pool.watch(watcher("late"));
  await pool[Symbol.asyncDispose]();
  assertEquals(seen, ["early: fake-1 started", "late: fake-1 ended"]);
});

Deno.test("LazyWorkerPool that is disposed of while it loads ends what it has loaded", async () => {
  const kind = new SlowKind();
  const pool = poolOf(kind);
  const job = new NamedJob("1");
  pool.execute(job);
  await turn();
  const disposed = pool[Symbol.asyncDispose]();
  kind.loads[0]!.resolve();
  await disposed;
  assert(kind.workers.every(({ channel }) => channel.ends.length > 0));
  assertEquals(pool.state.workers, 0);
});

Deno.test("LazyWorkerPool starts its first worker while it loads, and connects that one first", async () => {
  const kind = new SlowKind();
  await using pool = poolOf(kind, 2);
  const jobs = ["1", "2"].map((id) => new NamedJob(id));
  for (const job of jobs) pool.execute(job);
  await turn();
  assertEquals(kind.started.map(({ task, taps }) => [task, taps]), [[jobs[0]!, false]]);
  kind.loads[0]!.resolve();
  await worker(kind, 2);
  assertEquals(kind.connected, kind.started);
  await kind.work();
  assertEquals(jobs.map(({ told, worker }) => [worker, told]), [
    ["fake-1", ["begin", "complete 1"]],
    ["fake-2", ["begin", "complete 1"]],
  ]);
  assertEquals(kind.started.map(({ ended }) => ended), [false, false]);
});

Deno.test("LazyWorkerPool ends the worker that it has started if the code cannot be loaded, before it says so", async () => {
  const kind = new SlowKind();
  await using pool = poolOf(kind);
  const job = new NamedJob("1");
  const endedAtFailure = new Promise<boolean>((resolve) => job.onend = () => resolve(kind.started[0]!.ended));
  pool.execute(job);
  await turn();
  kind.loads[0]!.reject(new TypeError("no connection"));
  assert(await endedAtFailure);
});

Deno.test("LazyWorkerPool ends the worker that it has started if its jobs are cancelled meanwhile", async () => {
  const kind = new SlowKind();
  const pool = poolOf(kind);
  const job = new NamedJob("1");
  pool.execute(job);
  await turn();
  job.abortListener!.onAbort(new Error("cancelled"));
  kind.loads[0]!.resolve();
  await pool[Symbol.asyncDispose]();
  assertEquals([kind.started.map(({ ended }) => ended), kind.workers.length], [[true], 0]);
});

Deno.test("LazyWorkerPool starts no worker early for a job that is cancelled at once", async () => {
  const kind = new SlowKind();
  const pool = poolOf(kind);
  const job = new NamedJob("1");
  pool.execute(job);
  job.abortListener!.onAbort(new Error("cancelled"));
  await turn();
  kind.loads[0]!.resolve();
  await pool[Symbol.asyncDispose]();
  assertEquals(kind.started, []);
});

Deno.test("LazyWorkerPool ends the worker that it has started before it starts one of another kind in its place", async () => {
  const kind = new SlowKind();
  await using pool = poolOf(kind);
  const [cancelled, next] = [new NamedJob("1", [], "fake", "a"), new NamedJob("2", [], "fake", "b")];
  let endedAtStart: boolean | undefined;
  const start = kind.start.bind(kind);
  kind.start = (task, taps) => {
    endedAtStart = kind.started[0]?.ended;
    return start(task, taps);
  };
  pool.execute(cancelled);
  pool.execute(next);
  await turn();
  cancelled.abortListener!.onAbort(new Error("cancelled"));
  kind.loads[0]!.resolve();
  await worker(kind);
  await kind.work();
  assertEquals([endedAtStart, next.told], [true, ["begin", "complete 1"]]);
  assertEquals(kind.connected, [kind.started[1]]);
});

Deno.test("LazyWorkerPool starts another worker if someone begins meanwhile to watch what bodies print", async () => {
  const kind = new SlowKind();
  await using pool = poolOf(kind);
  pool.execute(new NamedJob("1"));
  await turn();
  using _watching = pool.watch({ prints: true, worker: () => {} });
  kind.loads[0]!.resolve();
  await worker(kind);
  await kind.work();
  assertEquals(kind.started.map(({ taps, ended }) => [taps, ended]), [[false, true], [true, false]]);
  assertEquals(kind.connected, [kind.started[1]]);
});

Deno.test("LazyWorkerPool ends the worker that it has started if the job may not run any more", async () => {
  const kind = new SlowKind();
  const pool = poolOf(kind);
  const job = new NamedJob("1");
  pool.execute(job);
  await turn();
  kind.requireRights = () => {
    throw new Deno.errors.NotCapable("no right");
  };
  kind.loads[0]!.resolve();
  await pool[Symbol.asyncDispose]();
  assertEquals([job.told, kind.started.map(({ ended }) => ended)], [["fail NotCapable"], [true]]);
});

Deno.test("LazyWorkerPool starts no worker early that cannot be started, or whose memory is to be watched", async () => {
  class FailingKind extends SlowKind {
    isEarly = true;

    override start(task: JobTask, taps: boolean): FakeWorker {
      if (this.isEarly) throw new TypeError("no memory");
      return super.start(task, taps);
    }
  }
  const failing = new FailingKind();
  const limited = new SlowKind();
  const limitedJob = Object.assign(new NamedJob("2"), { options: { memoryLimitMb: 64 } });
  for (const [kind, job] of [[failing, new NamedJob("1")], [limited, limitedJob]] as const) {
    await using pool = poolOf(kind);
    pool.execute(job);
    await turn();
    assertEquals(kind.started, []);
    failing.isEarly = false;
    kind.loads[0]!.resolve();
    await worker(kind);
    await kind.work();
    assertEquals([kind.started.length, job.told], [1, ["begin", "complete 1"]]);
  }
});

Deno.test("LazyWorkerPool leaves no thread or subprocess behind if it is disposed of, or its job cancelled, while it loads", async () => {
  for (const isCancelled of [false, true]) {
    for (const pool of [poolOf(new ThreadKind()), poolOf(new ProcessKind([], loggerOf([])))]) {
      const job = new NamedJob("1");
      pool.execute(job);
      await Promise.resolve(); // until then no worker is started
      if (isCancelled) job.abortListener!.onAbort(new Error("cancelled"));
      await pool[Symbol.asyncDispose]();
      assertEquals([job.told, pool.state.workers], [[], 0]);
    }
  }
});
