/**
 * The end of a hub that a worker has. It keeps outcomes, and sends them again after each reconnect, until they are on record.
 *
 * @module
 */

import { describeValue } from "../../core/describe.ts";
import { IdleGate } from "../../core/idle_gate.ts";
import type { Logger } from "../../core/logger.ts";
import { onAbort } from "../../core/on_abort.ts";
import { pause, within } from "../../core/pause.ts";
import type { BlobStore, WorkerLink, WorkerListener } from "../engine.ts";
import { resultKey } from "../protocol/value_frame.ts";
import { Channel, type Ending } from "./channel.ts";
import { BEATS, CLOSE, type Handlers, MAX_FRAME, VERSION } from "./messages.ts";
import { Transfers } from "./transfers.ts";

/** Between two tries to connect, in milliseconds; half of it more or less, so that not all workers come at once. */
const RETRY_MS = 300;
/** For how long a hub may be silent after a connection was begun, in milliseconds. */
const JOIN_MS = 10_000;
/** So many heartbeats without an answer mean that the connection is lost, although no one has said so. */
const MAX_UNANSWERED = 3;
/**
 * For how many leases a worker that leaves waits until an outcome that its runner has is on record: that of an attempt that is
 * to be repeated may be much later.
 */
const RECORD_LEASES = 1;
/** For how many leases it waits for a runner that is not there: one that is deployed again comes back within that time. */
const RUNNER_LEASES = 3;
/** How long the hub may take to say that it hands out no more jobs, in milliseconds. */
const STOP_MS = 2_000;
/** How long the hub may take to close the connection at the end, in milliseconds. */
const CLOSE_MS = 2_000;

/** Within how many milliseconds a hub knows for how many jobs there is room: with the next outcomes, if there are some. */
const WANT_MS = 2;
/** For how many jobs a hub is told that there is room, at most: a number may be infinite here, and not there. */
const MAX_ROOM = 100_000;

/** What a worker needs to know of its hub. */
export interface WsSetup {
  /** Such as `ws://runner.example.com:8790`. */
  readonly url: URL;
  /** The name of the pools that it serves. */
  readonly name: string;
  /** `""` for none. */
  readonly token: string;
  readonly leaseMs: number;
  readonly logger: Logger;
}

/** Outcomes that are not known to be on record. */
interface Batch {
  readonly number: number;
  readonly run: string;
  readonly tokens: readonly string[];
  readonly frame: Uint8Array;
  /** The keys of results in it that are kept apart. */
  readonly apart: readonly string[];
  /** Called once it is on record, or was not for long. */
  kept: (() => void) | undefined;
  /** Whether a runner has it. */
  hasArrived: boolean;
  /** How long it is waited for its record, in milliseconds of `performance.now()`. */
  waitsUntil: number;
}

