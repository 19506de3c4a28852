/**
 * What is to be sent to a worker, together.
 *
 * @module
 */

import { describeError } from "../core/describe.ts";
import type { Channel } from "./channel.ts";
import { TO, type ToWorker } from "./protocol/messages.ts";

/** Collects messages and sends them as one. */
export class SendBatch {
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

  /** Sends everything. Returns the jobs that cannot be sent; the others are sent without them. */
  sendBy(channel: Channel): readonly Unsendable[] {
    const messages = this.#messages;
    const moved = this.#moved;
    this.#messages = [];
    if (moved.size > 0) this.#moved = new Map();
    try {
      channel.send(messages, moved.size === 0 ? [] : [...moved.values()].flat());
      return NOTHING;
    } catch {
      return messages.flatMap((message) => sendAlone(channel, message, moved));
    }
  }
}

/** A job that cannot be sent, and why. */
export interface Unsendable {
  readonly seq: number;
  readonly error: unknown;
}

const NOTHING: readonly Unsendable[] = [];

function sendAlone(
  channel: Channel,
  message: ToWorker,
  moved: ReadonlyMap<number, readonly Transferable[]>,
): readonly Unsendable[] {
  if (message[0] !== TO.run) {
    channel.send([message], []);
    return NOTHING;
  }
  const [, seq, , , , id] = message;
  try {
    channel.send([message], [...moved.get(seq) ?? []]);
    return NOTHING;
  } catch (error) {
    return [{ seq, error: error instanceof TypeError ? error : unsendable(id, error) }];
  }
}

/** For what only the try shows, such as proxies. */
function unsendable(id: string, cause: unknown): TypeError {
  return new TypeError(`The arguments of "${id}" cannot travel to a worker: ${describeError(cause)}`, { cause });
}
