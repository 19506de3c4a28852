/**
 * The end of a NATS server that a runner has.
 *
 * @module
 */

import { onAbort } from "../../core/on_abort.ts";
import type { RunnerLink, RunnerListener, SubmittedJob, Whereabouts } from "../engine.ts";
import { NatsBlobs } from "./blobs.ts";
import { ensureAgain, followStatus, type NatsSetup, open, type Opened } from "./connection.ts";
import { CONSUMER } from "./names.ts";
import { OutcomeReader } from "./outcome_reader.ts";
import { Publisher } from "./publisher.ts";

/** A message of the queue that is there. */
interface Queued {
  readonly token: string;
  readonly seq: number;
}

/** Publishes jobs, and reads outcomes. */
export class NatsRunner implements RunnerLink {
  readonly maxFrame: number;
  readonly maxMessage: number;
  /** The queue is in memory. */
  readonly remembers = false;
  readonly blobs: NatsBlobs;
  readonly #setup: NatsSetup;
  readonly #opened: Opened;
  readonly #run: string;
  readonly #listener: RunnerListener;
  readonly #publisher: Publisher;
  readonly #outcomes: OutcomeReader;
  /** Jobs of which the stream has not said that it has them. */
  readonly #unanswered = new Set<string>();
  /** Jobs to be published once the connection is there. */
  #held: [string, Uint8Array][] = [];
  #isConnected = true;
  /** How often the connection was made or lost. */
  #connections = 0;
  /** Since when the connection has been there, in milliseconds of `performance.now()`. */
  #connectedAt = performance.now();

  private constructor(setup: NatsSetup, opened: Opened, run: string, listener: RunnerListener) {
    const { connection, manager, maxFrame } = opened;
    const { names } = setup;
    this.#setup = setup;
    this.#opened = opened;
    this.#run = run;
    this.#listener = listener;
    this.maxFrame = this.maxMessage = maxFrame;
    this.#publisher = new Publisher(connection);
    this.blobs = new NatsBlobs(connection, manager, this.#publisher, names, maxFrame);
    this.#outcomes = new OutcomeReader(connection, manager, names, run, (key, frame) => listener.outcomes(key, frame));
    connection.subscribe(names.eventsOf(run), { callback: (_, { data }) => listener.events(data) });
    connection.subscribe(names.hello, { callback: (_, { data }) => listener.hello(data) });
  }

  /** Connects, and reads all outcomes that are kept. */
  static async open(
    setup: NatsSetup,
    run: string,
    listener: RunnerListener,
    signal: AbortSignal,
  ): Promise<NatsRunner> {
    const opened = await open(setup, "workflowy runner", signal);
    const runner = new NatsRunner(setup, opened, run, listener);
    void followStatus(opened.connection, {
      disconnected: () => runner.#disconnected(),
      reconnected: () => void runner.#reconnected(),
    });
    const listening = onAbort(signal, () => runner.#outcomes.stop());
    await runner.#outcomes.follow();
    listening();
    return runner;
  }

  submit(token: string, frame: Uint8Array): void {
    if (!this.#isConnected) {
      this.#held.push([token, frame]);
      return;
    }
    this.#unanswered.add(token);
    this.#publisher.publish(this.#setup.names.job(this.#run, token), frame, false, (stored) => {
      this.#unanswered.delete(token);
      if (stored.kind === "stored") return;
      const message = this.#setup.redactor.clean(`NATS does not take the job: ${stored.message}`);
      this.#listener.refused(token, new Error(message));
    });
  }

  async withdraw(token: string): Promise<boolean> {
    this.#held = this.#held.filter(([each]) => each !== token);
    const message = await this.#find(token);
    if (message === undefined || message.seq <= await this.#delivered()) return false;
    const isDeleted = await this.#delete(message.seq);
    // It was not handed to a worker before it was deleted if it still is beyond what was.
    return isDeleted && message.seq > await this.#delivered();
  }

  discard(token: string): void {
    void this.#deleteTaken(token);
  }

  async locate(jobs: readonly SubmittedJob[]): Promise<ReadonlyMap<string, Whereabouts>> {
    const places = new Map<string, Whereabouts>();
    const held = new Set(this.#held.map(([token]) => token));
    const delivered = await this.#delivered();
    const queued = await this.#listQueued();
    await this.#outcomes.catchUp(); // what is not queued may have ended
    for (const { token, submittedAt } of jobs) {
      if (held.has(token)) places.set(token, "queued");
      else if (queued.has(token)) {
        const message = await this.#find(token);
        places.set(token, message === undefined || message.seq <= delivered ? "taken" : "queued");
      } else {
        // A connection that was there all the time has lost nothing: then a worker has taken it.
        const isCertain = submittedAt > this.#connectedAt && !this.#unanswered.has(token);
        places.set(token, isCertain ? "taken" : "unknown");
      }
    }
    return places;
  }

  listQueued(): Promise<ReadonlySet<string>> {
    return this.#listQueued();
  }

  ping(): Promise<void> {
    return this.#opened.connection.flush();
  }

  order(frame: Uint8Array): void {
    if (this.#isConnected) this.#opened.connection.publish(this.#setup.names.orders, frame);
  }

  forget(keys: readonly string[]): void {
    this.#outcomes.forget(keys);
  }

  async close(): Promise<void> {
    await this.#outcomes.close();
    this.#publisher.close();
    const { connection } = this.#opened;
    if (this.#isConnected) await connection.drain().catch(() => {});
    await connection.close();
  }

  #disconnected(): void {
    this.#isConnected = false;
    this.#connections++;
    this.#listener.disconnected();
  }

  async #reconnected(): Promise<void> {
    const number = ++this.#connections;
    await ensureAgain(this.#opened, this.#setup);
    if (number !== this.#connections) return; // it was lost again
    this.#publisher.reconnected();
    this.#unanswered.clear();
    await this.#outcomes.follow();
    if (number !== this.#connections) return;
    this.#connectedAt = performance.now();
    this.#isConnected = true;
    const held = this.#held;
    this.#held = [];
    this.#listener.reconnected();
    for (const [token, frame] of held) this.submit(token, frame);
  }

  /** A worker that was handed a job and is lost may not have confirmed it: then it is still there. */
  async #deleteTaken(token: string): Promise<void> {
    try {
      const message = await this.#find(token);
      if (message !== undefined) await this.#delete(message.seq);
    } catch {
      // It is deleted by its age.
    }
  }

  #delete(seq: number): Promise<boolean> {
    return this.#opened.manager.streams.deleteMessage(this.#setup.names.jobs, seq, false);
  }

  /** Up to which number messages were handed to workers. */
  async #delivered(): Promise<number> {
    const { delivered } = await this.#opened.manager.consumers.info(this.#setup.names.jobs, CONSUMER);
    return delivered.stream_seq;
  }

  async #find(token: string): Promise<Queued | undefined> {
    const { jobs, job } = this.#setup.names;
    const query = { last_by_subj: job(this.#run, token) };
    const message = await this.#opened.manager.streams.getMessage(jobs, query);
    return message === null ? undefined : { token, seq: message.seq };
  }

  /** The tokens of jobs of this run that are in the stream: in the queue, or on their way to a worker. */
  async #listQueued(): Promise<Set<string>> {
    const { jobs, job, jobsOf } = this.#setup.names;
    const start = job(this.#run, "").length;
    const info = await this.#opened.manager.streams.info(jobs, { subjects_filter: jobsOf(this.#run) });
    return new Set(Object.keys(info.state.subjects ?? {}).map((subject) => subject.slice(start)));
  }
}
