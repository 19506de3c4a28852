/**
 * Signals: what was delivered for a key, and the tasks that wait for it.
 *
 * A key is delivered once. Its value is kept, as long as it is on record or, without a checkpointer, retained, for all who
 * wait for that key, before and after.
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "../core/clock.ts";
import { TaskTimeoutError } from "../core/errors.ts";
import { listLinks } from "../core/graph.ts";
import { COMPLETED, FAILED } from "../core/status.ts";
import type { Completion } from "./completion.ts";
import type { Durability, KnownSignals } from "./durability.ts";
import { atDefinition } from "./error_place.ts";
import type { Handle } from "./handle.ts";

/**
 * What is known of a key.
 *
 * - `saving`: it was delivered; nothing may see that before it is on record.
 * - `delivered`: it is on record.
 * - `timedOut`: the last one that waited for it gave up.
 */
type Outcome =
  | { readonly kind: "saving" | "delivered"; readonly value: unknown }
  | { readonly kind: "timedOut"; readonly id: string };

/** The signals of one runner. */
export class Signals implements KnownSignals {
  readonly #durability: Durability;
  readonly #completion: Completion;
  readonly #retain: number;
  readonly #clock: Clock;
  readonly #outcomes = new Map<string, Outcome>();
  /** Tasks that wait, by key. */
  readonly #waiting = new Map<string, Set<Handle>>();
  /** The keys that no task waits for any more, the oldest first: without a checkpointer, only some are remembered. */
  readonly #past = new Set<string>();
  /** When those time out that an earlier run has left waiting, by key, until one is submitted again. */
  readonly #left = new Map<string, number>();
  /** The keys that have timed out, by the ids of their tasks. */
  readonly #keys = new Map<string, string>();

  /** @param retain How many keys are remembered that no task waits for any more, if they are not on record. */
  constructor(durability: Durability, completion: Completion, retain: number, clock: Clock = SYSTEM_CLOCK) {
    this.#clock = clock;
    this.#durability = durability;
    this.#completion = completion;
    this.#retain = durability.remembersSignals ? Infinity : retain;
  }

  /** For how many keys tasks wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Completes what waits for a key, now or later.
   *
   * @returns Whether it does, once that is on record: a key is delivered once, and not once it has timed out.
   * @throws {CheckpointError} If it cannot be saved.
   */
  async deliver(key: string, given: unknown): Promise<boolean> {
    const outcome = this.#outcomes.get(key);
    if (outcome !== undefined && outcome.kind !== "timedOut") return false;
    const now = this.#clock.now();
    // A busy event loop may have kept timers from firing.
    for (const handle of this.#waiting.get(key) ?? []) if (isDue(handle, now)) this.#timeOut(handle);
    if (!this.#waiting.has(key) && (this.#outcomes.has(key) || (this.#left.get(key) ?? Infinity) <= now)) return false;
    const { value, saved } = this.#durability.keepSignal(key, given);
    this.#note(key, { kind: "saving", value });
    try {
      await saved;
    } catch (error) {
      this.#outcomes.delete(key);
      throw error;
    }
    this.#note(key, { kind: "delivered", value });
    for (const handle of this.#waiting.get(key) ?? []) {
      if (!hasOpenDependencies(handle)) this.#completion.end(handle, COMPLETED, value);
    }
    return true;
  }

  /**
   * Lets a pending task wait for its key, or ends it.
   *
   * @returns Whether it waits, and may time out.
   */
  begin(handle: Handle): boolean {
    const key = keyOf(handle);
    this.#left.delete(key);
    const outcome = this.#outcomes.get(key);
    if (outcome?.kind === "delivered") {
      this.#settled(key);
      this.#completion.end(handle, COMPLETED, outcome.value);
      return false;
    }
    const others = this.#waiting.get(key);
    if (others === undefined) this.#waiting.set(key, new Set([handle]));
    else others.add(handle);
    if (outcome?.kind === "saving") return false; // it ends in a moment
    if (!isDue(handle, this.#clock.now())) return true;
    this.#timeOut(handle);
    return false;
  }

  /** The time of a task that waits has passed. */
  due(handle: Handle): void {
    const outcome = this.#outcomes.get(keyOf(handle));
    if (outcome === undefined || outcome.kind === "timedOut") this.#timeOut(handle);
  }

  /** Forgets a task that is finishing. */
  finishing(handle: Handle): void {
    if (handle.spec.wait !== "signal") return;
    const key = keyOf(handle);
    const others = this.#waiting.get(key);
    others?.delete(handle);
    if (others?.size !== 0) return;
    this.#waiting.delete(key);
    if (this.#outcomes.has(key)) this.#settled(key);
  }

  delivered(key: string, value: unknown): void {
    this.#outcomes.set(key, { kind: "delivered", value });
  }

  timedOut(key: string, id: string): void {
    if (!this.#outcomes.has(key)) this.#note(key, { kind: "timedOut", id });
  }

  left(key: string, dueAt: number | undefined): void {
    this.#left.set(key, Math.max(this.#left.get(key) ?? 0, dueAt ?? Infinity));
  }

  forgotten(key: string): void {
    if (this.#outcomes.get(key)?.kind === "delivered") this.#forget(key);
  }

  forgottenTask(id: string): void {
    const key = this.#keys.get(id);
    if (key !== undefined) this.#forget(key);
  }

  #note(key: string, outcome: Outcome): void {
    this.#forget(key);
    this.#outcomes.set(key, outcome);
    if (outcome.kind === "timedOut") this.#keys.set(outcome.id, key);
  }

  #forget(key: string): void {
    const outcome = this.#outcomes.get(key);
    if (outcome?.kind === "timedOut") this.#keys.delete(outcome.id);
    this.#outcomes.delete(key);
    this.#past.delete(key);
  }

  /** No task waits for a key any more. */
  #settled(key: string): void {
    this.#past.add(key);
    for (const oldest of this.#past) {
      if (this.#past.size <= this.#retain) return;
      this.#forget(oldest);
    }
  }

  #timeOut(handle: Handle): void {
    const { id, name, details } = handle;
    const key = keyOf(handle);
    const when = new Date(details!.dueAt!).toISOString();
    this.#note(key, { kind: "timedOut", id });
    const message = `"${id}" timed out at ${when}: nothing was delivered for "${key}"`;
    this.#completion.end(handle, FAILED, atDefinition(new TaskTimeoutError(message, { task: name }), handle));
  }
}

function keyOf({ args }: Handle): string {
  return args?.[0] as string;
}

function isDue({ details }: Handle, now: number): boolean {
  return details?.dueAt !== undefined && details.dueAt <= now;
}

function hasOpenDependencies(handle: Handle): boolean {
  return listLinks(handle.dependencies).some(({ done }) => !done);
}
