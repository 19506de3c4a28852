/**
 * Which program may write to a checkpoint, and until when.
 *
 * @module
 */

import { describeValue } from "../../core/describe.ts";
import { formatMilliseconds } from "../../core/duration.ts";
import { CheckpointError } from "../../core/errors.ts";
import { runDetached } from "../../core/run_detached.ts";
import { globalSingleton } from "../../core/global_singleton.ts";
import type { SerialQueue } from "../serial_queue.ts";
import type { KvCommit, KvEntry, OpenDatabase } from "./database.ts";
import { describeKey, type SizedKey } from "./keys.ts";
import type { Mutation } from "./mutations.ts";
import { retryWhileLocked } from "./retry_locked.ts";
import { corruptionError, describePlace, type Place } from "./errors.ts";

/** What is stored in the database. Times are in milliseconds since the epoch, on the owner's clock. */
interface LeaseValue {
  readonly owner: string;
  readonly until: number;
  /** For people who look for the owner. */
  readonly pid?: number | undefined;
  readonly host?: string | undefined;
}

/** An entry that is written together with the lease, and must not be there yet. */
export interface Companion {
  readonly key: SizedKey;
  readonly value: object;
}

/** The owners in this thread, so that errors can tell whether the other one is in this program. */
const OWNERS = globalSingleton("kv-lease-owners", () => new Set<string>());

/** Between renewals of a long lease; a timer takes up to 2^31 - 1 ms. */
const MAX_SLEEP_MS = 3_600_000;
/** A commit whose answer was lost, although it took place, costs one try; so many in a row mean that something else is wrong. */
const MAX_TRIES = 20;

/** A lease that one owner at a time holds. Its methods are called one at a time. */
export class Lease {
  readonly #db: OpenDatabase;
  readonly #key: SizedKey;
  readonly #place: Place;
  readonly #owner: string;
  readonly #ms: number;
  readonly #queue: SerialQueue;
  readonly #host = hostName();
  #state: "free" | "held" | "lost" = "free";
  /** Of the entry as this owner wrote it last: as long as it is that, no other owner has taken the lease. */
  #versionstamp: string | null = null;
  #writtenAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loss = "";
  #confirming: Promise<void> | undefined;
  readonly #lost: (error: CheckpointError) => void;

  /**
   * @param owner Names the owner; the same one may take its own lease again.
   * @param ms How long a lease lasts.
   * @param queue Runs its renewals, so that they do not overlap with what else is done.
   * @param lost Called if a renewal finds out that the lease was lost.
   */
  constructor(
    db: OpenDatabase,
    key: SizedKey,
    place: Place,
    owner: string,
    ms: number,
    queue: SerialQueue,
    lost: (error: CheckpointError) => void = () => {},
  ) {
    this.#lost = lost;
    this.#db = db;
    this.#key = key;
    this.#place = place;
    this.#owner = owner;
    this.#ms = ms;
    this.#queue = queue;
  }

