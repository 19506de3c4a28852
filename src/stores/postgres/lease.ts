/**
 * Which program may write to a checkpoint, and until when, by the clock of the database.
 *
 * Each owner has an epoch, another one after a write that failed, and each of its writes a turn. A write happens only if the lease has that epoch and that turn, which
 * it counts up in the same statement: who has lost the lease writes nothing, and a write whose answer was lost can be tried
 * again, as it happens once.
 *
 * @module
 */

import { describeValue } from "../../core/describe.ts";
import { formatMilliseconds } from "../../core/duration.ts";
import { CheckpointError } from "../../core/errors.ts";
import { globalSingleton } from "../../core/global_singleton.ts";
import { runDetached } from "../../core/run_detached.ts";
import { type CodecId, describeCodec, openingAdvice } from "../record_codec.ts";
import type { Parameter } from "./connection.ts";
import type { Database } from "./database.ts";
import { describePlace, keyOf, tableOf } from "./place.ts";

/** The owners in this thread, so that errors can tell whether the other one is in this program. */
const OWNERS = globalSingleton("postgres-lease-owners", () => new Set<string>());

/** Between renewals of a long lease; a timer takes up to 2^31 - 1 ms. */
const MAX_SLEEP_MS = 3_600_000;

/** The row of a lease. */
interface LeaseRow {
  readonly codec: CodecId;
  readonly owner: string;
  readonly epoch: string;
  readonly turn: number;
  /** Milliseconds until it ends. */
  readonly left: number;
  readonly process: string | undefined;
}

/**
 * - `held`: this owner may write.
 * - `lost`: another owner has taken it, or may have.
 * - `free`: it was given back.
 */
type LeaseState = "held" | "lost" | "free";

/** A lease that one owner at a time holds. Its writes are made one at a time. */
export class Lease {
  readonly #db: Database;
  readonly #ms: number;
  readonly #owner: string;
  readonly #lost: (error: CheckpointError) => void;
  readonly #table: string;
  readonly #key: string;
  #state: LeaseState = "held";
  #epoch = "";
  #turn = 0;
  /** Whether the last write failed, and may still take place. */
  #isUncertain = false;
  #loss: CheckpointError | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the lease was renewed last, for certain. */
  #renewedAt = performance.now();
  /** The same on the clock of the machine, in milliseconds since the epoch. */
  #renewedAtWall = Date.now();
  #confirming: Promise<void> | undefined;

  private constructor(db: Database, ms: number, lost: (error: CheckpointError) => void) {
    this.#db = db;
    this.#ms = ms;
    this.#lost = lost;
    this.#owner = crypto.randomUUID();
    this.#table = tableOf(db.place.schema, "lease");
    this.#key = keyOf(db.place.prefix);
  }

