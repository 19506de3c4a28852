/**
 * An engine within one program: the reference for what an engine does, and for tests.
 *
 * @module
 */

import type {
  BlobStore,
  Engine,
  RunnerLink,
  RunnerListener,
  Whereabouts,
  WorkerLink,
  WorkerListener,
} from "../engine.ts";

interface QueuedJob {
  readonly run: string;
  readonly token: string;
  readonly frame: Uint8Array;
  isTaken: boolean;
}

interface WorkerEnd {
  readonly listener: WorkerListener;
  wanted: number;
}

/** The largest frame: small, so that tests see values that are kept apart. */
const MAX_FRAME = 64 << 10;

/** Jobs and outcomes of one pool. Frames are delivered in later turns of the event loop, as from elsewhere. */
export class MemoryEngine implements Engine {
  readonly name = "memory";
  readonly #jobs = new Map<string, QueuedJob>();
  readonly #outcomes = new Map<string, Map<string, Uint8Array>>();
  readonly #runners = new Map<string, RunnerListener>();
  readonly #workers = new Set<WorkerEnd>();
  readonly #blobs = new Map<string, Uint8Array>();
  #lastKey = 0;
  #isScheduled = false;

  /** How many batches of outcomes, and large values, are kept. */
  get kept(): number {
    let count = this.#blobs.size;
    for (const batches of this.#outcomes.values()) count += batches.size;
    return count;
  }

  openRunner(run: string, listener: RunnerListener): Promise<RunnerLink> {
    this.#runners.set(run, listener);
    for (const [key, frame] of this.#outcomes.get(run) ?? []) listener.outcomes(key, frame);
    return Promise.resolve({
      maxFrame: MAX_FRAME,
      maxMessage: MAX_FRAME,
      remembers: true,
      ping: () => Promise.resolve(),
      submit: (token, frame) => {
        const id = idOf(run, token);
        if (!this.#jobs.has(id)) this.#jobs.set(id, { run, token, frame, isTaken: false });
        this.#schedule();
      },
      withdraw: (token) => {
        const id = idOf(run, token);
        return Promise.resolve(this.#jobs.get(id)?.isTaken === false && this.#jobs.delete(id));
      },
      locate: (jobs) => {
        const places = new Map(jobs.map(({ token }) => [token, this.#locate(run, token)]));
        return new Promise((resolve) => later(() => resolve(places))); // after the outcomes that are on their way
      },
      order: (frame) => later(() => this.#workers.forEach(({ listener }) => listener.orders(frame))),
      forget: (keys) => {
        for (const key of keys) this.#outcomes.get(run)?.delete(key);
      },
      blobs: this.#blobStore(),
      close: () => {
        if (this.#runners.get(run) === listener) this.#runners.delete(run);
        return Promise.resolve();
      },
    });
  }

  openWorker(_worker: string, listener: WorkerListener): Promise<WorkerLink> {
    const end: WorkerEnd = { listener, wanted: 0 };
    this.#workers.add(end);
    return Promise.resolve({
      maxFrame: MAX_FRAME,
      maxMessage: MAX_FRAME,
      want: (count) => {
        end.wanted = count;
        this.#schedule();
      },
      report: (run, tokens, frame, kept) => {
        for (const token of tokens) this.#jobs.delete(idOf(run, token));
        const key = String(++this.#lastKey);
        const batches = this.#outcomes.get(run) ?? new Map<string, Uint8Array>();
        this.#outcomes.set(run, batches.set(key, frame));
        later(() => {
          kept();
          this.#runners.get(run)?.outcomes(key, frame);
        });
      },
      tell: (run, frame) => later(() => this.#runners.get(run)?.events(frame)),
      hello: (frame) => later(() => this.#runners.forEach((runner) => runner.hello(frame))),
      blobs: this.#blobStore(),
      close: () => {
        this.#workers.delete(end);
        return Promise.resolve();
      },
    });
  }

  #locate(run: string, token: string): Whereabouts {
    const job = this.#jobs.get(idOf(run, token));
    return job === undefined ? "unknown" : job.isTaken ? "taken" : "queued";
  }

  #blobStore(): BlobStore {
    return {
      put: (run, key, bytes) => Promise.resolve(void this.#blobs.set(idOf(run, key), bytes)),
      get: (run, key) => Promise.resolve(this.#blobs.get(idOf(run, key))),
      drop: (run, keys) => {
        for (const key of keys) this.#blobs.delete(idOf(run, key));
      },
    };
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    later(() => {
      this.#isScheduled = false;
      this.#handOut();
    });
  }

  #handOut(): void {
    const queued = [...this.#jobs.values()].filter(({ isTaken }) => !isTaken).values();
    for (const end of this.#workers) {
      while (end.wanted > 0) {
        const next = queued.next();
        if (next.done) return;
        next.value.isTaken = true;
        end.wanted--;
        end.listener.job(next.value.frame);
      }
    }
  }
}

function idOf(run: string, token: string): string {
  return `${run} ${token}`;
}

function later(deliver: () => void): void {
  setImmediate(deliver);
}
