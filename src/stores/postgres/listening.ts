/**
 * Hearing of what other programs have written: at once where the server tells, and otherwise each second.
 *
 * @module
 */

import { runDetached } from "../../core/run_detached.ts";
import { listener, type PostgresConnection } from "./connection.ts";
import type { Database } from "./database.ts";

/** A pooler in transaction mode passes no notifications on, and those that are sent while a connection is lost are lost. */
const POLL_MS = 1_000;

/** Calls a function when something was told on a channel, and each second. */
export class Listening {
  readonly #channel: string;
  readonly #heard: () => void;
  readonly #connection: PostgresConnection;
  /**
   * - `off`: the connection was lost, or never there.
   * - `on`: what is told is heard, or will be in a moment.
   */
  #state: "off" | "on" | "closed" = "off";
  #timer: ReturnType<typeof setInterval>;

  /** @param heard What is called; often for nothing. */
  constructor({ client }: Database, channel: string, heard: () => void) {
    this.#channel = channel;
    this.#heard = heard;
    const lost = () => {
      if (this.#state === "on") this.#state = "off";
    };
    this.#connection = listener(client, { onnotify: () => this.#tell(), onclose: lost });
    this.#timer = runDetached(() => setInterval(() => this.#poll(), POLL_MS));
    Deno.unrefTimer?.(this.#timer as unknown as number);
    this.#listen();
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    this.#state = "closed";
    clearInterval(this.#timer);
    await this.#connection.end({ timeout: 1 });
  }

  #poll(): void {
    this.#listen();
    this.#tell();
  }

  #tell(): void {
    if (this.#state !== "closed") this.#heard();
  }

  #listen(): void {
    if (this.#state !== "off") return;
    this.#state = "on";
    // What was told before that is found by a look now.
    this.#connection.unsafe(`listen "${this.#channel}"`).values().then(() => this.#tell(), () => {
      if (this.#state === "on") this.#state = "off";
    });
  }
}
