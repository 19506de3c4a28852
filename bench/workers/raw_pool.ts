/**
 * What a good engineer writes by hand around a bare worker, be it a thread or a subprocess.
 *
 * @module
 */

import type { Contest, Params } from "./contender.mjs";
import { clock, verify } from "./contender.mjs";
import type { Mode, Numbered } from "./raw_mode.ts";

/** A bare worker. */
export interface RawWorker {
  post(message: unknown, moved?: Transferable[]): void;
  onanswer: (answer: never) => void;
  end(): unknown;
}

/** Starts a bare worker that imports a module, and answers the first job when it is ready. */
export type Start = (module: string, mode: Mode, job: unknown) => RawWorker;

/** How the throughput of bare workers is measured. */
export type Style = "single" | "batches" | "bare";

const BODIES = new URL("./bodies.mjs", import.meta.url).href;

/** How many jobs a message has, in batches. */
const BATCH = 1_000;
/** How many messages a worker has in front of it: enough that none ever waits. */
const AHEAD: Readonly<Record<"single" | "batches", number>> = { single: 100, batches: 2 };

/** The measurements of bare workers, which import the module with our tasks for a first result. */
export function rawContest(style: Style, tasksModule: string, start: Start): Contest {
  const ready = async (mode: Mode, job: unknown, module = BODIES): Promise<RawWorker> => {
    const worker = start(module, mode, job);
    await new Promise((resolve) => worker.onanswer = resolve);
    return worker;
  };
  const kept = new Map<string, Promise<RawWorker[]>>();
  const workersFor = (mode: Mode, job: unknown, count = 1): Promise<RawWorker[]> => {
    const key = `${mode} ${count}`;
    let workers = kept.get(key);
    if (workers === undefined) {
      kept.set(key, workers = Promise.all(Array.from({ length: count }, () => ready(mode, job))));
    }
    return workers;
  };
  const times = (mode: Mode, run: (worker: RawWorker, params: Params) => Promise<void>) => async (params: Params) => {
    const [worker] = await workersFor(mode, mode === "echo" ? 1 : new Uint8Array(1));
    return await clock(() => run(worker!, params));
  };
  const there = (mode: "copy" | "size") =>
    times(mode, async (worker, { bytes, tasks }) => {
      const value = new Uint8Array(bytes).fill(7);
      for (let index = 0; index < tasks; index++) {
        const back = await call(worker, value);
        if (mode === "copy" ? (back as Uint8Array).byteLength !== bytes : back !== bytes) {
          throw new Error("Wrong result");
        }
      }
    });
  return {
    measurements: {
      throughput: async ({ tasks }: Params) => {
        const workers = await (style === "single" ? workersFor("single", [0, 0], 2) : workersFor("batches", [], 2));
        if (style === "bare") {
          await bareBatches(workers, 20_000);
          return await clock(() => bareBatches(workers, tasks));
        }
        const pool = new RawPool(workers, style);
        const all = (length: number) => Promise.all(Array.from({ length }, (_, index) => pool.call(index)));
        verify(await all(20_000));
        return await clock(async () => verify(await all(tasks)));
      },
      latency: times("echo", async (worker, { tasks }) => {
        for (let index = 0; index < tasks; index++) await call(worker, index);
      }),
      copy: there("copy"),
      send: there("size"),
      move: times("move", async (worker, { bytes, tasks }) => {
        let value = new Uint8Array(bytes).fill(7);
        for (let index = 0; index < tasks; index++) {
          value = await call(worker, value, [value.buffer]) as Uint8Array<ArrayBuffer>;
          if (value.byteLength !== bytes) throw new Error("Wrong result");
        }
      }),
      cpu: async ({ workers: count, tasks, size }: Params) => {
        const workers = await workersFor("burn", 1e6, count);
        let left = tasks;
        return await clock(() =>
          Promise.all(workers.map(async (worker) => {
            while (left-- > 0) await call(worker, size);
          }))
        );
      },
      first: async () => {
        const begin = performance.now();
        const worker = await ready("echo", 1, tasksModule);
        const taken = performance.now() - begin;
        await worker.end();
        return taken;
      },
    },
    dispose: async () => {
      for (const workers of kept.values()) for (const worker of await workers) await worker.end();
    },
  };
}

function call(worker: RawWorker, message: unknown, moved?: Transferable[]): Promise<unknown> {
  return new Promise((resolve) => {
    worker.onanswer = resolve;
    worker.post(message, moved);
  });
}

/** A promise a task; what is asked for in one go is sent in batches. */
class RawPool {
  readonly #workers: readonly RawWorker[];
  readonly #batch: number;
  readonly #room: number[];
  readonly #pending = new Map<number, (value: number) => void>();
  #queue: Numbered[] = [];
  #head = 0;
  #next = 0;
  #isScheduled = false;

  constructor(workers: readonly RawWorker[], style: "single" | "batches") {
    this.#workers = workers;
    this.#batch = style === "single" ? 0 : BATCH;
    this.#room = workers.map(() => AHEAD[style]);
    for (const [index, worker] of workers.entries()) {
      worker.onanswer = (answer: never) => {
        this.#room[index]!++;
        this.#pump();
        if (style === "single") this.#settle(answer);
        else for (const result of answer as Numbered[]) this.#settle(result);
      };
    }
  }

  call(value: number): Promise<number> {
    return new Promise((resolve) => {
      const id = this.#next++;
      this.#pending.set(id, resolve);
      this.#queue.push([id, value]);
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      queueMicrotask(() => {
        this.#isScheduled = false;
        this.#pump();
      });
    });
  }

  #settle([id, value]: Numbered): void {
    const resolve = this.#pending.get(id)!;
    this.#pending.delete(id);
    resolve(value);
  }

  /** In turns, so that none waits while the other has two batches. */
  #pump(): void {
    for (let isFull = false; !isFull;) {
      isFull = true;
      for (const [index, worker] of this.#workers.entries()) {
        if (this.#room[index]! === 0 || this.#head === this.#queue.length) continue;
        isFull = false;
        this.#room[index]!--;
        worker.post(
          this.#batch === 0 ? this.#queue[this.#head] : this.#queue.slice(this.#head, this.#head + this.#batch),
        );
        this.#head = Math.min(this.#head + (this.#batch || 1), this.#queue.length);
      }
    }
    if (this.#head < this.#queue.length) return;
    this.#queue = [];
    this.#head = 0;
  }
}

/** No promises, no calls: batches there and back, and an array of results. The most that the channel carries. */
function bareBatches(workers: readonly RawWorker[], tasks: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const results = new Array<number>(tasks);
    let next = 0;
    let done = 0;
    const send = (worker: RawWorker) => {
      const batch: Numbered[] = [];
      while (batch.length < BATCH && next < tasks) batch.push([next, next++]);
      if (batch.length > 0) worker.post(batch);
    };
    for (const worker of workers) {
      worker.onanswer = (answer: never) => {
        send(worker);
        for (const [id, value] of answer as Numbered[]) results[id] = value;
        done += (answer as Numbered[]).length;
        if (done < tasks) return;
        try {
          resolve(verify(results));
        } catch (error) {
          reject(error);
        }
      };
      for (let ahead = 0; ahead < AHEAD.batches; ahead++) send(worker);
    }
  });
}
