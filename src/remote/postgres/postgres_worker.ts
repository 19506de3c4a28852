/**
 * The end of a Postgres server that a worker has.
 *
 * @module
 */

import type { WorkerLink, WorkerListener } from "../engine.ts";
import { within } from "../../core/pause.ts";
import { arrayOf } from "../../stores/postgres/place.ts";
import { Batcher } from "./batcher.ts";
import { PostgresBlobs } from "./blobs.ts";
import { MAX_FRAME } from "./postgres_runner.ts";
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
} from "./server.ts";

/** Notifications may be lost with a connection. */
const POLL_MS = 1_000;

/** A notification on its way. */
interface Message {
  readonly kind: "message";
  readonly channel: string;
  readonly payload: string;
}

/** A batch of outcomes on its way. */
interface Report {
  readonly kind: "report";
  readonly run: string;
  readonly tokens: readonly string[];
  readonly frame: Uint8Array;
  readonly kept: () => void;
}

/** Takes jobs, and inserts outcomes. */
export class PostgresWorker implements WorkerLink {
  readonly maxFrame = MAX_FRAME;
  readonly maxMessage = MAX_MESSAGE;
  readonly blobs: PostgresBlobs;
  readonly #server: PostgresServer;
  /** Names this worker in rows: no other one ever has that name. */
  readonly #id: string;
  readonly #listener: WorkerListener;
  /** In one line, as what is said of an attempt must not come after its outcome. */
  readonly #outgoing = new Batcher<Message | Report>((items) => this.#send(items), 100);
  /** Jobs that were taken, and whose outcomes are not kept. */
  readonly #taken = new Set<string>();
  #wanted = 0;
  #taking: Promise<void> | undefined;
  /** Whether there may be jobs in the queue. */
  #mayHaveJobs = true;
  /** Whether jobs may have been taken for this worker of which it does not know, as an answer was lost. */
  #mayHaveLost = false;
  readonly #timer: ReturnType<typeof setInterval>;
  #isClosed = false;

  private constructor(server: PostgresServer, worker: string, listener: WorkerListener) {
    this.#server = server;
    this.#id = `${worker} ${crypto.randomUUID()}`;
    this.#listener = listener;
    this.blobs = new PostgresBlobs(server);
    this.#timer = setInterval(() => this.lookForJobs(), POLL_MS);
  }

  /** Connects. */
  static async open(
    setup: PostgresSetup,
    worker: string,
    listener: WorkerListener,
    signal: AbortSignal,
  ): Promise<PostgresWorker> {
    let link: PostgresWorker | undefined;
    const { queue, orders } = namesOf(setup);
    const server = await PostgresServer.open(setup, [queue, orders], {
      heard: (channel, payload) => {
        if (channel === orders) listener.orders(decode(payload));
        else link?.lookForJobs();
      },
      disconnected: () => listener.disconnected(),
      reconnected: () => {
        link?.lookForJobs();
        listener.reconnected();
      },
    }, signal);
    return link = new PostgresWorker(server, worker, listener);
  }

  want(count: number): void {
    this.#wanted = count;
    void this.#take();
  }

