/**
 * What is to be sent to a worker, together.
 *
 * @module
 */

import type { Channel } from "./channel.ts";
import { TO, type ToWorker } from "./protocol/messages.ts";

/** Collects messages and sends them as one. */
export class Outgoing {
  #messages: ToWorker[] = [];
  /** Buffers that are moved with a job, by its number. */
  #moved = new Map<number, readonly Transferable[]>();

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  push(message: ToWorker): void {
    this.#messages.push(message);
  }

  /** Moves buffers with the job of that number. */
  move(seq: number, buffers: readonly Transferable[]): void {
    this.#moved.set(seq, buffers);
  }

  /**
   * Sends everything.
   *
   * @param failed Told of each job that cannot be sent: others are sent without it.
   */
  sendBy(channel: Channel, failed: (seq: number, error: unknown) => void): void {
    const messages = this.#messages;
    const moved = this.#moved;
    this.#messages = [];
    if (moved.size > 0) this.#moved = new Map();
    try {
      channel.send(messages, moved.size === 0 ? NOTHING : [...moved.values()].flat());
    } catch {
      for (const message of messages) sendAlone(channel, message, moved, failed);
    }
  }
}

const NOTHING: Transferable[] = [];

function sendAlone(
  channel: Channel,
  message: ToWorker,
  moved: ReadonlyMap<number, readonly Transferable[]>,
  failed: (seq: number, error: unknown) => void,
): void {
  if (message[0] !== TO.run) return channel.send([message], []);
  const seq = message[1];
  try {
    channel.send([message], [...moved.get(seq) ?? []]);
  } catch (error) {
    failed(seq, error);
  }
}
