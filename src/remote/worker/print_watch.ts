/**
 * What the bodies on a worker print.
 *
 * @module
 */

import { tapConsole } from "../../core/console_tap.ts";
import type { LogLevel } from "../../core/logger.ts";
import type { Pool } from "../../core/pool.ts";
import { ambientScope } from "../../tasks/ambient.ts";
import { HeldJob } from "./held_job.ts";

/** Finds out which job prints on this event loop. */
const TAP = {
  wants: () => currentJob() !== undefined,
  print: (level: LogLevel, text: string) => currentJob()?.print("console", level, text) ?? false,
};

function currentJob(): HeldJob | undefined {
  const scope = ambientScope();
  return scope instanceof HeldJob ? scope : undefined;
}

/** Has bodies tell what they print, while a runner wants to know. */
export class PrintWatch {
  readonly #pool: Pool;
  #end: (() => void) | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Begins, unless it has. */
  start(): void {
    this.#end ??= this.#watch();
  }

  /** Ends it, unless it has ended. */
  stop(): void {
    this.#end?.();
    this.#end = undefined;
  }

  #watch(): () => void {
    const pool = this.#pool;
    if (pool.watch === undefined) return tapConsole(TAP); // bodies run on this event loop
    const watched = pool.watch({ prints: true, worker: () => {} });
    return () => watched[Symbol.dispose]();
  }
}
