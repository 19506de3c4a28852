/**
 * Finds attempts of which nothing is heard: which of them are lost, and which the engine has lost.
 *
 * @module
 */

import type { RunnerLink } from "../engine.ts";
import type { Entry } from "./entry.ts";
import type { Fleet } from "./fleet.ts";

/** How often it is looked in a lease. */
export const LOOKS = 10;

/** The pool, which alone decides about attempts. */
export interface SilenceOwner {
  readonly entries: ReadonlyMap<string, Entry>;
  /** The worker that has it is silent. */
  lose(entry: Entry): void;
  /** The engine has lost it before a worker had it. */
  submit(entry: Entry): void;
  /** It was cancelled, or is out of time, and no worker has it. */
  endAborted(entry: Entry): void;
  /** Asks all workers to say what they have. */
  callRoll(): void;
  /** Workers that have been silent since a time are lost. */
  forgetSilent(since: number): void;
}

/** Counts silence that was heard: not while this program, the connection or the engine stood still. */
export class SilenceWatch {
  readonly #leaseMs: number;
  readonly #fleet: Fleet;
  readonly #owner: SilenceOwner;
  #link: RunnerLink | undefined;
  isConnected = false;
  /** No silence counts that was before this, in milliseconds of `performance.now()`. */
  #since = 0;
  #lastLook = 0;
  #isLocating = false;
  /** Since when an answer of the engine is awaited, in milliseconds of `performance.now()`. */
  #pingedAt: number | undefined;

  constructor(leaseMs: number, fleet: Fleet, owner: SilenceOwner) {
    this.#leaseMs = leaseMs;
    this.#fleet = fleet;
    this.#owner = owner;
  }

  /** Begins. From then on, {@linkcode SilenceWatch.look} is to be called {@linkcode LOOKS} times in a lease. */
  start(link: RunnerLink): void {
    this.#link = link;
    this.isConnected = true;
    this.#since = this.#lastLook = performance.now();
  }

  connected(): void {
    this.isConnected = true;
    this.#since = performance.now();
  }

  disconnected(): void {
    this.isConnected = false;
  }

  /** Whether all workers that are alive have said what they have since it was begun to listen. */
  get hasHeardAll(): boolean {
    return this.isConnected && performance.now() - this.#since > this.#leaseMs;
  }

  async look(): Promise<void> {
    const link = this.#link;
    const leaseMs = this.#leaseMs;
    const now = performance.now();
    // If this program stood still, what workers have said meanwhile is still to be read.
    if (now - this.#lastLook > leaseMs / 2) this.#since = now;
    this.#lastLook = now;
    if (link === undefined || !this.isConnected) return;
    this.#ping(now, link);
    if (this.#pingedAt !== undefined && now - this.#pingedAt > leaseMs / 4) return; // the engine itself stands still
    if (now - this.#since > leaseMs) this.#owner.forgetSilent(now - leaseMs);
    const silent = [...this.#owner.entries.values()].filter((entry) =>
      (entry.state === "begun" && this.#silenceOf(entry) > leaseMs) ||
      (entry.state === "submitted" && this.#silenceOf(entry) > leaseMs / 3)
    );
    if (silent.length > 0) await this.#locate(silent, link);
  }

  /** For how long nothing was heard of an attempt, as far as it could be heard, in milliseconds. */
  #silenceOf({ heardAt }: Entry): number {
    return performance.now() - Math.max(heardAt, this.#since);
  }

  /** What workers have said is not heard while the engine stands still. */
  #ping(now: number, link: RunnerLink): void {
    if (this.#pingedAt !== undefined) return;
    this.#pingedAt = now;
    link.ping().then(() => {
      const answeredAt = performance.now();
      if (answeredAt - now > this.#leaseMs / 4) this.#since = answeredAt;
      this.#pingedAt = undefined;
    }, () => this.#pingedAt = undefined);
  }

  async #locate(entries: readonly Entry[], link: RunnerLink): Promise<void> {
    if (this.#isLocating) return;
    this.#isLocating = true;
    try {
      const places = await link.locate(entries);
      for (const entry of entries) {
        if (!this.isConnected) return;
        // Its worker is not silent if its outcome is there: that is known only now.
        if (entry.state === "begun" && this.#silenceOf(entry) > this.#leaseMs) {
          link.discard(entry.token);
          this.#owner.lose(entry);
        }
        if (entry.state !== "submitted") continue;
        const place = places.get(entry.token) ?? "unknown";
        if (place === "queued") entry.missingSince = undefined;
        else this.#missing(entry, place, link);
      }
    } catch {
      // The connection is lost, or the engine is busy: it is asked again.
    } finally {
      this.#isLocating = false;
    }
  }

  /** An attempt is not in the queue, and no worker says that it has it. */
  #missing(entry: Entry, place: "taken" | "unknown", link: RunnerLink): void {
    const leaseMs = this.#leaseMs;
    const owner = this.#owner;
    const now = performance.now();
    if (place === "unknown" && link.remembers) return owner.submit(entry);
    if (entry.missingSince === undefined || entry.missingSince < this.#since) {
      entry.missingSince = now;
      return owner.callRoll();
    }
    // A worker that has it says so every third of a lease.
    if (now - entry.missingSince < leaseMs * 0.7 || this.#silenceOf(entry) < leaseMs) return;
    owner.forgetSilent(now - leaseMs);
    if (place === "taken") link.discard(entry.token);
    if (entry.abort !== undefined) owner.endAborted(entry);
    // If the queue was lost, and a worker with it, that worker may have begun it.
    else if (place === "taken" || this.#fleet.lostAt > entry.heardAt) owner.lose(entry);
    else owner.submit(entry);
  }
}
