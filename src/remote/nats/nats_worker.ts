/**
 * The end of a NATS server that a worker has.
 *
 * @module
 */

import { createInbox, type Msg, nanos, RequestError, type Subscription, TimeoutError } from "@nats-io/transport-node";
import { messageOf } from "../../core/describe.ts";
import { within } from "../../core/pause.ts";
import type { WorkerLink, WorkerListener } from "../engine.ts";
import { NatsBlobs } from "./blobs.ts";
import { ensureAgain, followStatus, type NatsSetup, open, type Opened } from "./connection.ts";
import { CONSUMER } from "./names.ts";
import { Publisher } from "./publisher.ts";

/** How long the server keeps a request for jobs, in milliseconds. */
const PULL_MS = 20_000;
/** A request that has not ended for that much longer is lost. */
const PULL_SLACK_MS = 2_000;
/** How often the server says that it has the request, in milliseconds. */
const HEARTBEAT_MS = 1_000;
/** After how many looks without a word of the server it has none: it was killed, or another one of its cluster leads now. */
const MAX_SILENT_LOOKS = 3;
const LOOK_MS = 1_000;

/**
 * For how many milliseconds a cluster is waited for to confirm that a job is taken: shorter than an election, so that no later
 * leader is meant.
 */
const CLAIM_MS = 2_000;

/** How long the server may take to say that it hands out no more jobs, in milliseconds. */
const STOP_MS = 2_000;

/** The status of a request that has ended by its age. */
const TOO_OLD = 408;

/** A request for jobs, which the server answers as they come. */
interface Pull {
  left: number;
  readonly endsAt: number;
}

/**
 * - `lost`: there is no connection.
 * - `connected`: there is one, and the streams may not be there yet: runners are told at once what this worker has.
 * - `ready`: jobs can be asked for.
 */
type Connectivity = "lost" | "connected" | "ready";

const encoder = new TextEncoder();

/** Pulls jobs, and publishes outcomes. */
export class NatsWorker implements WorkerLink {
  readonly maxFrame: number;
  readonly maxMessage: number;
  readonly blobs: NatsBlobs;
  readonly #setup: NatsSetup;
  readonly #opened: Opened;
  readonly #listener: WorkerListener;
  readonly #publisher: Publisher;
  readonly #inbox = createInbox();
  readonly #pulls = new Map<number, Pull>();
  readonly #jobs: Subscription;
  /** Jobs that are being taken. */
  readonly #claims = new Set<Promise<void>>();
  #isStopped = false;
  readonly #timer: ReturnType<typeof setInterval>;
  #lastPull = 0;
  /** How many jobs the worker has room for. */
  #wanted = 0;
  /** How many jobs it has asked for. */
  #asked = 0;
  /** How often it was looked since something was heard of the server. */
  #silentLooks = 0;
  #connectivity: Connectivity = "ready";

