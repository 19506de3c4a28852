/**
 * Reads the outcomes of a run, and deletes them.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { type ConsumerMessages, DeliverPolicy, jetstream, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Names } from "./names.ts";

/** How often what is of no more use is deleted, in milliseconds. */
const PURGE_MS = 1_000;
/** How often the server says that it has nothing to send, in milliseconds; when that is missing twice, it is gone. */
const HEARTBEAT_MS = 1_000;

/** How long it is waited before another try to read, in milliseconds. */
const RETRY_MS = 500;

/**
 * Follows the stream of outcomes. A server that was killed may give a number again, and may remember what was deleted: so a
 * batch is known by its number and its content, and after each reconnect all that is kept is read again.
 */
export class OutcomeReader {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #names: Names;
  readonly #run: string;
  readonly #take: (key: string, frame: Uint8Array) => void;
  /** The numbers of batches that were read, by key; those that are of no more use are not there. */
  readonly #open = new Map<string, number>();
  /** The numbers of all batches that were read and are not deleted, by key. */
  readonly #seen = new Map<string, number>();
  #messages: ConsumerMessages | undefined;
  #following: Promise<void> | undefined;
  /** Ends a try to read all that is kept. */
  #giveUp: (() => void) | undefined;
  #isClosed = false;
  #purgedTo = 0;
  #lastSeq = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    names: Names,
    run: string,
    take: (key: string, frame: Uint8Array) => void,
  ) {
    this.#connection = connection;
    this.#manager = manager;
    this.#names = names;
    this.#run = run;
    this.#take = take;
  }

  /** Reads what is kept from the start, and follows from there. Resolves once all that was kept is read, however long that takes. */
  follow(): Promise<void> {
    this.#giveUp?.();
    return this.#following ??= this.#readSurely().finally(() => this.#following = undefined);
  }

  /**
   * Resolves once all is read that was kept when this was called.
   *
   * @throws If the server cannot say what is kept.
   */
  async catchUp(): Promise<void> {
    const query = { last_by_subj: this.#names.outcomesOf(this.#run) };
    const last = await this.#manager.streams.getMessage(this.#names.outcomes, query);
    if (last === null || last.seq <= this.#lastSeq) return;
    await this.follow();
    if (last.seq > this.#lastSeq) throw new Error("NATS has not sent all outcomes yet");
  }

  async #readSurely(): Promise<void> {
    while (!this.#isClosed && !this.#connection.isClosed()) {
      try {
        await this.#read();
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS)); // the streams have no leader now
      }
    }
    if (!this.#isClosed) this.#timer ??= setInterval(() => void this.#purge(), PURGE_MS);
  }

  /** @throws If the server does not answer, or it is given up, before all was read. */
  async #read(): Promise<void> {
    this.#messages?.stop();
    const caughtUp = Promise.withResolvers<void>();
    let isGivenUp = false;
    this.#giveUp = () => {
      isGivenUp = true;
      caughtUp.reject(new Error("It is given up"));
    };
    this.#lastSeq = this.#purgedTo = 0;
    const read = async () => {
      const consumer = await jetstream(this.#connection).consumers.get(this.#names.outcomes, {
        filter_subjects: this.#names.outcomesOf(this.#run),
        deliver_policy: DeliverPolicy.All,
      });
      let left = (await consumer.info(true)).num_pending;
      if (left === 0) caughtUp.resolve();
      const messages = await consumer.consume({
        max_messages: 1_000,
        idle_heartbeat: HEARTBEAT_MS,
        expires: 30_000,
        callback: ({ seq, data }) => {
          this.#receive(seq, data);
          if (--left === 0) caughtUp.resolve();
        },
      });
      if (isGivenUp) return messages.stop();
      this.#messages = messages;
      void this.#guard(messages);
    };
    try {
      await Promise.all([read(), caughtUp.promise]);
    } finally {
      this.#giveUp = undefined;
    }
  }

  /**
   * What reads is kept on one server of a cluster, and is gone with it. The library would ask for it every 30 seconds, until
   * that server is back: it is made again elsewhere.
   */
  async #guard(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) {
      if (type !== "heartbeats_missed") continue;
      if (messages === this.#messages) await this.follow();
      return;
    }
  }

  /** Says that batches are of no more use. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.#open.delete(key);
  }

  /** Reads no more. */
  stop(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#giveUp?.();
    this.#messages?.stop();
  }

  /** Reads no more, and deletes what is of no more use. */
  async close(): Promise<void> {
    this.stop();
    const isAll = this.#open.size === 0;
    await this.#purge(isAll ? this.#lastSeq + 1 : undefined);
  }

  #receive(seq: number, data: Uint8Array): void {
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    const key = `${seq}.${crc32(data)}`;
    if (this.#seen.has(key)) return;
    this.#seen.set(key, seq);
    this.#open.set(key, seq);
    this.#take(key, data);
  }

  /** Deletes all before the first one that is of use. The last one stays: an empty stream forgets its number. */
  async #purge(to = this.#firstOpen()): Promise<void> {
    if (to <= this.#purgedTo) return;
    try {
      await this.#manager.streams.purge(this.#names.outcomes, { filter: this.#names.outcomesOf(this.#run), seq: to });
      this.#purgedTo = to;
      for (const [key, seq] of this.#seen) {
        if (seq >= to) break;
        this.#seen.delete(key);
      }
    } catch {
      // It is tried again; in the end, they are deleted by their age.
    }
  }

  #firstOpen(): number {
    let first = this.#lastSeq;
    for (const seq of this.#open.values()) first = Math.min(first, seq);
    return first;
  }
}