  /**
   * Takes the lease, if no other owner holds it; it is then renewed by itself until it is released.
   *
   * @returns `false` if another program changed something meanwhile, so that it is to be tried again.
   * @throws {CheckpointError} If another owner holds it.
   */
  async take(companion: Companion | undefined): Promise<boolean> {
    const { versionstamp, ...found } = await this.#read();
    const other = versionstamp === null ? undefined : toLeaseValue(this.#place, found);
    if (other !== undefined && other.owner !== this.#owner && other.until > Date.now()) throw this.#takenError(other);
    const now = Date.now();
    const result = await retryWhileLocked(() => {
      const atomic = this.#db.atomic();
      atomic.check({ key: this.#key.key, versionstamp });
      atomic.set(this.#key.key, this.#valueAt(now));
      if (companion !== undefined) {
        atomic.check({ key: companion.key.key, versionstamp: null });
        atomic.set(companion.key.key, companion.value);
      }
      return atomic.commit();
    });
    if (!result.ok) return false;
    this.#wrote(result.versionstamp, now);
    this.#state = "held";
    OWNERS.add(this.#owner);
    this.#arm();
    return true;
  }

  /**
   * Writes something, unless the lease was lost, and renews it when that is due.
   *
   * @throws {CheckpointError} If it was lost; nothing is written then.
   */
  async write(mutations: readonly Mutation[]): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      this.assertHeld();
      const now = Date.now();
      const isDue = now < this.#writtenAt || now - this.#writtenAt >= this.#ms / 4;
      if (mutations.length === 0 && !isDue) return;
      const result = await retryWhileLocked(() => this.#commit(mutations, isDue ? now : undefined));
      if (result.ok) {
        if (isDue) this.#wrote(result.versionstamp, now);
        return;
      }
      await this.verify();
    }
    throw this.#contentionError();
  }

  /**
   * Makes sure that the lease is still this owner's.
   *
   * @throws {CheckpointError} If it is not.
   */
  async verify(): Promise<void> {
    this.assertHeld();
    const { value, versionstamp } = await this.#read();
    if (versionstamp === this.#versionstamp) return;
    const found = versionstamp === null ? undefined : toLeaseValue(this.#place, { key: this.#key.key, value });
    if (found?.owner === this.#owner) {
      // The answer to something that this owner wrote was lost.
      this.#versionstamp = versionstamp;
      return;
    }
    this.#end("lost");
    this.#loss = found === undefined ? "it is gone" : `${describeOwner(found)} took it`;
    this.assertHeld();
  }

  /**
   * Makes sure that the lease is still this owner's, before something starts that is to happen once.
   *
   * @returns `undefined` if that is certain, as the lease was renewed; otherwise a promise that never rejects.
   */
  confirm(): Promise<void> | undefined {
    const age = Date.now() - this.#writtenAt;
    if (this.#state !== "held" || (age >= 0 && age < this.#ms)) return undefined;
    return this.#confirming ??= this.#renewNow().finally(() => this.#confirming = undefined);
  }

  /**
   * Makes sure that the lease was not given back, or found to be lost.
   *
   * @throws {CheckpointError} If it was.
   */
  assertHeld(): void {
    if (this.#state === "held") return;
    const what = `Cannot use ${describePlace(this.#place)}`;
    if (this.#state === "free") {
      throw new CheckpointError(`${what}, as the checkpointer was disposed meanwhile`, { reason: "unavailable" });
    }
    throw new CheckpointError(
      `${what}, as its lease was lost: ${this.#loss}. That happens when a program is busy or suspended for longer than its ` +
        `lease (${
          formatMilliseconds(this.#ms)
        }). What was saved before is there, nothing was written since; when the other ` +
        `runner is done, resume from it, or use another prefix`,
      { reason: "lost" },
    );
  }

  /** Releases the lease, so that others need not wait for its end. */
  async release(): Promise<void> {
    if (this.#state !== "held") return;
    this.#end("free");
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const result = await retryWhileLocked(() => {
        const atomic = this.#db.atomic();
        atomic.check({ key: this.#key.key, versionstamp: this.#versionstamp });
        atomic.delete(this.#key.key);
        return atomic.commit();
      });
      if (result.ok) return;
      const { value, versionstamp } = await this.#read();
      // The lease of another owner stays, and so does an entry that is not a lease.
      if ((Object(value) as Partial<LeaseValue>).owner !== this.#owner) return;
      this.#versionstamp = versionstamp;
    }
    throw this.#contentionError();
  }

  #commit(mutations: readonly Mutation[], renewedAt: number | undefined): Promise<KvCommit> {
    const atomic = this.#db.atomic();
    atomic.check({ key: this.#key.key, versionstamp: this.#versionstamp });
    for (const { key, value } of mutations) {
      if (value === undefined) atomic.delete(key);
      else atomic.set(key, value);
    }
    if (renewedAt !== undefined) atomic.set(this.#key.key, this.#valueAt(renewedAt));
    return atomic.commit();
  }

  #read(): Promise<KvEntry> {
    return retryWhileLocked(() => this.#db.get(this.#key.key));
  }

  #valueAt(now: number): LeaseValue {
    return { owner: this.#owner, until: now + this.#ms, pid: Deno.pid, host: this.#host };
  }

  #wrote(versionstamp: string, at: number): void {
    this.#versionstamp = versionstamp;
    this.#writtenAt = at;
  }

  #takenError(other: LeaseValue): CheckpointError {
    const left = formatMilliseconds(other.until - Date.now());
    const until = Number.isNaN(new Date(other.until).getTime()) ? "" : ` (${new Date(other.until).toISOString()})`;
    return new CheckpointError(
      `Cannot open ${describePlace(this.#place)}, as ${
        describeOwner(other)
      } has it; its lease ends in ${left}${until} ` +
        `unless that one renews it. If it was killed, start again then; if it still runs, end it, use another prefix, or let ` +
        `this one wait: TaskRunner.resume(…, { standby: true }). If the lease will not end, as its clock was wrong, ` +
        `delete the key ${describeKey(this.#key.key)}`,
      { reason: "in use" },
    );
  }

  #contentionError(): CheckpointError {
    return new CheckpointError(`Cannot use ${describePlace(this.#place)}: something changes its lease all the time`, {
      reason: "unavailable",
    });
  }

  #end(state: "free" | "lost"): void {
    this.#state = state;
    OWNERS.delete(this.#owner);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Does not keep the program alive. */
  #arm(): void {
    clearTimeout(this.#timer);
    const delay = Math.min(this.#ms / 3, MAX_SLEEP_MS);
    this.#timer = runDetached(() => setTimeout(() => void this.#renew(), delay));
    // Timers are objects since Deno 2.9, and numbers before. Not every host of Deno KV has this function.
    Deno.unrefTimer?.(this.#timer as unknown as number);
  }

  async #renew(): Promise<void> {
    await this.#renewNow();
    if (this.#state === "held") this.#arm();
  }

  async #renewNow(): Promise<void> {
    try {
      await this.#queue.run(async () => {
        if (this.#state === "held") await this.write([]);
      });
    } catch (error) {
      // No caller waits for this. A failure other than the loss happens again, or was harmless.
      if (this.#state === "lost" && error instanceof CheckpointError) this.#lost(error);
    }
  }
}

function toLeaseValue(place: Place, { key, value }: Pick<KvEntry, "key" | "value">): LeaseValue {
  const found = Object(value) as Partial<LeaseValue>;
  if (typeof found.owner === "string" && Number.isFinite(found.until)) return found as LeaseValue;
  throw corruptionError(place, key, "its value is not a lease");
}

function describeOwner({ owner, pid, host }: LeaseValue): string {
  if (OWNERS.has(owner)) return "another KvCheckpointer of this program";
  const process = typeof pid === "number" ? `process ${pid}` : "another program";
  return typeof host === "string" ? `${process} on ${describeValue(host)}` : process;
}

/** The name of this machine, if this program may know it without asking the user. */
function hostName(): string | undefined {
  const permission = Deno.permissions?.querySync?.({ name: "sys", kind: "hostname" });
  return permission?.state === "granted" ? Deno.hostname() : undefined;
}
