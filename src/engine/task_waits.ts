/**
 * What the body of one task waits for: sleeps and signals. They belong to the task, not to one of its attempts: what an attempt has begun, the next one finds
 * as it is, whether there is a checkpointer or not.
 *
 * @module
 */

import { FAILED, isTerminal, SKIPPED } from "../core/status.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { Attempt } from "./attempt.ts";
import type { Handle, UnclaimedWaits } from "./handle.ts";

/** What the attempts at one task wait for. */
export class TaskWaits implements UnclaimedWaits {
  readonly #handles = new Map<string, Handle>();
  /** The attempt that asked last, and how many equal ones it has asked for. */
  #attempt: Attempt | undefined;
  readonly #counts = new Map<string, number>();

  /** What stands for the next such request of an attempt, in each attempt. */
  next(attempt: Attempt, { options: { name } }: TaskSpec, [arg]: readonly unknown[]): string {
    if (this.#attempt !== attempt) {
      this.#attempt = attempt;
      this.#counts.clear();
    }
    const what = `${name} ${typeof arg} ${arg}`;
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    return `${count} ${what}`;
  }

  /** What an earlier attempt has begun, unless it was cancelled. One that has timed out stays so. */
  find(key: string): Handle | undefined {
    const handle = this.#handles.get(key);
    return handle === undefined || (handle.code > FAILED && handle.code !== SKIPPED) ? undefined : handle;
  }

  add(key: string, handle: Handle): void {
    this.#handles.set(key, handle);
  }

  *unclaimed(): Iterable<Handle> {
    for (const handle of this.#handles.values()) {
      if (!isTerminal(handle.code) && handle.details?.submitters?.size === 0) yield handle;
    }
  }
}

/** Those of the task whose body asks; `undefined` if it has one attempt only, or was left behind. */
export function waitsFor(attempt: Attempt | undefined): TaskWaits | undefined {
  if (attempt === undefined || attempt.phase === "aborted" || attempt.options.maxAttempts === 1) return undefined;
  const details = attempt.handle.ensureDetails();
  if (details.waits instanceof TaskWaits) return details.waits;
  const waits = new TaskWaits();
  details.waits = waits;
  return waits;
}
