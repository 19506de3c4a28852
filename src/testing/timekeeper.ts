/**
 * Lets virtual time pass, as long as something waits for it.
 *
 * Time never passes while a body is at work, or something is being saved: so whatever follows from one timer has happened
 * before the next one fires, however busy the machine is.
 *
 * @module
 */

import { runDetached } from "../core/run_detached.ts";
import type { Engine } from "../engine/engine.ts";
import type { ClockListener, VirtualClock } from "./virtual_clock.ts";

/** Turns of the event loop in which code outside of tasks continues that has just got what it waited for. */
const TURNS = 3;

/** After this, in milliseconds, a body that keeps time from passing is reported. */
const PATIENCE_MS = 10_000;

/** A time that something waits for. */
interface Goal {
  /** By `elapsed()`. */
  readonly at: number;
  readonly reached: () => void;
}

/** Keeps the time of the runners of one test environment. */
export class Timekeeper implements ClockListener {
  readonly #engines = new Set<Engine>();
  /** How many bodies of an engine were made to hang. */
  readonly #parkedIn: (engine: Engine) => number;
  /** What waits for tasks or runs, the last one of which is looked at first. */
  #awaited: (() => boolean)[] = [];
  /** In the order of their times. */
  #goals: Goal[] = [];
  #clock: VirtualClock | undefined;
  #isPassing = false;
  #wake = Promise.withResolvers<void>();

  constructor(parkedIn: (engine: Engine) => number) {
    this.#parkedIn = parkedIn;
  }

  /** Says which clock it is, which has this as its listener. */
  keep(clock: VirtualClock): void {
    this.#clock = clock;
  }

  /** Adds a runner. */
  join(engine: Engine): void {
    this.#engines.add(engine);
  }

  /** Says that something has changed that may let time pass. */
  wake(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
    if (!this.#isPassing && this.#isWanted) runDetached(() => void this.#pass());
  }

  timerSet(): void {
    this.wake();
  }

  awaited(isOver: () => boolean): void {
    this.#awaited.push(isOver);
    this.wake();
  }

  /** Lets time pass until then, by `elapsed()`. Resolves when all that follows from it has happened. */
  passUntil(at: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#goals.push({ at, reached: resolve });
    this.#goals.sort((a, b) => a.at - b.at);
    this.wake();
    return promise;
  }

  get #isWanted(): boolean {
    while (this.#awaited.at(-1)?.() === true) this.#awaited.pop();
    return this.#awaited.length > 0 || this.#goals.length > 0;
  }

  async #pass(): Promise<void> {
    this.#isPassing = true;
    const clock = this.#clock!;
    try {
      while (this.#isWanted) {
        await this.#untilStill();
        const now = clock.elapsed();
        if (clock.nextAt > now) {
          while (this.#goals.length > 0 && this.#goals[0]!.at <= now) this.#goals.shift()!.reached();
        }
        if (!this.#isWanted) return;
        const goal = Math.max(now, this.#goals[0]?.at ?? Infinity);
        if (clock.nextAt <= goal && clock.nextAt < Infinity) clock.fireNext();
        else if (goal < Infinity) clock.moveTo(goal);
        else await this.#nextChange();
      }
    } finally {
      this.#isPassing = false;
    }
  }

  /** Resolves when nothing happens any more before time passes. */
  async #untilStill(): Promise<void> {
    while (true) {
      await this.#turns();
      if (!this.#isStill) {
        await this.#nextChange();
        continue;
      }
      await Promise.all([...this.#engines].map(({ durability }) => durability.idle()));
      await this.#turns();
      if (this.#isStill) return;
    }
  }

  /** Lets others have their turn, and runners that have let others have theirs. */
  async #turns(): Promise<void> {
    let left = TURNS;
    while (left-- > 0 || this.#engines.values().some(({ dispatcher }) => dispatcher.isBetweenSlices)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  get #isStill(): boolean {
    for (const engine of this.#engines) if (!engine.isStill(this.#parkedIn(engine))) return false;
    return true;
  }

  async #nextChange(): Promise<void> {
    const timer = setTimeout(() => this.#report(), PATIENCE_MS);
    Deno.unrefTimer(timer);
    try {
      await Promise.race([this.#wake.promise, ...[...this.#engines].map((engine) => engine.nextChange())]);
    } finally {
      clearTimeout(timer);
    }
  }

  #report(): void {
    const handles = [...this.#engines].filter((engine) => !engine.isStill(this.#parkedIn(engine)))
      .flatMap((engine) => engine.handles.running()).filter(({ attempt }) => attempt?.phase === "running");
    if (handles.length === 0) return;
    const names = handles.slice(0, 3).map(({ id }) => `"${id}"`).join(", ");
    console.warn(
      `The time of the test stands still, as a body has been at work for ${
        PATIENCE_MS / 1_000
      } s: that of ${names}. Time ` +
        `passes while bodies wait for handles, such as sleep(); hangAttempts() stands for a body that never ends`,
    );
  }
}
