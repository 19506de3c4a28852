/**
 * An engine within one program: the reference for what an engine does, and for tests.
 *
 * @module
 */

import type { BlobStore, Engine, RunnerLink, RunnerListener, WorkerLink, WorkerListener } from "../engine.ts";
import { JobQueue, type Taker } from "./job_queue.ts";

/** The largest frame: small, so that tests see values that are kept apart. */
const MAX_FRAME = 64 << 10;

/** Jobs and outcomes of one pool. Frames are delivered in later turns of the event loop, as from elsewhere. */
export class MemoryEngine implements Engine {
  readonly name = "memory";
  readonly #jobs = new JobQueue();
  readonly #outcomes = new Map<string, Map<string, Uint8Array>>();
  readonly #runners = new Map<string, RunnerListener>();
  readonly #workers = new Set<WorkerListener>();
  readonly #blobs = new Map<string, Uint8Array>();
  #lastKey = 0;

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
      submit: (token, frame) => this.#jobs.submit(idOf(run, token), frame),
      withdraw: (token) => Promise.resolve(this.#jobs.withdraw(idOf(run, token))),
      discard: (token) => void this.#jobs.ended(idOf(run, token)),
      locate: (jobs) => {
        const places = new Map(jobs.map(({ token }) => [token, this.#jobs.locate(idOf(run, token))]));
        return new Promise((resolve) => later(() => resolve(places))); // after the outcomes that are on their way
      },
      order: (frame) => later(() => this.#workers.forEach((worker) => worker.orders(frame))),
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
    const take: Taker = (frame) => listener.job(frame);
    this.#workers.add(listener);
    return Promise.resolve({
      maxFrame: MAX_FRAME,
      maxMessage: MAX_FRAME,
      want: (count) => this.#jobs.want(take, count),
      stop: () => Promise.resolve(this.#jobs.want(take, 0)),
      report: (run, tokens, frame, kept) => {
        for (const token of tokens) this.#jobs.ended(idOf(run, token));
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
        this.#jobs.want(take, 0);
        this.#workers.delete(listener);
        return Promise.resolve();
      },
    });
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
}

function idOf(run: string, token: string): string {
  return `${run} ${token}`;
}

function later(deliver: () => void): void {
  setImmediate(deliver);
}