  async stop(): Promise<void> {
    this.#wanted = 0;
    await within(CLOSE_MS, this.#taking ?? Promise.resolve());
    if (this.#mayHaveLost) await within(CLOSE_MS, this.#take());
  }

  report(run: string, tokens: readonly string[], frame: Uint8Array, kept: () => void): void {
    this.#outgoing.add({ kind: "report", run, tokens, frame, kept });
  }

  tell(run: string, frame: Uint8Array): void {
    this.#notify(this.#server.names.eventsOf(run), frame);
  }

  hello(frame: Uint8Array): void {
    this.#notify(this.#server.names.hello, frame);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await within(CLOSE_MS, this.#outgoing.flushed());
    await this.#server.close();
  }

  /** There may be jobs. */
  lookForJobs(): void {
    this.#mayHaveJobs = true;
    void this.#take();
  }

  /** Takes as many jobs as are wanted. */
  #take(): Promise<void> {
    return this.#taking ??= this.#takeAll().finally(() => this.#taking = undefined);
  }

  async #takeAll(): Promise<void> {
    try {
      if (this.#mayHaveLost) await this.#adopt();
      while (this.#wanted > 0 && this.#mayHaveJobs && !this.#isClosed) await this.#takeSome(this.#wanted);
    } catch {
      this.#mayHaveLost = true; // it is tried again in a second
    }
  }

  async #takeSome(count: number): Promise<void> {
    const { names: { jobs }, setup: { pool } } = this.#server;
    this.#mayHaveJobs = false; // what is told from here on counts
    const rows = await this.#server.run(
      `update ${jobs} set worker = $3 where ctid = any(array(
         select ctid from ${jobs} where pool = $1 and worker is null order by seq limit $2 for update skip locked
       )) and ${PLANNED_AGAIN}
       returning seq::text, run, token, encode(data, 'base64')`,
      ...[pool, count, this.#id],
    );
    if (rows.length === count) this.#mayHaveJobs = true;
    this.#handOver(rows);
  }

  /** Jobs that were taken for this worker when the answer was lost: it has not begun them, and does now. */
  async #adopt(): Promise<void> {
    const { names: { jobs }, setup: { pool } } = this.#server;
    const known = new Set(this.#taken); // an outcome of one of them may be kept before the answer is there
    const rows = await this.#server.run(
      `select seq::text, run, token, encode(data, 'base64') from ${jobs} where pool = $1 and worker = $2`,
      ...[pool, this.#id],
    );
    this.#mayHaveLost = false;
    this.#handOver(rows.filter(([, run, token]) => !known.has(`${run} ${token}`)));
  }

  #handOver(rows: readonly (readonly unknown[])[]): void {
    for (const [, run, token, data] of [...rows].sort((a, b) => Number(a[0]) - Number(b[0]))) {
      this.#taken.add(`${run} ${token}`);
      this.#wanted--;
      this.#listener.job(decode(data));
    }
  }

  #notify(channel: string, frame: Uint8Array): void {
    this.#outgoing.add({ kind: "message", channel, payload: encode(frame) });
  }

  async #send(items: readonly (Message | Report)[]): Promise<void> {
    const reports = items.filter((each) => each.kind === "report");
    const messages = items.filter((each) => each.kind === "message");
    if (reports.length > 0) await this.#insert(reports, messages);
    else await this.#server.notify(messages.map(({ channel, payload }) => [channel, payload]));
  }

  /**
   * Outcomes come, and jobs go, in one statement. It may be repeated: of two outcomes, the first one counts. Small ones are in
   * the notification as well, which spares the runner a statement.
   *
   * Each row is looked up by itself, and not by a join: of a table that was empty when it was analyzed, the server expects one
   * row, and then compares each of its rows with each that has ended.
   *
   * @param messages What was said before.
   */
  async #insert(reports: readonly Report[], messages: readonly Message[]): Promise<void> {
    const { names, setup: { pool } } = this.#server;
    const runs = [...new Set(reports.map(({ run }) => run))];
    const jobs = reports.flatMap(({ run, tokens }) => tokens.map((token) => [run, token] as const));
    try {
      await this.#server.repeat(
        `with ended as (
           delete from ${names.jobs} where worker = $7 and ctid = any(array(
             select job.ctid from unnest($2::text[], $3::text[]) as ended(run, token) cross join lateral (
               select ctid from ${names.jobs} as job where pool = $1 and run = ended.run and token = ended.token limit 1
             ) as job
           )) and ${PLANNED_AGAIN}
         ), outcome as (
           insert into ${names.outcomes} (pool, run, data)
           select $1, run, decode(data, 'base64') from unnest($4::text[], $5::text[]) as report(run, data)
           returning run, seq, data
         ) select pg_notify(channel, payload) from unnest($9::text[], $10::text[]) as message(channel, payload)
         union all select pg_notify(channel, case when length(data) <= ${MAX_MESSAGE} then seq || ' ' || encode(data, 'base64') else '' end)
           from outcome join unnest($6::text[], $8::text[]) as told(run, channel) using (run)`,
        ...[pool, arrayOf(jobs.map(([run]) => run)), arrayOf(jobs.map(([, token]) => token))],
        ...[arrayOf(reports.map(({ run }) => run)), listOf(reports.map(({ frame }) => encode(frame)))],
        ...[arrayOf(runs), this.#id, listOf(runs.map((run) => names.outcomesOf(run)))],
        ...[listOf(messages.map(({ channel }) => channel)), listOf(messages.map(({ payload }) => payload))],
      );
      for (const [run, token] of jobs) this.#taken.delete(`${run} ${token}`);
    } catch (error) { // the rows of the jobs stay
      if (!this.#isClosed) console.warn(this.#server.setup.redactor.error(error, "Postgres does not keep outcomes"));
    }
    for (const { kept } of reports) kept();
  }
}