  /**
   * Takes the lease, if no other owner holds it; it is then renewed by itself until it is released.
   *
   * @param lost Called once the lease is lost while nothing is written; a write that finds it out rejects.
   * @throws {CheckpointError} If another owner holds it, or the checkpoint was written with another codec.
   */
  static async take(db: Database, codec: CodecId, ms: number, lost: (error: CheckpointError) => void): Promise<Lease> {
    const lease = new Lease(db, ms, lost);
    for (;;) {
      const sentAt = performance.now();
      const [row] = await db.run("open", lease.#takingText, lease.#takingParameters(codec));
      if (row !== undefined) {
        lease.#epoch = String(row[0]);
        lease.#renewed(sentAt);
        OWNERS.add(lease.#owner);
        lease.#arm();
        return lease;
      }
      const found = await lease.#read();
      if (found === undefined) continue; // it was removed meanwhile
      if (found.codec.name !== codec.name || found.codec.wrapper !== codec.wrapper) {
        throw lease.#codecError(found, codec);
      }
      if (found.left > 0) throw lease.#takenError(found);
    }
  }

  /**
   * What a statement begins with that writes: the parameters from `$1` to `$4` are {@linkcode Lease.parameters}, and `held` has
   * a row if the lease is held.
   */
  get clause(): string {
    return `with held as (update ${this.#table} set turn = turn + 1, until = clock_timestamp() + $4::float8 * interval '1 ms' ` +
      `where prefix = $1 and epoch = $2::text::bigint and turn = $3::text::bigint returning 1)`;
  }

  /** The parameters of {@linkcode Lease.clause}. */
  get parameters(): Parameter[] {
    return [this.#key, this.#epoch, `${this.#turn}`, this.#ms];
  }

  /**
   * Writes something, once.
   *
   * @param text A statement that begins with {@linkcode Lease.clause} and yields a row if `held` has one.
   * @param parameters Those from `$5` on.
   * @throws {CheckpointError} If the lease was lost, and nothing was written, or the server cannot be reached.
   */
  async write(text: string, parameters: Parameter[]): Promise<void> {
    this.assertHeld();
    if (this.#isUncertain) await this.#beginEpoch();
    const sentAt = performance.now();
    this.#isUncertain = true;
    const rows = await this.#db.run("write to", text, [...this.parameters, ...parameters]);
    this.#isUncertain = false;
    if (rows.length === 0) {
      const found = await this.#read();
      // One try took place whose answer was lost.
      const isDone = found !== undefined && found.epoch === this.#epoch && found.turn === this.#turn + 1;
      if (!isDone) {
        this.#lose(found);
        this.assertHeld();
      }
    }
    this.#turn++;
    this.#renewed(sentAt);
  }

  /**
   * Makes sure that the lease is still this owner's, before something starts that is to happen once.
   *
   * @returns `undefined` if that is certain, as the lease was renewed; otherwise a promise that never rejects.
   */
  confirm(): Promise<void> | undefined {
    if (this.#state !== "held" || !this.#isInDoubt) return undefined;
    return this.#confirming ??= this.verify().catch((error) => {
      if (this.#state === "held") this.#end("lost");
      this.#loss ??= error;
      this.#lost(this.#loss!);
    }).finally(() => this.#confirming = undefined);
  }

  /** Whether the lease may have ended: this program may have been suspended. Not each clock counts while a machine sleeps. */
  get #isInDoubt(): boolean {
    const monotonic = performance.now() - this.#renewedAt;
    const wall = Date.now() - this.#renewedAtWall;
    return monotonic >= this.#ms || wall >= this.#ms;
  }

  /**
   * Makes sure that the lease is still this owner's.
   *
   * @throws {CheckpointError} If it is not.
   */
  async verify(): Promise<void> {
    this.assertHeld();
    const sentAt = performance.now();
    const rows = await this.#db.run("use", this.#renewalText, this.#renewalParameters);
    if (rows.length > 0) return this.#renewed(sentAt);
    this.#lose(await this.#read());
    this.assertHeld();
  }

  /**
   * Makes sure that the lease was not given back, or found to be lost.
   *
   * @throws {CheckpointError} If it was.
   */
  assertHeld(): void {
    if (this.#state === "held") return;
    if (this.#loss !== undefined) throw this.#loss;
    throw new CheckpointError(
      `Cannot use ${describePlace(this.#db.place)}, as the checkpointer was disposed meanwhile`,
      {
        reason: "unavailable",
      },
    );
  }

  /** Releases the lease, so that others need not wait for its end. */
  async release(): Promise<void> {
    if (this.#state !== "held") return;
    this.#end("free");
    await this.#db.run(
      "release the lease of",
      `update ${this.#table} set until = clock_timestamp(), owner = '' where prefix = $1 and owner = $2`,
      [this.#key, this.#owner],
    );
  }

  /** By the owner, as the epoch may change meanwhile. */
  get #renewalText(): string {
    return `update ${this.#table} set until = clock_timestamp() + $3::float8 * interval '1 ms' ` +
      "where prefix = $1 and owner = $2 returning 1";
  }

  get #renewalParameters(): Parameter[] {
    return [this.#key, this.#owner, this.#ms];
  }

  /** Begins another epoch of this owner, so that a write which failed, and is still under way, no longer takes place. */
  async #beginEpoch(): Promise<void> {
    const text =
      `update ${this.#table} set epoch = epoch + 1, turn = 0 where prefix = $1 and owner = $2 returning epoch::text`;
    const [row] = await this.#db.run("use", text, [this.#key, this.#owner]);
    if (row === undefined) {
      this.#lose(await this.#read());
      this.assertHeld();
    }
    this.#epoch = String(row![0]);
    this.#turn = 0;
    this.#isUncertain = false;
  }

  /** @param sentAt When the statement was sent that has renewed it. */
  #renewed(sentAt: number): void {
    if (sentAt < this.#renewedAt) return;
    this.#renewedAt = sentAt;
    this.#renewedAtWall = Date.now() - (performance.now() - sentAt);
  }

  get #takingText(): string {
    return `insert into ${this.#table} as lease (prefix, codec, wrapper, owner, epoch, turn, until, process)
      values ($1, $2, $3, $4, 1, 0, clock_timestamp() + $5::float8 * interval '1 ms', $6)
      on conflict (prefix) do update set
        owner = excluded.owner,
        epoch = case when lease.owner = excluded.owner then lease.epoch else lease.epoch + 1 end,
        turn = case when lease.owner = excluded.owner then lease.turn else 0 end,
        until = excluded.until,
        process = excluded.process
      where (lease.until <= clock_timestamp() or lease.owner = excluded.owner)
        and lease.codec = excluded.codec and lease.wrapper is not distinct from excluded.wrapper
      returning epoch::text`;
  }

  #takingParameters({ name, wrapper }: CodecId): Parameter[] {
    return [this.#key, name, wrapper ?? null, this.#owner, this.#ms, processName()];
  }

  async #read(): Promise<LeaseRow | undefined> {
    const [row] = await this.#db.run(
      "open",
      `select codec, wrapper, owner, epoch::text, turn::text, process,
        (extract(epoch from until - clock_timestamp()) * 1000)::float8::text from ${this.#table} where prefix = $1`,
      [this.#key],
    );
    if (row === undefined) return undefined;
    const [name, wrapper, owner, epoch, turn, process, left] = row.map((each) =>
      each === null ? undefined : String(each)
    );
    return {
      codec: { name: name as CodecId["name"], wrapper },
      owner: owner!,
      epoch: epoch!,
      turn: Number(turn),
      left: Number(left),
      process,
    };
  }

  #lose(found: LeaseRow | undefined): void {
    const how = found === undefined ? "its row is gone" : `${describeOwner(found)} took it`;
    this.#end("lost");
    this.#loss = new CheckpointError(
      `Cannot use ${
        describePlace(this.#db.place)
      }, as its lease was lost: ${how}. That happens when a program is busy, ` +
        `suspended or cut off from the database for longer than its lease (${
          formatMilliseconds(this.#ms)
        }). What was saved ` +
        "before is there, nothing was written since; when the other runner is done, resume from it, or use another prefix",
      { reason: "lost" },
    );
  }

  #takenError(other: LeaseRow): CheckpointError {
    return new CheckpointError(
      `Cannot open ${describePlace(this.#db.place)}, as ${describeOwner(other)} has it; its lease ends in ` +
        `${
          formatMilliseconds(other.left)
        } unless that one renews it. If it was killed, start again then; if it still runs, end ` +
        "it, or use another prefix; or let this one wait: TaskRunner.resume(…, { standby: true })",
      { reason: "in use" },
    );
  }

