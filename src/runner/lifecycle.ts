/**
 * The life of a runner.
 *
 * @module
 */

import { currentAttempt } from "../engine/attempt.ts";
import { refuseWhileLoading } from "../tasks/loading.ts";
import type { Engine } from "../engine/engine.ts";

/**
 * - `open`: takes submissions; they start when a caller awaits a handle.
 * - `running`: within `run()`.
 * - `serving`: within `serve()`.
 * - `ending run`, `ending serve`: the same, after `stop()`.
 * - `shut`: after `shutdown()`.
 */
type Phase = "open" | "running" | "serving" | "ending run" | "ending serve" | "shut";

/** What `stop()` makes of a phase, if anything. */
const STOPPED: Partial<Record<Phase, Phase>> = { running: "ending run", serving: "ending serve" };

/** Why a runner cannot run or serve, for messages. */
const WHY_NOT: Readonly<Record<Exclude<Phase, "open">, string>> = {
  "running": "is running already",
  "serving": "is serving already",
  "ending run": "is stopping",
  "ending serve": "is stopping",
  "shut": "was shut down: make a new one",
};

/** Where a runner is in its life, and what it may do there. */
export class RunnerLifecycle {
  readonly #engine: Engine;
  #phase: Phase = "open";

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get isOpen(): boolean {
    return this.#phase === "open";
  }

  get isRunning(): boolean {
    return this.#phase === "running" || this.#phase === "ending run";
  }

  get isServing(): boolean {
    return this.#phase === "serving" || this.#phase === "ending serve";
  }

  /** Whether `stop()` was called in what is under way. */
  get isStopping(): boolean {
    return this.#phase === "ending run" || this.#phase === "ending serve";
  }

  get isShut(): boolean {
    return this.#phase === "shut";
  }

  /** Whether one of the runner's own tasks is calling. */
  get isWithinTask(): boolean {
    return currentAttempt()?.owner === this.#engine;
  }

  /**
   * Begins a run, or to serve.
   *
   * @throws {CheckpointError} If nothing can be saved any more.
   * @throws {Error} If the runner is at it already, was shut down, or is asked to by one of its own tasks.
   */
  begin(phase: "running" | "serving"): void {
    const method = phase === "running" ? "run" : "serve";
    refuseWhileLoading(`${method}() a runner`);
    if (this.#phase !== "open") {
      throw new Error(`Cannot ${method}() a runner that ${WHY_NOT[this.#phase]}`);
    }
    if (this.isWithinTask) {
      throw new Error(`Cannot ${method}() a runner from within one of its tasks: await the handles instead`);
    }
    this.#engine.durability.check();
    this.#phase = phase;
  }

  /** Lets what `begin()` began come to an end. */
  stop(): void {
    this.#phase = STOPPED[this.#phase] ?? this.#phase;
  }

  /** Ends what `begin()` began. */
  end(): void {
    if (this.#phase !== "shut") this.#phase = "open";
  }

  shut(): void {
    this.#phase = "shut";
  }

  /**
   * Makes sure that something may be submitted.
   *
   * @throws {Error} If it may not.
   */
  checkSubmit(what: string): void {
    refuseWhileLoading(`submit ${what}`);
    if (this.#phase === "shut") throw new Error(`Cannot submit ${what}, as its runner was shut down`);
    if (this.isStopping && !this.isWithinTask) {
      throw new Error(`Cannot submit ${what}, as its runner is stopping`);
    }
  }

  /**
   * Makes sure that something may be delivered.
   *
   * @throws {Error} If it may not.
   */
  checkDeliver(key: string): void {
    if (this.#phase === "shut") throw new Error(`Cannot deliver "${key}", as its runner was shut down`);
  }

  /**
   * Makes sure that the runner can be made the ambient one.
   *
   * @throws {Error} If it was shut down.
   */
  checkUse(method: "use" | "enter"): void {
    if (this.#phase === "shut") throw new Error(`Cannot ${method} a runner that was shut down: make a new one`);
  }
}
