/**
 * Signals of the operating system that ask the program to end, and how runners end it.
 *
 * @module
 */

import { TaskCancelledError } from "../core/errors.ts";
import { globalSingleton } from "../core/global_singleton.ts";
import { within } from "../core/pause.ts";
import type { Engine } from "../engine/engine.ts";
import type { EndLimits } from "./end_limits.ts";
import type { ResolvedRunnerOptions } from "./options.ts";
import { disposeOfPools } from "./own_pools.ts";

/** The exit codes that shells give to programs that such a signal has ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

type EndSignal = keyof typeof EXIT_CODES;

/** Windows knows one of them only. */
const SIGNALS: readonly EndSignal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/** Ends what a runner has under way; never rejects. */
type End = (signal: EndSignal) => Promise<void>;

/** What the signals end: all runners of the program that handle them, and then the program. */
class EndSignals {
  readonly #ends = new Set<End>();
  readonly #listeners = SIGNALS.map((signal) => [signal, () => this.#end(signal)] as const);
  #isEnding = false;

  add(end: End): void {
    if (this.#ends.size === 0) { for (const each of this.#listeners) Deno.addSignalListener(...each); }
    this.#ends.add(end);
  }

  remove(end: End): void {
    if (!this.#ends.delete(end) || this.#ends.size > 0) return;
    for (const each of this.#listeners) Deno.removeSignalListener(...each);
  }

  async #end(signal: EndSignal): Promise<void> {
    if (this.#isEnding) Deno.exit(EXIT_CODES[signal]);
    this.#isEnding = true;
    await Promise.all([...this.#ends].map((end) => end(signal)));
    Deno.exit(EXIT_CODES[signal]);
  }
}

/**
 * Ends the program on such a signal, and leaves unfinished tasks to the next one. Code that waits for a task or a run does
 * not continue. A second signal ends the program at once.
 *
 * @returns A function that undoes that.
 */
export function endOnSignal(limits: EndLimits, engine: Engine, options: ResolvedRunnerOptions): () => void {
  const signals = globalSingleton("end-signals", () => new EndSignals());
  const end = (signal: EndSignal) => endRunner(signal, limits, engine, options);
  signals.add(end);
  return () => signals.remove(end);
}

async function endRunner(
  signal: EndSignal,
  { bodies, workers, save }: EndLimits,
  engine: Engine,
  { ownPools, logger }: ResolvedRunnerOptions,
) {
  await within(bodies, engine.interrupt(new TaskCancelledError(`The program was sent ${signal}`)));
  const workersEnd = disposeOfPools(ownPools);
  const closed = within(save, engine.durability.close());
  const ends = await Promise.allSettled([closed, within(workers, workersEnd)]);
  for (const end of ends) {
    if (end.status === "rejected") logger.error(`Not all was well when the program ended by ${signal}:`, end.reason);
  }
}
