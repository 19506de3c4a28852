import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { task, TaskRunner } from "../../mod.ts";
import type { Engine, RunnerLink, RunnerListener, WorkerListener } from "../../src/remote/engine.ts";
import { MemoryEngine } from "../../src/remote/memory/memory_engine.ts";
import { namesOf } from "../../src/remote/nats/names.ts";
import { NatsRunner } from "../../src/remote/nats/nats_runner.ts";
import { NatsWorker } from "../../src/remote/nats/nats_worker.ts";
import { PostgresRunner } from "../../src/remote/postgres/postgres_runner.ts";
import { PostgresWorker } from "../../src/remote/postgres/postgres_worker.ts";
import { decodeJob } from "../../src/remote/protocol/job_frame.ts";
import { decodeOutcomes, OutcomeBatch } from "../../src/remote/protocol/outcome_frame.ts";
import { Redactor } from "../../src/remote/redact.ts";
import { recordingLogger, sleep, until } from "../support.ts";
import { NATS, POSTGRES } from "./faults/engines.ts";
import { poolOn } from "./memory_pool.ts";
import { freePort, webSocketEngine } from "./ws/support.ts";

/** Gives an engine to a function, with a server that ends after that. */
type With = (use: (engine: Engine) => Promise<void>) => Promise<void>;

const ENGINES: readonly { readonly name: string; readonly missing?: string | undefined; readonly use: With }[] = [
  { name: "memory", use: (use) => use(new MemoryEngine()) },
  { name: "WebSocket", use: (use) => use(webSocketEngine({ name: "rules", port: freePort() })) },
  {
    name: NATS.name,
    missing: NATS.missing,
    use: async (use) => {
      await using server = await NATS.start();
      const connection = { servers: [server.address] };
      const setup = { names: namesOf("rules"), connection, replicas: 1, redactor: new Redactor({}) };
      await use({
        name: "NATS",
        openRunner: (...args) => NatsRunner.open(setup, ...args),
        openWorker: (...args) => NatsWorker.open(setup, ...args),
      });
    },
  },
  {
    name: POSTGRES.name,
    missing: POSTGRES.missing,
    use: async (use) => {
      await using server = await POSTGRES.start();
      const setup = {
        pool: "rules",
        schema: "workflowy",
        connection: new URL(server.address),
        redactor: new Redactor({}),
      };
      await use({
        name: "Postgres",
        openRunner: (...args) => PostgresRunner.open(setup, ...args),
        openWorker: (...args) => PostgresWorker.open(setup, ...args),
      });
    },
  },
];

const work = task({ name: "engine-rules-work", pool: "cluster" }, (x: number) => x);
const never = new AbortController().signal;
const noRunner: RunnerListener = {
  outcomes() {},
  events() {},
  hello() {},
  disconnected() {},
  reconnected() {},
  refused() {},
};

function workerThatHears(job: (frame: Uint8Array) => void): WorkerListener {
  return { job, orders() {}, disconnected() {}, reconnected() {}, failed() {} };
}

