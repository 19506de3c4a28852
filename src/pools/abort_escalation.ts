/**
 * What is done with a body that was aborted and does not end.
 *
 * @module
 */

import { FairTimer } from "./fair_timer.ts";
import { nextState, type Transitions } from "./transitions.ts";
import type { Witness } from "./witness.ts";

/**
 * How many milliseconds a worker has to say that its body knows of the abort, before a witness begins to measure whether
 * it had the chance to. On a machine that is not busy, nearly all do within 10 ms, and the witness has nothing to do.
 */
const PATIENCE_MS = 25;
/** How many milliseconds a body has to clean up once it was told: README promises a second. */
const GRACE_MS = 1_000;

/**
 * How far it has come.
 *
 * - `none`: no body was aborted.
 * - `unheard`: the worker is being told, and has not said that the body knows.
 * - `deaf`: it had every chance to, and has not.
 * - `heard`: the body knows, and has its second to clean up.
 * - `overrun`: the body has had its second, and still runs.
 */
export type AbortStage = "none" | "unheard" | "deaf" | "heard" | "overrun";

/**
 * What moves it on.
 *
 * - `aborted`: the worker is told.
 * - `heard`: the worker says that the body knows.
 * - `expired`: the time is up, and there was a fair chance.
 * - `settled`: the body has ended.
 */
export type AbortEvent = "aborted" | "heard" | "expired" | "settled";

/** Which event is legal at which stage, and the stage that follows. */
export const ABORT_TRANSITIONS: Transitions<AbortStage, AbortEvent> = {
  none: { aborted: "unheard" },
  unheard: { heard: "heard", expired: "deaf", settled: "none" },
  deaf: { heard: "heard", settled: "none" },
  heard: { heard: "heard", expired: "overrun", settled: "none" },
  overrun: { heard: "overrun", expired: "deaf", settled: "none" },
};

/** What an escalation reports. */
export interface EscalationListener {
  /** The worker does not say that its body knows; or it was told to end, and has not. */
  deaf(): void;
  /** The body knows that it was aborted, and has not ended within its second. */
  overran(): void;
}

/** Follows the one body of a session that may be aborted. */
export class AbortEscalation {
  readonly #timer: FairTimer;
  readonly #listener: EscalationListener;
  #stage: AbortStage = "none";

  constructor(witness: Witness, listener: EscalationListener) {
    this.#timer = new FairTimer(witness);
    this.#listener = listener;
  }

  get stage(): AbortStage {
    return this.#stage;
  }

  /** The body that runs was aborted, and its worker is being told. */
  aborted(): void {
    this.#move("aborted");
    this.#timer.start(PATIENCE_MS, () => this.#expired());
  }

  /** The worker says that the body knows. Only the first time counts: to repeat it gives no more time. */
  heard(): void {
    const before = this.#stage;
    this.#move("heard");
    if (before === "unheard" || before === "deaf") this.#timer.start(GRACE_MS, () => this.#expired());
  }

  /** The body has ended. */
  settled(): void {
    if (this.#stage === "none") return; // as nearly always
    this.#move("settled");
    this.#timer.stop();
  }

  #expired(): void {
    this.#move("expired");
    if (this.#stage === "deaf") return this.#listener.deaf();
    // Now it is told to end, for which it has to have its chance as well.
    this.#timer.start(PATIENCE_MS, () => this.#expired());
    this.#listener.overran();
  }

  #move(event: AbortEvent): void {
    this.#stage = nextState(ABORT_TRANSITIONS, "an abort", this.#stage, event);
  }
}
