/**
 * The end of a Postgres server that a runner has.
 *
 * @module
 */

import { within } from "../../core/pause.ts";
import { arrayOf } from "../../stores/postgres/place.ts";
import type { RunnerLink, RunnerListener, SubmittedJob, Whereabouts } from "../engine.ts";
import { Batcher } from "./batcher.ts";
import { PostgresBlobs } from "./blobs.ts";
import {
  CLOSE_MS,
  decode,
  encode,
  listOf,
  MAX_MESSAGE,
  namesOf,
  PLANNED_AGAIN,
  PostgresServer,
  type PostgresSetup,
  UNFLUSHED,
} from "./server.ts";

/** Notifications may be lost with a connection. */
const POLL_MS = 1_000;
/** Every so many polls, all outcomes are read. */
const FULL_EVERY = 10;
/** Numbers of rows become visible out of order: so many before the last one are read again. */
const OVERLAP = 1_000;
/** How long outcomes that are of no more use are collected until they are deleted, in milliseconds: a statement is dear. */
const FORGET_MS = 100;
/** The largest job, and the largest batch of outcomes, in bytes. */
export const MAX_FRAME = 1 << 20;

/** A job on its way. */
interface Submission {
  readonly token: string;
  readonly frame: Uint8Array;
}

/** Inserts jobs, and reads outcomes. */
export class PostgresRunner implements RunnerLink {
  readonly maxFrame = MAX_FRAME;
  readonly maxMessage = MAX_MESSAGE;
  /** The row of a job says which worker has taken it. */
  readonly remembers = true;
  readonly blobs: PostgresBlobs;
  readonly #server: PostgresServer;
  readonly #run: string;
  readonly #listener: RunnerListener;
  readonly #jobs = new Batcher<Submission>((jobs) => this.#insert(jobs));
  readonly #orders = new Batcher<string>((orders) => this.#notify(orders), 50);
  readonly #discards = new Batcher<string>((tokens) => this.#deleteTaken(tokens));
  readonly #deletions = new Batcher<string>((keys) => this.#delete(keys), 5_000);
  /** The numbers of batches of outcomes that are to be deleted soon. */
  #forgotten: string[] = [];
  #forgetTimer: ReturnType<typeof setTimeout> | undefined;
  /** The numbers of batches of outcomes that were read, and are not deleted. */
  readonly #seen = new Set<string>();
  /** Those that were deleted since the last poll, and before it: their notifications may still be on their way. */
  #deleted = new Set<string>();
  #deletedBefore: ReadonlySet<string> = new Set();
  #lastSeq = 0n;
  #reading: Promise<void> | undefined;
  /** Whether outcomes are to be read once more, and all of them. */
  #next: "nothing" | "latest" | "all" = "nothing";
  #polls = 0;
  readonly #timer: ReturnType<typeof setInterval>;
  #isClosed = false;

  private constructor(server: PostgresServer, run: string, listener: RunnerListener) {
    this.#server = server;
    this.#run = run;
    this.#listener = listener;
    this.blobs = new PostgresBlobs(server);
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
  }

  /** Connects, and reads all outcomes that are kept. */
  static async open(
    setup: PostgresSetup,
    run: string,
    listener: RunnerListener,
    signal: AbortSignal,
  ): Promise<PostgresRunner> {
    // deno-lint-ignore prefer-const -- the callbacks may be called before it is there
    let link: PostgresRunner | undefined;
    const { hello, outcomes, events } = channelsOf(setup, run);
    const server = await PostgresServer.open(setup, [hello, outcomes, events], {
      heard: (channel, payload) => {
        if (channel === outcomes) link?.heard(payload);
        else if (channel === events) listener.events(decode(payload));
        else if (channel === hello) listener.hello(decode(payload));
      },
      disconnected: () => listener.disconnected(),
      reconnected: () => void link?.reconnected(),
    }, signal);
    link = new PostgresRunner(server, run, listener);
    await link.readSurely();
    return link;
  }

