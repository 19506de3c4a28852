/**
 * Large values between a worker and its hub: in parts, of which one is on its way at a time, so that few bytes wait in sockets.
 *
 * @module
 */

import { Fifo } from "../../core/fifo.ts";
import { MAX_VALUE } from "../protocol/limits.ts";
import type { Channel } from "./channel.ts";
import { CLOSE, type Fields, type Handlers, PART } from "./messages.ts";

/** An answer that the hub owes. */
interface Debt<K extends "more" | "part"> {
  readonly kind: K;
  readonly resolve: (fields: Fields<K>) => void;
  readonly reject: (error: Error) => void;
}

/** One value after the other. */
export class Transfers {
  /** What the hub answers. */
  readonly handlers: Handlers = {
    more: (...fields) => this.#answered("more", fields),
    part: (...fields) => this.#answered("part", fields),
  };
  #channel: Channel | undefined;
  readonly #debts = new Fifo<Debt<"more"> | Debt<"part">>();
  #last: Promise<unknown> = Promise.resolve();

  connected(channel: Channel): void {
    this.#channel = channel;
  }

  disconnected(): void {
    this.#channel = undefined;
    for (let debt = this.#debts.shift(); debt !== undefined; debt = this.#debts.shift()) debt.reject(lost());
  }

  /**
   * Sends a value.
   *
   * @throws {Error} If that connection is lost.
   */
  put(channel: Channel, run: string, key: string, bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      for (let at = 0; at === 0 || at < bytes.length; at += PART) {
        await this.#ask(channel, "more", () => {
          channel.send("put", run, key, bytes.length, at, bytes.subarray(at, at + PART));
        });
      }
    });
  }

  /**
   * Fetches a value; `undefined` if there is none.
   *
   * @throws {Error} If that connection is lost.
   */
  get(channel: Channel, run: string, key: string): Promise<Uint8Array | undefined> {
    return this.#inTurn(async () => {
      let bytes: Uint8Array | undefined;
      for (let at = 0; bytes === undefined || at < bytes.length;) {
        const [[size], part] = await this.#ask(channel, "part", () => channel.send("get", run, key, at));
        if (size === undefined) return undefined;
        if (size <= MAX_VALUE) bytes ??= new Uint8Array(size);
        if (bytes?.length !== size || part.length !== Math.min(PART, size - at)) {
          channel.close(CLOSE.unreadable, "A part of a value does not follow the one before");
          throw lost();
        }
        bytes.set(part, at);
        at += part.length;
      }
      return bytes;
    });
  }

  #ask<K extends "more" | "part">(channel: Channel, kind: K, send: () => void): Promise<Fields<K>> {
    return new Promise<Fields<K>>((resolve, reject) => {
      if (this.#channel !== channel) return reject(lost());
      this.#debts.push({ kind, resolve, reject } as Debt<"more"> | Debt<"part">);
      send();
    });
  }

  /** @throws {TypeError} If the hub does not owe such an answer. */
  #answered<K extends "more" | "part">(kind: K, fields: Fields<K>): void {
    if (this.#debts.first?.kind !== kind) throw new TypeError(`The answer "${kind}" has no question`);
    (this.#debts.shift() as Debt<K>).resolve(fields);
  }

  #inTurn<T>(transfer: () => Promise<T>): Promise<T> {
    const done = this.#last.then(transfer);
    this.#last = done.catch(() => {});
    return done;
  }
}

function lost(): Error {
  return new Error("The connection was lost");
}
