/**
 * Reads the outcomes of a run, and deletes them.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import {
  type ConsumerMessages,
  DeliverPolicy,
  jetstream,
  JetStreamApiError,
  type JetStreamManager,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { within } from "../../core/pause.ts";
import type { Names } from "./names.ts";

/** How often what is of no more use is deleted, in milliseconds. */
const PURGE_MS = 1_000;
/** How many are deleted at a time, of those that are deleted one by one. */
const DELETED_TOGETHER = 100;
/** How often the server says that it has nothing to send, in milliseconds; when that is missing twice, it is gone. */
const HEARTBEAT_MS = 1_000;

/** For how long outcomes may be on their way: so many looks, so many milliseconds apart. */
const MAX_LOOKS = 10;
const LOOK_MS = 50;

/** How often it is asked, while what is kept is read, whether there is more to come, in milliseconds. */
const LOOK_AGAIN_MS = 500;

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
  #isTidying = false;
  /** The first one that was needed when it was tidied up last. */
  #firstBefore: number | undefined;
  #lastSeq = 0;
  /** The numbers of those that were sent since they were read from the start, and are not deleted. */
  readonly #sent = new Set<number>();
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
   * Resolves once all is read that was kept when this was called. Reads all that is kept once more if the server has left
   * something out: nats-server (2.10.27) does not always send what is stored while it deletes. What was not read must not be
   * deleted, nor be taken for not there.
   *
   * @throws If the server cannot say what is kept, or does not send it.
   */
  async catchUp(): Promise<void> {
    const subject = this.#names.outcomesOf(this.#run);
    const { state } = await this.#manager.streams.info(this.#names.outcomes, { subjects_filter: subject });
    const kept = state.subjects?.[subject] ?? 0;
    const isComplete = () => {
      let count = 0;
      for (const seq of this.#sent) if (seq <= state.last_seq) count++;
      return count >= kept;
    };
    // Until what comes after it is there, the rest may be on its way.
    for (let looks = 0; looks < MAX_LOOKS && !isComplete() && this.#lastSeq < state.last_seq; looks++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    if (!isComplete()) await this.follow();
    if (!isComplete()) throw new Error("NATS has not sent all outcomes yet");
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
    if (!this.#isClosed) this.#timer ??= setInterval(() => void this.#tidy(), PURGE_MS);
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
    this.#lastSeq = 0;
    this.#sent.clear();
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
      // What is deleted meanwhile does not come.
      for (let before = left; left > 0 && !isGivenUp; before = left) {
        if (await within(LOOK_AGAIN_MS, caughtUp.promise.catch(() => {}))) return;
        if ((await consumer.info(false)).num_pending === 0 && left === before) caughtUp.resolve();
      }
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

  /** Deletes what is of no more use, and reads no more. */
  async close(): Promise<void> {
    try {
      await this.catchUp();
      this.stop();
      await this.#purge(this.#open.size === 0 ? this.#lastSeq + 1 : this.#firstOpen());
    } catch {
      this.stop(); // they are deleted by their age
    }
  }

  #receive(seq: number, data: Uint8Array): void {
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    this.#sent.add(seq);
    const key = `${seq}.${crc32(data)}`;
    if (this.#seen.has(key)) return;
    this.#seen.set(key, seq);
    this.#open.set(key, seq);
    this.#take(key, data);
  }

  /** Deletes what is of no more use, while outcomes come in. */
  async #tidy(): Promise<void> {
    if (this.#isTidying) return;
    this.#isTidying = true;
    try {
      await this.catchUp();
      const first = this.#firstOpen();
      const hasDeleted = first === this.#firstBefore ? await this.#deleteAfter(first) : await this.#purge(first);
      this.#firstBefore = first;
      if (hasDeleted) await this.catchUp();
    } catch {
      // It is tried again; in the end, they are deleted by their age.
    } finally {
      this.#isTidying = false;
    }
  }

  /**
   * Deletes all before a number. The last one stays meanwhile: an empty stream forgets its number.
   *
   * @returns Whether there was anything to delete.
   */
  async #purge(to: number): Promise<boolean> {
    const old = [...this.#sent].filter((seq) => seq < to);
    if (old.length === 0) return false;
    await this.#manager.streams.purge(this.#names.outcomes, { filter: this.#names.outcomesOf(this.#run), seq: to });
    for (const seq of old) this.#sent.delete(seq);
    for (const [key, seq] of this.#seen) if (seq < to) this.#seen.delete(key);
    return true;
  }

  /**
   * Deletes what is of no more use after one that is still needed, one by one: an outcome of an earlier program whose task comes
   * late, or never, must not keep all that follow.
   *
   * @returns Whether there was anything to delete.
   */
  async #deleteAfter(first: number): Promise<boolean> {
    const open = new Set(this.#open.values());
    const old = [...this.#sent].filter((seq) => seq > first && seq < this.#lastSeq && !open.has(seq));
    for (let at = 0; at < old.length; at += DELETED_TOGETHER) {
      await Promise.all(old.slice(at, at + DELETED_TOGETHER).map((seq) => this.#delete(seq)));
    }
    const gone = new Set(old);
    for (const [key, seq] of this.#seen) if (gone.has(seq)) this.#seen.delete(key);
    return old.length > 0;
  }

  async #delete(seq: number): Promise<void> {
    try {
      await this.#manager.streams.deleteMessage(this.#names.outcomes, seq, false);
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error; // it is not there any more, or is found again
    }
    this.#sent.delete(seq);
  }

  #firstOpen(): number {
    let first = this.#lastSeq;
    for (const seq of this.#open.values()) first = Math.min(first, seq);
    return first;
  }
}
