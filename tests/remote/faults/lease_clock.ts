/**
 * Time in leases, as a runner can see it: however slow the machine is, the same is counted.
 *
 * @module
 */

import type { TestPlace } from "./engines.ts";

/** How many ticks there are in a lease: as often looks a pool for attempts that nothing is heard of. */
const TICKS = 10;

/**
 * Counts tenths of a lease on the event loop of a runner. While that loop or the server stands still, nothing is heard of any
 * worker, and a pool waits for another lease: the count then starts again. This clock does so sooner than pools do, so that it
 * never counts what a pool does not.
 */
export class LeaseClock implements AsyncDisposable {
  readonly #leaseMs: number;
  readonly #server: TestPlace;
  readonly #timer: ReturnType<typeof setInterval>;
  #ticks = 0;
  #lastTick = performance.now();
  #askedAt: number | undefined;
  #asking: Promise<void> = Promise.resolve();

  constructor(server: TestPlace, leaseMs: number) {
    this.#server = server;
    this.#leaseMs = leaseMs;
    this.#timer = setInterval(() => this.#tick(), leaseMs / TICKS);
  }

  /** How many leases have passed since the start, or since the loop or the server has stood still. */
  get leases(): number {
    return this.#ticks / TICKS;
  }

  /** Counts from 0. */
  start(): void {
    this.#ticks = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#asking;
  }

  #tick(): void {
    const now = performance.now();
    this.#ticks++;
    if (now - this.#lastTick > this.#leaseMs / 4) this.start();
    this.#lastTick = now;
    if (this.#askedAt === undefined) this.#asking = this.#ask(now);
    else if (now - this.#askedAt > this.#leaseMs / 8) this.start();
  }

  async #ask(now: number): Promise<void> {
    this.#askedAt = now;
    await this.#server.ping();
    if (performance.now() - now > this.#leaseMs / 8) this.start();
    this.#askedAt = undefined;
  }
}
