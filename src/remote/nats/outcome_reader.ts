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

  /** Reads what is kept, and follows from there. Resolves once all that was kept is read. */
  async follow(): Promise<void> {
    this.#messages?.stop();
    const caughtUp = Promise.withResolvers<void>();
    this.#lastSeq = this.#purgedTo = 0;
    const consumer = await jetstream(this.#connection).consumers.get(this.#names.outcomes, {
      filter_subjects: this.#names.outcomesOf(this.#run),
      deliver_policy: DeliverPolicy.All,
    });
    let left = (await consumer.info(true)).num_pending;
    if (left === 0) caughtUp.resolve();
    this.#messages = await consumer.consume({
      max_messages: 1_000,
      idle_heartbeat: 1_000,
      expires: 30_000,
      callback: ({ seq, data }) => {
        this.#read(seq, data);
        if (--left === 0) caughtUp.resolve();
      },
    });
    await caughtUp.promise;
    this.#timer ??= setInterval(() => void this.#purge(), PURGE_MS);
  }

  /** Says that batches are of no more use. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.#open.delete(key);
  }

  /** Deletes what is of no more use, and reads no more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#messages?.stop();
    const isAll = this.#open.size === 0;
    await this.#purge(isAll ? this.#lastSeq + 1 : undefined);
  }

  #read(seq: number, data: Uint8Array): void {
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