for (const { name, missing, use } of ENGINES) {
  const prefix = missing === undefined ? name : `${name} (skipped: ${missing})`;

  Deno.test({
    name: `${prefix}: outcomes that come in while others are forgotten are all read, and what is not forgotten stays`,
    ignore: missing !== undefined,
    fn: () =>
      use(async (engine) => {
        const read = new Set<string>();
        const forgotten = new Set<string>();
        const runner: RunnerLink = await engine.openRunner("run", {
          ...noRunner,
          outcomes(key, frame) {
            const tokens = [...decodeOutcomes(frame)].map(({ token }) => token);
            for (const token of tokens) read.add(token);
            setTimeout(() => {
              if (tokens[0] !== "a:1") runner.forget([key]);
              for (const token of tokens) forgotten.add(token);
            }, 0);
          },
        }, never);
        const worker = await engine.openWorker("w", workerThatHears(() => {}), never);
        const sent: string[] = [];
        // Five seconds, in which NATS deletes five times, and would leave out what it stores meanwhile.
        for (const end = performance.now() + 5_000; performance.now() < end;) {
          const token = `a:${sent.length + 1}`;
          sent.push(token);
          const batch = new OutcomeBatch("w", 1 << 16);
          batch.add(token, "a", { kind: "completed", value: 1 });
          worker.report("run", [token], batch.take(0), () => {});
          await sleep(1);
        }
        await until("all are read and forgotten", () => sent.every((each) => read.has(each) && forgotten.has(each)));
        await runner.close();
        const kept: string[] = [];
        const next = await engine.openRunner("run", {
          ...noRunner,
          outcomes: (_, frame) => void kept.push(...[...decodeOutcomes(frame)].map(({ token }) => token)),
        }, never);
        await until("what was not forgotten is there", () => kept.length > 0);
        assertEquals(kept[0], "a:1");
        await Promise.all([worker.close(), next.close()]);
      }),
  });

  Deno.test({
    name: `${prefix}: a job that is submitted twice is handed out once`,
    ignore: missing !== undefined,
    fn: () =>
      use(async (engine) => {
        const runner = await engine.openRunner("run", noRunner, never);
        const heard: number[] = [];
        for (const first of [1, 1, 2, 2, 1]) runner.submit(`job-${first}:1`, new Uint8Array([first]));
        const worker = await engine.openWorker("w", workerThatHears(([first]) => void heard.push(first!)), never);
        worker.want(10);
        await until("both are there", () => heard.length >= 2);
        runner.submit("job-3:1", new Uint8Array([3]));
        await until("a third one is there", () => heard.includes(3));
        assertEquals(heard, [1, 2, 3]);
        await Promise.all([worker.close(), runner.close()]);
      }),
  });

  Deno.test({
    name: `${prefix}: a job that is discarded is nowhere, although no outcome of it was kept`,
    ignore: missing !== undefined,
    fn: () =>
      use(async (engine) => {
        const runner = await engine.openRunner("run", noRunner, never);
        let isHeard = false;
        const worker = await engine.openWorker("w", workerThatHears(() => void (isHeard = true)), never);
        worker.want(1);
        runner.submit("job:1", new Uint8Array([1]));
        await until("it is handed out", () => isHeard);
        runner.discard("job:1");
        const place = async () => (await runner.locate([{ token: "job:1", submittedAt: 0 }])).get("job:1");
        await until("it is nowhere", async () => await place() === "unknown");
        await Promise.all([worker.close(), runner.close()]);
      }),
  });

  Deno.test({
    name: `${prefix}: what is on its way to a worker that stops comes before it has, and the rest goes to another one`,
    ignore: missing !== undefined,
    fn: () =>
      use(async (engine) => {
        const runner = await engine.openRunner("run", noRunner, never);
        for (let round = 0; round < 10; round++) {
          const heard: number[] = [];
          const first = await engine.openWorker("a", workerThatHears(([x]) => void heard.push(x!)), never);
          first.want(50);
          for (let x = 0; x < 100; x++) runner.submit(`job-${round}-${x}:1`, new Uint8Array([x]));
          await first.stop();
          const stopped = heard.length;
          await first.close();
          assertEquals(heard.length, stopped);
          const second = await engine.openWorker("b", workerThatHears(([x]) => void heard.push(x!)), never);
          second.want(100);
          await until("all are handed out", () => heard.length === 100);
          assertEquals(new Set(heard).size, 100);
          await second.stop();
          await second.close();
        }
        await runner.close();
      }),
  });

  Deno.test({
    name: `${prefix}: where nothing is known of a job that was handed out, its outcome was heard before`,
    ignore: missing !== undefined,
    fn: () =>
      use(async (engine) => {
        const heard = new Set<string>();
        const runner = await engine.openRunner("run", {
          ...noRunner,
          outcomes: (_, frame) => [...decodeOutcomes(frame)].forEach(({ token }) => heard.add(token)),
        }, never);
        let jobs = 0;
        const worker = await engine.openWorker("w", workerThatHears(() => void jobs++), never);
        for (let round = 1; round <= 20; round++) {
          const token = `job-${round}:1`;
          worker.want(1);
          runner.submit(token, new Uint8Array([1]));
          await until("it is handed out", () => jobs === round);
          const batch = new OutcomeBatch("w", 1 << 16);
          batch.add(token, "job", { kind: "completed", value: 1 });
          worker.report("run", [token], batch.take(0), () => {});
          const places = await runner.locate([{ token, submittedAt: 0 }]);
          // One that does not remember may not have the outcome yet: its runner asks workers.
          if (runner.remembers) assert(places.get(token) === "taken" || heard.has(token), `round ${round}`);
          await until("its outcome is heard", () => heard.has(token));
        }
        await Promise.all([worker.close(), runner.close()]);
      }),
  });

  Deno.test({
    name: `${prefix}: a hostile worker harms neither the runner nor its tasks`,
    ignore: missing !== undefined,
    fn: () =>
      use(async (engine) => {
        const logger = recordingLogger();
        await using runner = new TaskRunner({ pools: { cluster: poolOn(engine, "rules") }, logger });
        const handle = runner.submit(work, 1);
        const frames: Uint8Array[] = [];
        const worker = await engine.openWorker("hostile", workerThatHears((frame) => void frames.push(frame)), never);
        worker.want(1);
        const run = runner.run();
        await until("it has the job", () => frames.length === 1);
        const { run: id, token } = decodeJob(frames[0]!);
        const good = new OutcomeBatch("hostile", 1 << 16);
        good.add(token, handle.id, { kind: "completed", value: 7 });
        const frame = good.take(0);
        const bad = [
          new Uint8Array(0),
          new Uint8Array(5_000).fill(255),
          frame.subarray(0, frame.length - 2),
          frame.map((byte, index) => index === frame.length - 5 ? 255 : byte),
        ];
        let kept = 0;
        for (const each of bad) {
          worker.hello(each);
          worker.tell(id, each);
          worker.report(id, [], each, () => kept++);
        }
        await until("all of that is kept", () => kept === bad.length);
        assertEquals(handle.done, false);
        worker.report(id, [token], frame, () => {});
        assertEquals(await handle.result(), 7);
        await run;
        assertStringIncludes(Deno.inspect(logger.lines), "ignored a message from a worker");
        await worker.close();
      }),
  });
}