  #codecError(found: LeaseRow, codec: CodecId): CheckpointError {
    return new CheckpointError(
      `Cannot open ${describePlace(this.#db.place)}, as it was written with ${
        describeCodec(found.codec)
      } and cannot be read ` +
        `with ${describeCodec(codec)}; ${
          openingAdvice(found.codec, "new PostgresCheckpointer(*)")
        }, or use another prefix`,
      { reason: "incompatible" },
    );
  }

  #end(state: LeaseState): void {
    this.#state = state;
    OWNERS.delete(this.#owner);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Does not keep the program alive. */
  #arm(): void {
    const delay = Math.min(this.#ms / 3, MAX_SLEEP_MS);
    this.#timer = runDetached(() => setTimeout(() => void this.#renew(), delay));
    // Timers are objects since Deno 2.9, and numbers before. Deno Deploy may not have this function.
    Deno.unrefTimer?.(this.#timer as unknown as number);
  }

  /** Renews the lease beside whatever is being written: a large save may take longer than the lease. */
  async #renew(): Promise<void> {
    const sentAt = performance.now();
    try {
      const rows = await this.#db.once(this.#renewalText, this.#renewalParameters);
      if (this.#state !== "held") return;
      if (rows.length > 0) this.#renewed(sentAt);
      else this.#lose(await this.#read());
    } catch (cause) {
      // A server that is away for a moment is none of the business of bodies.
      if (this.#state === "held" && performance.now() - this.#renewedAt > Math.max(this.#db.patience, this.#ms)) {
        this.#end("lost");
        this.#loss = this.#unreachableError(cause);
      }
    }
    if (this.#state === "held") this.#arm();
    else if (this.#loss !== undefined) this.#lost(this.#loss);
  }

  #unreachableError(cause: unknown): CheckpointError {
    const away = formatMilliseconds(performance.now() - this.#renewedAt);
    return new CheckpointError(
      `Cannot use ${
        describePlace(this.#db.place)
      }, as the server did not answer for ${away}: another program may have taken ` +
        "it over. What was saved before is there; resume from it when the server is back",
      { cause, reason: "unavailable" },
    );
  }
}

function describeOwner({ owner, process }: LeaseRow): string {
  if (OWNERS.has(owner)) return "another PostgresCheckpointer of this program";
  return process ?? "another program";
}

/** This program, for people who look for it; its machine, if it may know that without asking the user. */
function processName(): string {
  const permission = Deno.permissions?.querySync?.({ name: "sys", kind: "hostname" });
  return permission?.state === "granted"
    ? `process ${Deno.pid} on ${describeValue(Deno.hostname())}`
    : `process ${Deno.pid}`;
}
