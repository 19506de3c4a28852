/**
 * Values that are too large for a message, in pieces.
 *
 * @module
 */

import { DeliverPolicy, jetstream, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { BlobStore } from "../engine.ts";
import { MAX_VALUE } from "../protocol/limits.ts";
import type { Names } from "./names.ts";
import type { Publisher } from "./publisher.ts";

/** Bytes of a piece: few messages, and none that holds up others. */
const PIECE = 512 << 10;
/** In front of each: how many there are, and which one it is. */
const HEAD = 8;
const MAX_PIECES = Math.ceil(MAX_VALUE / 1_024);
/** For how long a value that cannot be read is asked for again, in milliseconds: another server may have to take over. */
const PATIENCE_MS = 30_000;
/** How long the next piece may take, in milliseconds. */
const PIECE_MS = 5_000;
const RETRY_MS = 500;

/** Keeps values in a stream, with a subject for each. */
export class NatsBlobs implements BlobStore {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #publisher: Publisher;
  readonly #names: Names;
  readonly #piece: number;

  constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    publisher: Publisher,
    names: Names,
    maxFrame: number,
  ) {
    this.#connection = connection;
    this.#manager = manager;
    this.#publisher = publisher;
    this.#names = names;
    this.#piece = Math.min(PIECE, maxFrame) - HEAD;
  }

  async put(run: string, key: string, bytes: Uint8Array): Promise<void> {
    const subject = this.#names.blob(run, key);
    const count = Math.max(1, Math.ceil(bytes.length / this.#piece));
    const stored = Array.from({ length: count }, (_, index) => {
      const part = bytes.subarray(index * this.#piece, (index + 1) * this.#piece);
      const message = new Uint8Array(HEAD + part.length);
      const view = new DataView(message.buffer);
      view.setUint32(0, count);
      view.setUint32(4, index);
      message.set(part, HEAD);
      return new Promise<void>((resolve, reject) => {
        this.#publisher.publish(subject, message, true, (outcome) => {
          if (outcome.kind === "stored") resolve();
          else reject(new Error(`NATS does not keep a large value: ${outcome.message}`));
        });
      });
    });
    await Promise.all(stored);
  }

  async get(run: string, key: string): Promise<Uint8Array | undefined> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await this.#read(run, key);
      } catch (error) {
        if (error instanceof TypeError || this.#connection.isClosed() || performance.now() > end) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** @throws If it cannot be read now, or is not what it should be. */
  async #read(run: string, key: string): Promise<Uint8Array | undefined> {
    const consumer = await jetstream(this.#connection).consumers.get(this.#names.blobs, {
      filter_subjects: this.#names.blob(run, key),
      deliver_policy: DeliverPolicy.All,
    });
    try {
      if ((await consumer.info(true)).num_pending === 0) return undefined;
      const pieces: Uint8Array[] = [];
      let [missing, count] = [-1, 0];
      while (missing !== 0) {
        const message = await consumer.next({ expires: PIECE_MS });
        if (message === null) throw new Error(`NATS sent ${count - missing} of ${count} pieces of a large value`);
        const { data } = message;
        if (data.length < HEAD) continue;
        const view = new DataView(data.buffer, data.byteOffset);
        const index = view.getUint32(4);
        if (missing < 0) missing = count = view.getUint32(0);
        if (count > MAX_PIECES || index >= count) throw new TypeError("A large value in pieces that do not fit");
        if (pieces[index] !== undefined) continue; // it was sent twice
        pieces[index] = data.subarray(HEAD);
        missing--;
      }
      return joined(pieces);
    } finally {
      await consumer.delete().catch(() => {});
    }
  }

  drop(run: string, keys: readonly string[]): void {
    for (const key of keys) {
      // What is not deleted now is deleted by its age.
      this.#manager.streams.purge(this.#names.blobs, { filter: this.#names.blob(run, key) }).catch(() => {});
    }
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
