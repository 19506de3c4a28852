/**
 * Running statements on a server that may be away for a while.
 *
 * @module
 */

import { connect, type Parameter, type PostgresConnection, type Rows } from "./connection.ts";
import { isLostStatement, isPassing, NoAnswerError, operationError } from "./errors.ts";
import type { Place } from "./place.ts";

/** Between tries, doubled each time up to the longest. */
const FIRST_DELAY_MS = 20;
const MAX_DELAY_MS = 1_000;

/** How long one try may take, in milliseconds, before the next one is made on another connection; more for much data. */
const MAX_ANSWER_MS = 10_000;
const BYTES_PER_MS = 500;

/** How long connections have to end in an orderly way, in seconds. */
const END_TIMEOUT = 5;

/** A server, on which statements are tried again while it cannot run them. */
export class Database {
  readonly place: Place;
  /** In milliseconds: for how long statements are tried again. */
  readonly patience: number;
  readonly client: PostgresConnection;
  readonly #isOwn: boolean;
  #prepares: boolean;
  readonly #closed = Promise.withResolvers<void>();
  #isClosed = false;

  /** @param given A client, the URL of a server, or `undefined` for the server of the environment. */
  constructor(given: PostgresConnection | URL | undefined, place: Place, patience: number) {
    this.#isOwn = given === undefined || given instanceof URL;
    this.client = given === undefined || given instanceof URL ? connect(given) : given;
    this.#prepares = (this.client.options as { readonly prepare?: unknown }).prepare !== false;
    this.place = place;
    this.patience = patience;
  }

  /**
   * Runs a statement, again and again while the server cannot. A try whose answer was lost may have taken place: the statement
   * must be one that may be repeated.
   *
   * @param action What it is for, as errors say it.
   * @throws {CheckpointError} If it cannot be run.
   */
  run(action: string, text: string, parameters: Parameter[] = []): Promise<Rows> {
    return this.retry(action, () => this.once(text, parameters));
  }

  /**
   * Runs a job, again and again while the server cannot.
   *
   * @throws {CheckpointError} If it cannot be run.
   */
  async retry<T>(action: string, job: () => Promise<T>): Promise<T> {
    const start = performance.now();
    for (let delay = FIRST_DELAY_MS;; delay = Math.min(2 * delay, MAX_DELAY_MS)) {
      try {
        return await job();
      } catch (error) {
        const tried = performance.now() - start;
        if (!isPassing(error) || tried >= this.patience || this.#isClosed) {
          throw operationError(action, this.place, error, tried);
        }
      }
      // Programs that wait for each other must not try again at the same time. The last try is at the end of the patience.
      const rest = this.patience - (performance.now() - start);
      await this.#pause(Math.min(delay * (0.5 + Math.random() / 2), Math.max(0, rest)));
    }
  }

  /** Runs a statement once. */
  async once(text: string, parameters: Parameter[] = []): Promise<Rows> {
    try {
      return await this.#answer(text, parameters, this.#prepares);
    } catch (error) {
      if (!this.#prepares || !isLostStatement(error)) throw error;
      // A pooler gives each transaction another connection, which does not know what was prepared on the one before.
      this.#prepares = false;
      return await this.#answer(text, parameters, false);
    }
  }

  /**
   * Closes the connections, unless the client was given.
   *
   * @param timeout How long they have to end in an orderly way, in seconds.
   */
  async close(timeout = END_TIMEOUT): Promise<void> {
    this.#isClosed = true;
    this.#closed.resolve();
    if (this.#isOwn) await this.client.end({ timeout });
  }

  async #answer(text: string, parameters: Parameter[], prepare: boolean): Promise<Rows> {
    const bytes = parameters.reduce<number>((sum, each) => sum + (typeof each === "string" ? each.length : 0), 0);
    const limit = Math.min(MAX_ANSWER_MS, this.patience) + bytes / BYTES_PER_MS;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new NoAnswerError(limit)), limit);
    try {
      return await Promise.race([this.client.unsafe(text, parameters, { prepare }).values(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([new Promise((resolve) => timer = setTimeout(resolve, milliseconds)), this.#closed.promise]);
    clearTimeout(timer);
  }
}