/** Connects to a hub, again and again. */
export class WsWorker implements WorkerLink {
  readonly maxFrame = MAX_FRAME;
  readonly maxMessage = MAX_FRAME;
  readonly blobs: BlobStore;
  readonly #setup: WsSetup;
  readonly #listener: WorkerListener;
  /** Names this program: batches of another one have the same numbers. */
  readonly #id = crypto.randomUUID();
  /** What is connected, or about to be. */
  #latest: Channel | undefined;
  /** The same, once the hub has welcomed this worker. */
  #channel: Channel | undefined;
  readonly #joined = new IdleGate();
  readonly #opened = Promise.withResolvers<void>();
  readonly #closing = new AbortController();
  readonly #batches = new Map<number, Batch>();
  #lastBatch = 0;
  /** Results that are kept apart. */
  readonly #values = new Map<string, Uint8Array>();
  /** How many jobs have come by this connection. */
  #received = 0;
  /** For how many further jobs there was room when so many had come. */
  #room = { count: 0, received: 0 };
  /** Set while the hub does not know of that. */
  #wanting: ReturnType<typeof setTimeout> | undefined;
  /** How often something had come by this connection at the last heartbeat, and how many heartbeats ago that changed. */
  #heard = 0;
  #unanswered = 0;
  readonly #transfers = new Transfers();
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(setup: WsSetup, listener: WorkerListener) {
    this.#setup = setup;
    this.#listener = listener;
    this.blobs = {
      put: (run, key, bytes) => Promise.resolve(void this.#values.set(idOf(run, key), bytes)),
      get: (run, key) => this.#get(run, key),
      drop: (run, keys) => keys.forEach((key) => this.#values.delete(idOf(run, key))),
    };
    this.#timer = setInterval(() => this.#beat(), setup.leaseMs / BEATS);
  }

  /**
   * Connects, as soon as there is a runner.
   *
   * @throws {Error} If the runner refuses this worker for good.
   */
  static async open(setup: WsSetup, listener: WorkerListener, signal: AbortSignal): Promise<WsWorker> {
    signal.throwIfAborted();
    const link = new WsWorker(setup, listener);
    const listening = onAbort(signal, () => link.#opened.reject(signal.reason));
    void link.#live();
    try {
      await link.#opened.promise;
      return link;
    } catch (error) {
      await link.close();
      throw error;
    } finally {
      listening();
    }
  }

  want(count: number): void {
    this.#room = { count, received: this.#received };
    this.#wanting ??= setTimeout(() => this.#sendWant(), WANT_MS);
  }

  async stop(): Promise<void> {
    this.want(0);
    this.#sendWant();
    if (this.#channel === undefined) return;
    // What the hub has sent before comes before its answer to any question.
    await within(STOP_MS, this.#transfers.get(this.#channel, "", "").catch(() => {}));
  }

  report(run: string, tokens: readonly string[], frame: Uint8Array, kept: () => void): void {
    const apart = this.#values.size === 0
      ? []
      : tokens.map(resultKey).filter((key) => this.#values.has(idOf(run, key)));
    const waitsUntil = performance.now() + RUNNER_LEASES * this.#setup.leaseMs;
    const number = ++this.#lastBatch;
    const batch: Batch = { number, run, tokens, frame, apart, kept, hasArrived: false, waitsUntil };
    this.#batches.set(batch.number, batch);
    if (this.#channel !== undefined) this.#send(batch, this.#channel);
  }

  tell(run: string, frame: Uint8Array): void {
    this.#channel?.sendSoon("tell", run, frame);
  }

  hello(frame: Uint8Array): void {
    this.#channel?.send("hello", frame);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#timer);
    clearTimeout(this.#wanting);
    const lost = [...this.#batches.values()].filter(({ hasArrived }) => !hasArrived).flatMap(({ tokens }) => tokens);
    if (lost.length > 0) {
      this.#setup.logger.warn(`No runner has come for the outcomes of ${lost.length} tasks: they are lost`);
    }
    this.#latest?.close(1000, "The worker ends");
    this.#joined.open();
    if (this.#latest !== undefined) await within(CLOSE_MS, this.#latest.closed);
  }

  /** Connects, and again whenever that connection is lost. */
  async #live(): Promise<void> {
    const { signal } = this.#closing;
    const { url, logger } = this.#setup;
    let isTold = false;
    while (!signal.aborted) {
      let ending: Ending;
      try {
        ending = await this.#connect(() => isTold = false);
      } catch (error) {
        return this.#fail(error as Error); // this program has no right to connect
      }
      if (signal.aborted) return;
      const refusal = this.#refusalOf(ending);
      if (refusal !== undefined) return this.#fail(refusal);
      if (!isTold) {
        const why = ending.reason === "" ? "" : ` (${describeValue(ending.reason)})`;
        logger.warn(`No runner is at ${url.protocol}//${url.host}${why}: this worker connects as soon as there is one`);
      }
      isTold = true;
      await pause(RETRY_MS * (0.5 + Math.random()), signal);
    }
  }

  /** Resolves once the connection has ended. */
  async #connect(joined: () => void): Promise<Ending> {
    const { url, name, token } = this.#setup;
    const socket = new WebSocket(url);
    const channel: Channel = this.#latest = new Channel(socket, {
      welcome: (done) => {
        clearTimeout(timer);
        joined();
        this.#welcomed(channel, done);
      },
    });
    const timer = setTimeout(() => channel.close(CLOSE.late, "It does not answer"), JOIN_MS);
    socket.onopen = () => channel.send("join", VERSION, name, this.#id, token.toWellFormed());
    const ending = await channel.ended;
    clearTimeout(timer);
    if (this.#channel === channel) {
      this.#channel = undefined;
      this.#transfers.disconnected();
      this.#listener.disconnected();
    }
    return ending;
  }

  #welcomed(channel: Channel, done: readonly number[]): void {
    this.#received = this.#unanswered = 0;
    this.#room = { count: 0, received: 0 };
    channel.handlers = this.#handlers;
    this.#channel = channel;
    this.#transfers.connected(channel);
    this.#forget(done);
    for (const batch of this.#batches.values()) this.#send(batch, channel);
    this.#joined.open();
    this.#announce();
  }

  /** Says that the connection is there: at first to the one that waits for it. */
  #announce = () => {
    this.#opened.resolve();
    this.#announce = () => this.#listener.reconnected();
  };

  readonly #handlers: Handlers = {
    job: (frame) => {
      this.#received++;
      this.#listener.job(frame);
    },
    orders: (frame) => this.#listener.orders(frame),
    arrived: (number) => {
      const batch = this.#batches.get(number);
      if (batch === undefined || batch.hasArrived) return;
      batch.hasArrived = true;
      batch.waitsUntil = performance.now() + RECORD_LEASES * this.#setup.leaseMs;
    },
    forgotten: (numbers) => this.#forget(numbers),
    ...this.#transfers.handlers,
  };

  /** Why this worker is not to try again. */
  #refusalOf({ by, code, reason }: Ending): Error | undefined {
    if (by === "this end") return undefined;
    const { url, name, token } = this.#setup;
    const who = `The runner at ${url.protocol}//${url.host}`;
    switch (code) {
      case CLOSE.version:
        return new Error(`${who} has another version of this package: runner and workers need the same`);
      case CLOSE.token:
        return new Error(
          `${who} wants ${token === "" ? "a token" : "another token"}: give the one of its webSocketPool()`,
        );
      case CLOSE.pool:
        return new Error(`${who} has a pool of the name ${describeValue(reason)}, and this worker serves "${name}"`);
      case CLOSE.unreadable:
        return new Error(`${who} cannot read what this worker sends: ${describeValue(reason)}`);
    }
    return undefined;
  }

  #fail(error: Error): void {
    this.#opened.reject(error);
    this.#listener.failed(error);
  }

  #sendWant(): void {
    clearTimeout(this.#wanting);
    this.#wanting = undefined;
    this.#channel?.send("want", Math.min(this.#room.count, MAX_ROOM), this.#room.received);
  }

  #beat(): void {
    const now = performance.now();
    for (const batch of this.#batches.values()) {
      if (batch.waitsUntil > now) continue;
      batch.kept?.();
      batch.kept = undefined;
    }
    const channel = this.#channel;
    if (channel === undefined) return;
    if (channel.heard !== this.#heard) this.#unanswered = 0;
    this.#heard = channel.heard;
    if (++this.#unanswered > MAX_UNANSWERED) return channel.close(CLOSE.late, "It does not answer");
    this.#sendWant();
    const [first = this.#lastBatch + 1] = this.#batches.keys();
    channel.send("ping", first);
  }

  #forget(numbers: readonly number[]): void {
    for (const number of numbers) {
      const batch = this.#batches.get(number);
      if (batch === undefined) continue;
      this.#batches.delete(number);
      for (const key of batch.apart) this.#values.delete(idOf(batch.run, key));
      batch.kept?.();
    }
  }

  #send(batch: Batch, channel: Channel): void {
    const { number, run, tokens, frame, apart } = batch;
    if (apart.length === 0) {
      if (this.#wanting !== undefined) this.#sendWant();
      return channel.send("report", number, run, tokens, frame);
    }
    const put = async () => {
      for (const key of apart) {
        const bytes = this.#values.get(idOf(run, key));
        if (bytes !== undefined) await this.#transfers.put(channel, run, key, bytes);
      }
      if (this.#batches.has(number)) channel.send("report", number, run, tokens, frame);
    };
    put().catch(() => {}); // the connection was lost: it is sent again with the next one
  }

  async #get(run: string, key: string): Promise<Uint8Array | undefined> {
    const { signal } = this.#closing;
    for (;;) {
      await this.#joined.until(() => this.#channel !== undefined || signal.aborted);
      if (this.#channel === undefined) throw new Error("The worker ends");
      try {
        return await this.#transfers.get(this.#channel, run, key);
      } catch {
        signal.throwIfAborted(); // else the connection was lost: it is asked for again with the next one
      }
    }
  }
}

function idOf(run: string, key: string): string {
  return `${run} ${key}`;
}