  private constructor(setup: NatsSetup, opened: Opened, listener: WorkerListener) {
    const { connection, manager, maxFrame } = opened;
    const { names } = setup;
    this.#setup = setup;
    this.#opened = opened;
    this.#listener = listener;
    this.maxFrame = this.maxMessage = maxFrame;
    this.#publisher = new Publisher(connection);
    this.blobs = new NatsBlobs(connection, manager, this.#publisher, names, maxFrame);
    connection.subscribe(names.orders, { callback: (_, { data }) => listener.orders(data) });
    this.#jobs = connection.subscribe(`${this.#inbox}.*`, { callback: (_, message) => this.#receive(message) });
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Connects. */
  static async open(
    setup: NatsSetup,
    worker: string,
    listener: WorkerListener,
    signal: AbortSignal,
  ): Promise<NatsWorker> {
    const opened = await open(setup, `workflowy worker ${worker}`, signal);
    const link = new NatsWorker(setup, opened, listener);
    void followStatus(opened.connection, {
      disconnected: () => {
        link.#connectivity = "lost";
        listener.disconnected();
      },
      reconnected: () => void link.#reconnected(),
    });
    return link;
  }

  want(count: number): void {
    this.#wanted = count;
    this.#pull();
  }

  async stop(): Promise<void> {
    this.#wanted = 0;
    this.#isStopped = true;
    if (this.#connectivity === "lost") return this.#jobs.unsubscribe();
    await within(STOP_MS, this.#jobs.drain().catch(() => {}));
    await Promise.all(this.#claims);
  }

  report(run: string, _tokens: readonly string[], frame: Uint8Array, kept: () => void): void {
    this.#publisher.publish(this.#setup.names.outcomesOf(run), frame, true, (stored) => {
      if (stored.kind === "refused") this.#warn(stored.message);
      kept();
    });
  }

  tell(run: string, frame: Uint8Array): void {
    if (this.#connectivity !== "lost") this.#opened.connection.publish(this.#setup.names.eventsOf(run), frame);
  }

  hello(frame: Uint8Array): void {
    if (this.#connectivity !== "lost") this.#opened.connection.publish(this.#setup.names.hello, frame);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#publisher.close();
    const { connection } = this.#opened;
    if (this.#connectivity !== "lost") await connection.drain().catch(() => {});
    await connection.close();
  }

  async #reconnected(): Promise<void> {
    this.#connectivity = "connected";
    this.#forgetPulls();
    this.#listener.reconnected();
    await ensureAgain(this.#opened, this.#setup);
    if (this.#connectivity !== "connected") return;
    this.#connectivity = "ready";
    this.#publisher.reconnected();
    this.#pull();
  }

  /** Asks for jobs, many at a time where that can be. */
  #pull(): void {
    const missing = this.#wanted - this.#asked;
    if (
      this.#isStopped || this.#connectivity !== "ready" || missing <= 0 ||
      (this.#asked > 0 && missing < this.#wanted / 4)
    ) return;
    const number = ++this.#lastPull;
    this.#pulls.set(number, { left: missing, endsAt: performance.now() + PULL_MS + PULL_SLACK_MS });
    this.#asked += missing;
    const terms = { batch: missing, expires: nanos(PULL_MS), idle_heartbeat: nanos(HEARTBEAT_MS) };
    const request = encoder.encode(JSON.stringify(terms));
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${this.#setup.names.jobs}.${CONSUMER}`;
    this.#opened.connection.publish(subject, request, { reply: `${this.#inbox}.${number}` });
  }

  #look(): void {
    const now = performance.now();
    for (const [number, { endsAt }] of this.#pulls) if (endsAt < now) this.#endPull(number);
    if (this.#pulls.size > 0 && ++this.#silentLooks > MAX_SILENT_LOOKS) this.#forgetPulls();
    this.#pull();
  }

  /** The server may not know of them any more. */
  #forgetPulls(): void {
    this.#pulls.clear();
    this.#asked = this.#silentLooks = 0;
  }

  #endPull(number: number): void {
    const pull = this.#pulls.get(number);
    if (pull === undefined) return;
    this.#pulls.delete(number);
    this.#asked -= pull.left;
  }

  #receive(message: Msg): void {
    this.#silentLooks = 0;
    const code = message.headers?.code ?? 0;
    if (code >= 400) { // the request has ended: it is too old, or the server has another reason
      this.#endPull(Number(message.subject.slice(this.#inbox.length + 1)));
      if (code === TOO_OLD) return this.#pull();
      setTimeout(() => this.#pull(), LOOK_MS / 10); // what the server cannot do now would end at once again
      return;
    }
    if (code > 0 || !message.reply) return;
    // A message has the subject that it was published to, not that of the request: the oldest one is served first.
    for (const [number, pull] of this.#pulls) {
      this.#asked--;
      if (--pull.left === 0) this.#pulls.delete(number);
      break;
    }
    this.#wanted = Math.max(0, this.#wanted - 1);
    if (this.#setup.replicas > 1) {
      const claim = this.#claim(message.reply, message.data).finally(() => this.#claims.delete(claim));
      return void this.#claims.add(claim);
    }
    // No other worker gets it, whether this is confirmed or not.
    this.#opened.connection.publish(message.reply, "+ACK");
    this.#listener.job(message.data);
  }

  /**
   * Takes a job of a cluster, whose servers up to 2.10.27 hand out a job before most of them know of it (nats-server, pull
   * request 6792): when the one that did is killed, the next leader hands it out again. So it is begun once they have
   * confirmed that it is taken, and never without: if no worker has it then, the runner submits it again.
   */
  async #claim(reply: string, job: Uint8Array): Promise<void> {
    try {
      await this.#opened.connection.request(reply, "+ACK", { timeout: CLAIM_MS });
    } catch (error) {
      const { connection } = this.#opened;
      if (connection.isDraining() || connection.isClosed()) return;
      // Without a leader there is no answer, or no server to ask. Anything else people have to know.
      if (!(error instanceof TimeoutError || error instanceof RequestError)) this.#warn(messageOf(error));
      this.#wanted++;
      return this.#pull();
    }
    this.#listener.job(job);
  }

  #warn(message: string): void {
    console.warn(this.#setup.redactor.clean(`NATS: ${message}`));
  }
}
