/**
 * Who may write to a checkpoint, and until when.
 *
 * @module
 */

import { describeValue } from "../../core/describe.ts";
import { formatMilliseconds } from "../../core/duration.ts";
import { CheckpointError } from "../../core/errors.ts";
import { runDetached } from "../../core/run_detached.ts";
import { globalSingleton } from "../../core/global_singleton.ts";
import type { Turns } from "../turns.ts";
import type { KvCommit, KvDatabase, KvEntry } from "./database.ts";
import { describeKey, type SizedKey } from "./keys.ts";
import type { Mutation } from "./mutations.ts";
import { patiently } from "./patience.ts";
import { damaged, describePlace, type Place } from "./trouble.ts";

/** What stands in the database. Times are milliseconds since the epoch, on the owner's clock. */
interface LeaseValue {
  readonly owner: string;
  readonly until: number;
  /** For people. */
  readonly pid?: number | undefined;
  readonly host?: string | undefined;
}

/** What is written together with a lease, for which a key must not be there. */
export interface Companion {
  readonly key: SizedKey;
  readonly value: object;
}

/** The owners in this thread, to tell in errors whether the other one is near. */
const OWNERS = globalSingleton("kv-lease-owners", () => new Set<string>());

/** A timer takes up to 2^31 - 1 ms. */
const LONGEST_SLEEP_MS = 3_600_000;
/** Each time that an answer was lost, and what it was about done, costs one. */
const MOST_TRIES = 20;

/** A lease that one owner at a time has. Its methods are called one at a time. */
export class Lease {
  readonly #db: KvDatabase;
  readonly #key: SizedKey;
  readonly #place: Place;
  readonly #owner: string;
  readonly #ms: number;
  readonly #turns: Turns;
  readonly #host = hostName();
  #state: "free" | "held" | "lost" = "free";
  /** Of what this owner wrote last: as long as it stands there, nobody else took the lease. */
  #versionstamp: string | null = null;
  #writtenAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loss = "";

  /**
   * @param owner Names the owner; the same one may take its own lease again.
   * @param ms How long a lease lasts.
   * @param turns When it may be renewed.
   */
  constructor(db: KvDatabase, key: SizedKey, place: Place, owner: string, ms: number, turns: Turns) {
    this.#db = db;
    this.#key = key;
    this.#place = place;
    this.#owner = owner;
    this.#ms = ms;
    this.#turns = turns;
  }

  /**
   * Takes the lease, if nobody else has it; it is then renewed by itself until it is released.
   *
   * @returns `false` if others changed something meanwhile, and it is to be tried again.
   * @throws {CheckpointError} If somebody else has it.
   */
  async take(companion: Companion | undefined): Promise<boolean> {
    const { versionstamp, ...found } = await this.#read();
    const other = versionstamp === null ? undefined : toLeaseValue(this.#place, found);
    if (other !== undefined && other.owner !== this.#owner && other.until > Date.now()) throw this.#isTaken(other);
    const now = Date.now();
    const result = await patiently(() => {
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
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      this.assertHeld();
      const now = Date.now();
      const isDue = now < this.#writtenAt || now - this.#writtenAt >= this.#ms / 4;
      if (mutations.length === 0 && !isDue) return;
      const result = await patiently(() => this.#commit(mutations, isDue ? now : undefined));
      if (result.ok) {
        if (isDue) this.#wrote(result.versionstamp, now);
        return;
      }
      await this.verify();
    }
    throw this.#isContended();
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
   * Makes sure that the lease was not given back, or found to be lost.
   *
   * @throws {CheckpointError} If it was.
   */
  assertHeld(): void {
    if (this.#state === "held") return;
    const what = `Cannot use ${describePlace(this.#place)}`;
    if (this.#state === "free") throw new CheckpointError(`${what}, as the checkpointer was disposed meanwhile`);
    throw new CheckpointError(
      `${what}, as its lease was lost: ${this.#loss}. That happens when a program is busy or suspended for longer than its ` +
        `lease (${
          formatMilliseconds(this.#ms)
        }). What was saved before is there, nothing was written since; when the other ` +
        `runner is done, resume from it, or use another prefix`,
    );
  }

  /** Lets go of the lease, so that others need not wait for its end. */
  async release(): Promise<void> {
    if (this.#state !== "held") return;
    this.#end("free");
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const result = await patiently(() => {
        const atomic = this.#db.atomic();
        atomic.check({ key: this.#key.key, versionstamp: this.#versionstamp });
        atomic.delete(this.#key.key);
        return atomic.commit();
      });
      if (result.ok) return;
      const { value, versionstamp } = await this.#read();
      // Somebody else's lease stays, and so does what nobody can read.
      if ((Object(value) as Partial<LeaseValue>).owner !== this.#owner) return;
      this.#versionstamp = versionstamp;
    }
    throw this.#isContended();
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
    return patiently(() => this.#db.get(this.#key.key));
  }

  #valueAt(now: number): LeaseValue {
    return { owner: this.#owner, until: now + this.#ms, pid: Deno.pid, host: this.#host };
  }

  #wrote(versionstamp: string, at: number): void {
    this.#versionstamp = versionstamp;
    this.#writtenAt = at;
  }

  #isTaken(other: LeaseValue): CheckpointError {
    const left = formatMilliseconds(other.until - Date.now());
    const until = Number.isNaN(new Date(other.until).getTime()) ? "" : ` (${new Date(other.until).toISOString()})`;
    return new CheckpointError(
      `Cannot open ${describePlace(this.#place)}, as ${
        describeOwner(other)
      } has it; its lease ends in ${left}${until} ` +
        `unless that one renews it. If it was killed, start again then; if it still runs, end it, or use another prefix. If ` +
        `the lease will not end, as its clock was wrong, ` +
        `delete the key ${describeKey(this.#key.key)}`,
    );
  }

  #isContended(): CheckpointError {
    return new CheckpointError(`Cannot use ${describePlace(this.#place)}: something changes its lease all the time`);
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
    const delay = Math.min(this.#ms / 3, LONGEST_SLEEP_MS);
    this.#timer = runDetached(() => setTimeout(() => void this.#renew(), delay));
    // Deno 2.9 takes its timers only as they are; earlier ones were numbers. Not every host of Deno KV has a say in them.
    Deno.unrefTimer?.(this.#timer as unknown as number);
  }

  async #renew(): Promise<void> {
    try {
      await this.#turns.take(async () => {
        if (this.#state === "held") await this.write([]);
      });
    } catch {
      // Nobody waits for this. A lost lease is told to whoever uses it next; other troubles come again, or were none.
    }
    if (this.#state === "held") this.#arm();
  }
}

function toLeaseValue(place: Place, { key, value }: Pick<KvEntry, "key" | "value">): LeaseValue {
  const found = Object(value) as Partial<LeaseValue>;
  if (typeof found.owner === "string" && Number.isFinite(found.until)) return found as LeaseValue;
  throw damaged(place, key, "its value is no lease");
}

function describeOwner({ owner, pid, host }: LeaseValue): string {
  if (OWNERS.has(owner)) return "another KvCheckpointer of this program";
  const process = typeof pid === "number" ? `process ${pid}` : "another program";
  return typeof host === "string" ? `${process} on ${describeValue(host)}` : process;
}

/** The name of this machine, if this program may know it; it is not to ask the user. */
function hostName(): string | undefined {
  const permission = Deno.permissions?.querySync?.({ name: "sys", kind: "hostname" });
  return permission?.state === "granted" ? Deno.hostname() : undefined;
}
