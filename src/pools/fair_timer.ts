/**
 * A timer for what another thread is to do in time, which is fair to it when the machine is busy.
 *
 * @module
 */

import { runDetached } from "../core/run_detached.ts";
import type { Witness } from "./witness.ts";

/**
 * For how many milliseconds a witness is waited for. It takes seconds only where a machine has dozens of busy processes; a
 * program that occupies all threads of Deno's pool for longer keeps it from working at all, and then time alone decides.
 */
const MAX_WITNESS_MS = 10_000;

/** One timer. */
export class FairTimer {
  readonly #witness: Witness;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Tells the witness that it is not needed any more. */
  #dismiss: (() => void) | undefined;
  /** Counts starts and stops: Deno 2.5 may call back although a timer was cleared, if both happen in one turn. */
  #turn = 0;

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  /** Calls back after that many milliseconds and a fair chance for other threads to run, unless it is stopped or restarted. */
  start(milliseconds: number, then: () => void): void {
    this.stop();
    const turn = this.#turn;
    const fire = () => {
      if (turn !== this.#turn) return;
      this.stop();
      then();
    };
    this.#set(milliseconds, () => {
      if (turn !== this.#turn) return;
      this.#dismiss = this.#witness.wait(fire);
      this.#set(MAX_WITNESS_MS, fire);
    });
  }

  stop(): void {
    this.#turn++;
    clearTimeout(this.#timer);
    this.#dismiss?.();
    this.#dismiss = undefined;
  }

  #set(milliseconds: number, then: () => void): void {
    this.#timer = runDetached(() => setTimeout(then, milliseconds));
  }
}
