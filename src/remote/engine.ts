/**
 * The port to an engine: what carries jobs from runners to workers, and keeps their outcomes.
 *
 * An engine decides nothing about tasks. It hands each job to one worker at most, ever, and keeps outcomes until the runner
 * says that they are of no more use. Which attempt has begun, is lost, or has finished, is for the runner to say. Frames are
 * bytes to an engine; `protocol/` has their content.
 *
 * @module
 */

/** Where a job is that a runner has submitted, as far as its engine knows. */
export type Whereabouts =
  /** No worker has it. */
  | "queued"
  /** It was handed to a worker, which may have begun it. */
  | "taken"
  /** The engine has no trace of it: it was never submitted, or the engine has lost it. */
  | "unknown";

/** What a runner hears from its engine. */
export interface RunnerListener {
  /**
   * A batch of outcomes. The first outcome of an attempt counts; a batch may come again.
   *
   * @param key What the engine knows the batch by.
   */
  outcomes(key: string, frame: Uint8Array): void;
  /** What workers say of attempts of this run; such frames may be lost. */
  events(frame: Uint8Array): void;
  /** A worker says that it is there; such frames may be lost. */
  hello(frame: Uint8Array): void;
  /** The connection is lost, and will be made again. */
  disconnected(): void;
  /** The connection is there again. Outcomes that were kept meanwhile were delivered before this. */
  reconnected(): void;
  /** The engine refuses a job, for a reason that will not change. */
  refused(token: string, error: Error): void;
}

/** A job that may be somewhere. */
export interface SubmittedJob {
  readonly token: string;
  /** When this program has submitted it, in milliseconds of `performance.now()`; -1 if it has not. */
  readonly submittedAt: number;
}

/** The end of an engine that a runner has. */
export interface RunnerLink {
  /** The largest frame that is kept, in bytes. */
  readonly maxFrame: number;
  /** The largest frame that may be lost, in bytes. */
  readonly maxMessage: number;
  /** Whether the engine certainly knows of each job that it has accepted where it is, also after its own crash. */
  readonly remembers: boolean;
  /** Puts a job into the queue, now or when the connection is there again. One with that token that is there stays. */
  submit(token: string, frame: Uint8Array): void;
  /** Removes a job that no worker was handed. Returns whether it has. */
  withdraw(token: string): Promise<boolean>;
  /** Forgets a job that a worker was handed, and will never report, as that worker is lost; best effort. */
  discard(token: string): void;
  /**
   * Where jobs are, by token. Outcomes that are kept of those that are not queued have been delivered before this resolves.
   *
   * @throws If the engine cannot be asked now.
   */
  locate(jobs: readonly SubmittedJob[]): Promise<ReadonlyMap<string, Whereabouts>>;
  /**
   * The tokens of all jobs of the run that no worker was handed. Only an engine that does not remember needs this.
   *
   * @throws If the engine cannot be asked now.
   */
  listQueued?(): Promise<ReadonlySet<string>>;
  /**
   * Resolves once the engine has answered, and what it had sent before was heard.
   *
   * @throws If it cannot be asked now.
   */
  ping(): Promise<void>;
  /** Sends a frame to all workers of the pool; it may be lost. */
  order(frame: Uint8Array): void;
  /** Says that batches of outcomes are of no more use. */
  forget(keys: readonly string[]): void;
  readonly blobs: BlobStore;
  /** Sends what is to be sent, and closes the connection. */
  close(): Promise<void>;
}

/** What a worker hears from its engine. */
export interface WorkerListener {
  /** A job, which no other worker is ever handed. */
  job(frame: Uint8Array): void;
  /** What a runner says to all workers of the pool. */
  orders(frame: Uint8Array): void;
  disconnected(): void;
  reconnected(): void;
  /** The connection was lost, and is never made again, as the other end refuses it for a reason that will not change. */
  failed(error: Error): void;
}

/** The end of an engine that a worker has. */
export interface WorkerLink {
  /** The largest frame that is kept, in bytes. */
  readonly maxFrame: number;
  /** The largest frame that may be lost, in bytes. */
  readonly maxMessage: number;
  /** Says for how many further jobs the worker has room now. */
  want(count: number): void;
  /** Asks for no more jobs, and resolves once those that were on their way have come, as far as that can be found out soon. */
  stop(): Promise<void>;
  /**
   * Keeps a batch of outcomes, however long that takes.
   *
   * @param tokens The attempts that they are of.
   * @param kept Called once it is kept.
   */
  report(run: string, tokens: readonly string[], frame: Uint8Array, kept: () => void): void;
  /** Sends a frame to a runner; it may be lost. */
  tell(run: string, frame: Uint8Array): void;
  /** Sends a frame to all runners of the pool; it may be lost. */
  hello(frame: Uint8Array): void;
  readonly blobs: BlobStore;
  close(): Promise<void>;
}

/** Keeps values that are too large for a frame. */
export interface BlobStore {
  /** Keeps bytes under a key: resolves once they are kept. */
  put(run: string, key: string, bytes: Uint8Array): Promise<void>;
  /** The bytes of a key, or `undefined` if there are none. */
  get(run: string, key: string): Promise<Uint8Array | undefined>;
  /** Deletes the bytes of keys, now or later. */
  drop(run: string, keys: readonly string[]): void;
}

/** An engine, as a pool of one name uses it. */
export interface RunnerEngine {
  /** Its name, for people. */
  readonly name: string;
  /**
   * Connects a runner, as soon as that can be done. Outcomes that the engine keeps for the run are delivered before this
   * resolves.
   *
   * @param signal Aborted when the connection is not wanted any more.
   * @throws If it cannot connect, as what it was given is wrong, or it is not to connect any more.
   */
  openRunner(run: string, listener: RunnerListener, signal: AbortSignal): Promise<RunnerLink>;
}

/** An engine, as workers that serve one name use it. */
export interface WorkerEngine {
  /**
   * How many milliseconds of work a worker asks for in advance: a few times as long as it takes until the next job is there for
   * one that has ended. With less, batches are small on a busy machine, which makes each job dearer, and the machine busier.
   * Default: what the workers of a local pool have.
   */
  readonly prefetchMs?: number;
  /**
   * Connects a worker, as soon as that can be done.
   *
   * @param worker Names the worker; no other one has that name.
   * @param signal Aborted when the connection is not wanted any more.
   * @throws If it cannot connect, as what it was given is wrong, or it is not to connect any more.
   */
  openWorker(worker: string, listener: WorkerListener, signal: AbortSignal): Promise<WorkerLink>;
}

/** Both. */
export interface Engine extends RunnerEngine, WorkerEngine {}