  /** There are outcomes: they are in the notification, after their number, unless they are too large for it. */
  heard(payload: string): void {
    const [, seq, data] = /^(\d{1,19}) (.+)$/s.exec(payload) ?? [];
    if (seq === undefined) void this.read("latest").catch(() => {});
    else this.#deliver(seq, data);
  }

  submit(token: string, frame: Uint8Array): void {
    this.#jobs.add({ token, frame });
  }

  async withdraw(token: string): Promise<boolean> {
    const wasHeld = this.#jobs.remove((job) => job.token === token);
    const { jobs } = this.#server.names;
    const [row] = await this.#server.run(
      `with withdrawn as (
         delete from ${jobs} where pool = $1 and run = $2 and token = $3 and worker is null returning 1
       ) select 'withdrawn' from withdrawn
       union all select 'taken' from ${jobs} where pool = $1 and run = $2 and token = $3 and worker is not null`,
      ...[this.#pool, this.#run, token],
    );
    return row === undefined ? wasHeld : row[0] === "withdrawn";
  }

  discard(token: string): void {
    this.#discards.add(token);
  }

  async locate(jobs: readonly SubmittedJob[]): Promise<ReadonlyMap<string, Whereabouts>> {
    const rows = await this.#server.run(
      `select token, worker is null from ${this.#server.names.jobs} where pool = $1 and run = $2 and token = any($3::text[])`,
      ...[this.#pool, this.#run, arrayOf(jobs.map(({ token }) => token))],
    );
    const isQueued = new Map(rows.map(([token, isFree]) => [String(token), isFree === true || isFree === "t"]));
    // A job that is not there has ended, or was never inserted: its outcome is read before that is said.
    await this.read("all");
    return new Map(jobs.map(({ token }) => {
      const isFree = isQueued.get(token);
      const isOnItsWay = this.#jobs.has((job) => job.token === token);
      return [token, isFree === true || isOnItsWay ? "queued" : isFree === false ? "taken" : "unknown"];
    }));
  }

  async ping(): Promise<void> {
    await this.#server.run("select 1");
  }

  order(frame: Uint8Array): void {
    this.#orders.add(encode(frame));
  }

