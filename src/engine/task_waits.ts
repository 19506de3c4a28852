/**
 * What the body of one task waits for: sleeps and signals. They belong to the task, not to one of its attempts: what an attempt has begun, the next one finds
 * as it is, whether there is a checkpointer or not.
 *
 * @module
 */

import { COMPLETED, FAILED, isTerminal, SKIPPED } from "../core/status.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { Attempt } from "./attempt.ts";
import type { Handle, UnclaimedWaits } from "./handle.ts";

/** So many equal sleeps that have ended are kept. Of those before them it is enough to know how many they were. */
const MAX_SLEPT = 100;

/** What stands for a request to wait, in each attempt. */
export interface WaitPlace {
  /** What is waited for. */
  readonly what: string;
  /** Which of the equal requests of an attempt it is, from 1. */
  readonly count: number;
}

/** What the attempts at one task wait for. */
export class TaskWaits implements UnclaimedWaits {
  readonly #handles = new Map<string, Handle>();
  /** The attempt that asked last, and how many equal ones it has asked for. */
  #attempt: Attempt | undefined;
  readonly #counts = new Map<string, number>();
  /** How many of the first ones of equal sleeps have ended and are not kept: a body may sleep each minute for years. */
  readonly #slept = new Map<string, number>();

  /** The place of the next such request of an attempt. */
  next(attempt: Attempt, { options: { name }, wait }: TaskSpec, [arg]: readonly unknown[]): WaitPlace {
    if (this.#attempt !== attempt) {
      this.#attempt = attempt;
      this.#counts.clear();
    }
    const what = `${name} ${typeof arg} ${arg}`;
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    if (wait === "sleep" && count > MAX_SLEPT) this.#forget({ what, count: count - MAX_SLEPT });
    return { what, count };
  }

  /** Whether an earlier attempt has slept at that place, and the handle is not kept. */
  hasSlept({ what, count }: WaitPlace): boolean {
    return count <= (this.#slept.get(what) ?? 0);
  }

  /** What an earlier attempt has begun, unless it was cancelled. One that has timed out stays so. */
  find(place: WaitPlace): Handle | undefined {
    const handle = this.#handles.get(keyOf(place));
    return handle === undefined || (handle.code > FAILED && handle.code !== SKIPPED) ? undefined : handle;
  }

  add(place: WaitPlace, handle: Handle): void {
    if (!this.hasSlept(place)) this.#handles.set(keyOf(place), handle);
  }

  /** Forgets a sleep that has ended, if all before it are forgotten. */
  #forget(place: WaitPlace): void {
    const { what, count } = place;
    const key = keyOf(place);
    if (count !== (this.#slept.get(what) ?? 0) + 1 || this.#handles.get(key)?.code !== COMPLETED) return;
    this.#handles.delete(key);
    this.#slept.set(what, count);
  }

  *unclaimed(): Iterable<Handle> {
    for (const handle of this.#handles.values()) {
      if (!isTerminal(handle.code) && handle.details?.submitters?.size === 0) yield handle;
    }
  }
}

function keyOf({ what, count }: WaitPlace): string {
  return `${count} ${what}`;
}

/** What earlier attempts have made of a request to wait. */
export interface KnownWait {
  /** Whether one has slept so, and its handle is not kept. */
  readonly hasSlept: boolean;
  /** What one has begun, which the request stands for as well. */
  readonly handle: Handle | undefined;
  /** Notes what this attempt has begun, for the later ones. */
  keep(handle: Handle): void;
}

/** What is known of the request to wait that the body of an attempt makes, if it is one that later attempts may repeat. */
export function knownWait(
  attempt: Attempt | undefined,
  spec: TaskSpec,
  args: readonly unknown[],
): KnownWait | undefined {
  const waits = waitsFor(attempt);
  if (waits === undefined) return undefined;
  const place = waits.next(attempt!, spec, args);
  return {
    hasSlept: waits.hasSlept(place),
    handle: waits.find(place),
    keep: (handle) => waits.add(place, handle),
  };
}

/**
 * Those of the task whose body asks; `undefined` if it was left behind. A task that has one attempt may have others, which
 * do not count.
 */
function waitsFor(attempt: Attempt | undefined): TaskWaits | undefined {
  if (attempt === undefined || attempt.phase === "aborted") return undefined;
  const details = attempt.handle.ensureDetails();
  if (details.waits instanceof TaskWaits) return details.waits;
  const waits = new TaskWaits();
  details.waits = waits;
  return waits;
}