  forget(keys: readonly string[]): void {
    if (this.#isClosed) return; // what came at the last moment is deleted by its age
    this.#forgotten.push(...keys);
    this.#forgetTimer ??= setTimeout(() => this.#deleteForgotten(), FORGET_MS);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#deleteForgotten();
    const flushed = Promise.all(
      [this.#jobs, this.#orders, this.#discards, this.#deletions].map((each) => each.flushed()),
    );
    await within(CLOSE_MS, flushed);
    await this.#server.close();
  }

  /** Reads outcomes. One such read is under way at a time. */
  async read(which: "latest" | "all"): Promise<void> {
    if (this.#next !== "all") this.#next = which;
    while (this.#reading !== undefined) await this.#reading.catch(() => {});
    await (this.#reading = this.#readNext().finally(() => this.#reading = undefined));
  }

  /** Reads what is to be read, unless another caller has done so meanwhile. */
  async #readNext(): Promise<void> {
    const which = this.#next;
    this.#next = "nothing";
    if (which !== "nothing") await this.#read(which);
  }

  /** Reads all outcomes, however long that takes. */
  async readSurely(): Promise<void> {
    for (;;) {
      try {
        return await this.read("all");
      } catch (error) {
        if (this.#isClosed) return;
        if (!this.#server.isPassing(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS / 4));
      }
    }
  }

  /** The server is there again. */
  async reconnected(): Promise<void> {
    await this.readSurely();
    if (!this.#isClosed) this.#listener.reconnected();
  }

  get #pool(): string {
    return this.#server.setup.pool;
  }

  #poll(): void {
    this.#deletedBefore = this.#deleted;
    this.#deleted = new Set();
    this.read(++this.#polls % FULL_EVERY === 0 ? "all" : "latest").catch(() => {});
  }

  async #read(which: "latest" | "all"): Promise<void> {
    const from = which === "all" ? 0n : this.#lastSeq - BigInt(OVERLAP);
    const { outcomes } = this.#server.names;
    const rows = await this.#server.run(
      `select seq::text, encode(data, 'base64') from ${outcomes}
       where pool = $1 and run = $2 and seq > $3::bigint and seq <> all($4::bigint[]) order by seq`,
      ...[this.#pool, this.#run, String(from), `{${[...this.#seenSince(from)].join(",")}}`],
    );
    for (const [seq, data] of rows) this.#deliver(String(seq), data);
  }

  #deliver(key: string, data: unknown): void {
    if (this.#seen.has(key) || this.#deleted.has(key) || this.#deletedBefore.has(key)) return;
    this.#seen.add(key);
    if (BigInt(key) > this.#lastSeq) this.#lastSeq = BigInt(key);
    this.#listener.outcomes(key, decode(data));
  }

  *#seenSince(from: bigint): Iterable<string> {
    for (const key of this.#seen) if (BigInt(key) > from) yield key;
  }

  /** What cannot be deleted is deleted by its age. */
  async #deleteTaken(tokens: readonly string[]): Promise<void> {
    const text =
      `delete from ${this.#server.names.jobs} where pool = $1 and run = $2 and token = any($3::text[]) and worker is not null`;
    await this.#server.run(text, this.#pool, this.#run, arrayOf(tokens)).catch(() => {});
  }

  /** What the answer is lost to is not inserted again: a worker may have taken it, and ended it. It is located later. */
  async #insert(jobs: readonly Submission[]): Promise<void> {
    const { names, setup: { pool, redactor } } = this.#server;
    try {
      await this.#server.run(
        `with inserted as (
           insert into ${names.jobs} (pool, run, token, data)
           select $1, $2, token, decode(data, 'base64') from unnest($3::text[], $4::text[]) as job(token, data)
           on conflict do nothing returning 1
         ) select pg_notify($5, ''), ${UNFLUSHED} from (select 1 from inserted limit 1) as any_inserted`,
        ...[
          pool,
          this.#run,
          arrayOf(jobs.map(({ token }) => token)),
          listOf(jobs.map(({ frame }) => encode(frame))),
        ],
        names.queue,
      );
    } catch (error) {
      if (this.#server.isPassing(error)) return;
      for (const { token } of jobs) {
        this.#listener.refused(token, redactor.error(error, "Postgres does not take the job"));
      }
    }
  }

  async #notify(orders: readonly string[]): Promise<void> {
    await this.#server.notify(orders.map((payload) => [this.#server.names.orders, payload] as const));
  }

  #deleteForgotten(): void {
    clearTimeout(this.#forgetTimer);
    this.#forgetTimer = undefined;
    this.#deletions.add(...this.#forgotten);
    this.#forgotten = [];
  }

  async #delete(keys: readonly string[]): Promise<void> {
    const { outcomes } = this.#server.names;
    try {
      await this.#server.run(
        `with deleted as (
           delete from ${outcomes} where pool = $1 and run = $2 and seq = any($3::bigint[]) and ${PLANNED_AGAIN}
         ) select ${UNFLUSHED}`,
        ...[this.#pool, this.#run, `{${keys.join(",")}}`],
      );
      for (const key of keys) {
        this.#seen.delete(key);
        this.#deleted.add(key);
      }
    } catch {
      if (this.#isClosed) return; // they are deleted by their age
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      if (!this.#isClosed) this.forget(keys);
    }
  }
}

function channelsOf(setup: PostgresSetup, run: string) {
  const names = namesOf(setup);
  return { hello: names.hello, outcomes: names.outcomesOf(run), events: names.eventsOf(run) };
}
