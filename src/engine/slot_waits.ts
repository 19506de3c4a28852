/**
 * Task bodies that wait for handles. Meanwhile they hold no slot, so that tasks can wait for tasks to any depth, with
 * a single worker too; in a strict pool they keep it.
 *
 * A body may wait for several handles at once. It gets its slot back before the last of these waits ends; what an
 * earlier one triggers (`Promise.race()`) runs without a slot until then, as the body may just as well continue to wait
 * (`Promise.all()`). Where that must not happen, a pool is `strict`.
 *
 * @module
 */

import { joinShortened } from "../core/describe.ts";
import { PoolStalledError } from "../core/errors.ts";
import { findPath, listLinks } from "../core/graph.ts";
import type { IdleGate } from "../core/idle_gate.ts";
import { runDetached } from "../core/run_detached.ts";
import { READY, RETRYING, RUNNING } from "../core/status.ts";
import type { Timers } from "../core/timers.ts";
import type { Attempt } from "./attempt.ts";
import { leaderOf } from "./caching.ts";
import { cycleError } from "./cycle_error.ts";
import type { Durability } from "./durability.ts";
import { type Handle, handlesOf, type Wait } from "./handle.ts";
import { markHandled, type WaitEnd } from "./handle_promise.ts";
import { ConcurrencyLimit } from "./limits/limit.ts";
import { ticketOf } from "./limits/ticket.ts";
import type { Dispatcher } from "./queue/dispatcher.ts";
import type { Resumer } from "./queue/pool_queue.ts";
import type { StatusStore } from "./status_store.ts";

/** A wait under way. */
interface OpenWait extends Wait {
  /** Ends the wait with an error, whatever the outcome of the handle. */
  readonly fail: (error: unknown) => void;
}

/** A body whose wait has ended and that has no slot yet. */
class ResumeRequest implements Resumer {
  readonly handle: Handle;
  readonly #attempt: Attempt;
  readonly #deliver: () => void;
  wanted = true;

  constructor(attempt: Attempt, deliver: () => void) {
    this.handle = attempt.handle;
    this.#attempt = attempt;
    this.#deliver = deliver;
  }

  proceed(): void {
    this.wanted = false;
    this.#attempt.phase = "running";
    this.#deliver();
  }

  /** Delivers without a slot: the body waits again, or was left behind. */
  withdraw(): void {
    this.wanted = false;
    this.#deliver();
  }
}

/** The waiting bodies of one runner. */
export class SlotWaits {
  readonly #statuses: StatusStore;
  readonly #dispatcher: Dispatcher;
  readonly #durability: Durability;
  readonly #alarms: Timers;
  /** Whether a signal, or a look into the cache, may end a wait. */
  readonly #awaitsEvent: () => boolean;
  readonly #part: (handle: Handle) => void;
  readonly #calm: IdleGate;
  readonly #waiting = new Map<Attempt, Set<OpenWait>>();
  readonly #resuming = new Map<Attempt, ResumeRequest>();
  /** Bodies whose waits may have closed a cycle since the last check. */
  readonly #unchecked = new Set<Attempt>();
  #recheckAll = false;
  /** Then a task that becomes ready may find that all slots are held, however long ago the waits for it began. */
  readonly #hasStrictPools: boolean;
  #check: ReturnType<typeof setImmediate> | undefined;

  /**
   * @param part Lets a task run that waits for another one to make the same result for the cache.
   * @param calm Opened whenever a body waits.
   */
  constructor(
    statuses: StatusStore,
    dispatcher: Dispatcher,
    durability: Durability,
    alarms: Timers,
    awaitsEvent: () => boolean,
    part: (handle: Handle) => void,
    calm: IdleGate,
  ) {
    this.#part = part;
    this.#calm = calm;
    this.#alarms = alarms;
    this.#awaitsEvent = awaitsEvent;
    this.#statuses = statuses;
    this.#dispatcher = dispatcher;
    this.#durability = durability;
    this.#hasStrictPools = [...dispatcher.queuesNamed(undefined)].some(({ strict }) => strict);
  }

  /**
   * Lets an attempt wait; its slot is free until the wait ends and it gets one again, unless its pool is strict.
   *
   * @param until Ends the wait, with its own outcome; default: the end of the handle.
   * @param among The handles any of which settles `until`, if it is not that one only.
   */
  begin<T>(attempt: Attempt, handle: Handle, until?: WaitEnd<T>, among?: Wait["among"]): Promise<T> {
    const request = this.#resuming.get(attempt);
    if (attempt.phase === "running") this.#giveSlotBack(attempt);
    this.#resuming.delete(attempt);
    attempt.phase = "waiting";
    request?.withdraw();
    const deferred = Promise.withResolvers<T>();
    const refuse = (error: unknown) => {
      markHandled(deferred.promise);
      deferred.reject(error);
    };
    const wait: OpenWait = {
      handle,
      among,
      isLimited: until?.isLimited ?? false,
      fail: until?.reject ?? ((error) => this.#end(attempt, wait, () => refuse(error))),
    };
    this.#waitsOf(attempt).add(wait);
    this.#unchecked.add(attempt);
    if (until === undefined) {
      // Called at once when the handle has finished, so that this body gets the slot before a task that has not started.
      handle.onDone(() => this.#end(attempt, wait, () => handle.settle(deferred as PromiseWithResolvers<unknown>)));
    } else {
      const settle = (hasFinished: boolean, deliver: () => void) =>
        hasFinished ? this.#end(attempt, wait, deliver) : this.#expire(attempt, wait, deliver);
      until.promise.then(
        (value) => settle(handle.done || among !== undefined, () => deferred.resolve(value)),
        (error) => settle(handle.done, () => refuse(error)),
      );
    }
    this.#durability.changed(attempt.handle);
    this.scheduleStallCheck();
    this.#calm.open();
    return deferred.promise;
  }

  /** How many bodies wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Ends all waits of an attempt with an error and without a slot, as the program is ending. */
  interrupt(attempt: Attempt, error: unknown): void {
    for (const wait of this.#waiting.get(attempt) ?? []) wait.fail(error);
    this.#resuming.get(attempt)?.withdraw();
  }

  /** Forgets an attempt that has ended or was left behind. */
  leave(attempt: Attempt): void {
    if (attempt.phase === "waiting" && this.#isStrict(attempt)) this.#dispatcher.release(attempt.handle);
    this.#waiting.delete(attempt);
    this.#unchecked.delete(attempt);
    const request = this.#resuming.get(attempt);
    this.#resuming.delete(attempt);
    request?.withdraw();
  }

  /**
   * Checks, once things have calmed down, whether every running task waits for a handle and nothing else can start: if
   * some of them wait for each other, they would do so forever.
   */
  scheduleStallCheck(): void {
    if (this.#waiting.size === 0 || this.#check !== undefined) return;
    if (this.#unchecked.size === 0 && !this.#recheckAll && !this.#hasStrictPools) return;
    this.#check = runDetached(() =>
      setImmediate(() => {
        this.#check = undefined;
        // Slots that are free now are given out in the next slice.
        if (this.#dispatcher.isBetweenSlices) this.scheduleStallCheck();
        else if (this.#isStalled()) this.#breakStall();
      })
    );
  }

  /** Says that tasks which have not started wait for others now, which may have closed a cycle. */
  recheck(): void {
    this.#recheckAll = true;
    this.scheduleStallCheck();
  }

  /** Cancels the one callback that may be scheduled. */
  dispose(): void {
    if (this.#check !== undefined) clearImmediate(this.#check); // which loads Node's timers the first time
    this.#check = undefined;
  }

  #isStrict(attempt: Attempt): boolean {
    return this.#dispatcher.queueOf(attempt.handle).strict;
  }

  #giveSlotBack(attempt: Attempt): void {
    if (!this.#isStrict(attempt)) this.#dispatcher.release(attempt.handle);
  }

  #waitsOf(attempt: Attempt): Set<OpenWait> {
    let waits = this.#waiting.get(attempt);
    if (waits === undefined) {
      waits = new Set();
      this.#waiting.set(attempt, waits);
      attempt.waits = waits;
    }
    return waits;
  }

  #end(attempt: Attempt, wait: OpenWait, deliver: () => void): void {
    const waits = this.#waiting.get(attempt);
    if (waits?.delete(wait) !== true || attempt.phase !== "waiting" || waits.size > 0) {
      deliver();
      return;
    }
    this.#waiting.delete(attempt);
    this.#unchecked.delete(attempt);
    this.#durability.changed(attempt.handle);
    if (this.#isStrict(attempt)) {
      attempt.phase = "running";
      deliver();
      return;
    }
    const request = new ResumeRequest(attempt, () => {
      this.#resuming.delete(attempt);
      deliver();
    });
    attempt.phase = "returning";
    this.#resuming.set(attempt, request);
    this.#dispatcher.queueOf(attempt.handle).resume(request);
  }

  /**
   * Ends a wait that timed out before its handle had finished. The body is told at once, without a slot: the one that it
   * waits for may be held by the very task that it will cancel now.
   */
  #expire(attempt: Attempt, wait: OpenWait, deliver: () => void): void {
    deliver();
    this.#end(attempt, wait, () => {});
    this.scheduleStallCheck();
  }

  /** Whether all that runs waits, and nothing else could start and let it continue. */
  #isStalled(): boolean {
    const statuses = this.#statuses;
    return this.#waiting.size > 0 && statuses.count(RUNNING) === this.#waiting.size &&
      statuses.count(RETRYING) === 0 &&
      (statuses.count(READY) === 0 || this.#isBlockedByStrictPools());
  }

  /** Whether all slots and places that ready tasks wait for are held by bodies that wait, in strict pools. */
  #isBlockedByStrictPools(): boolean {
    if (this.#dispatcher.isHeld) return false; // they are left, and so are the tasks whose bodies wait for them
    if (this.#alarms.size > 0 || this.#awaitsEvent()) return false; // a time or an event may end a wait, or a task
    for (const { handle, waits } of this.#waiting.keys()) {
      for (const wait of waits) if (wait.isLimited || awaitsOther(wait, handle)) return false;
    }
    const holding = new Set([...this.#waiting.keys()].map(({ handle }) => this.#dispatcher.queueOf(handle)));
    let queued = 0;
    for (const queue of this.#dispatcher.queuesNamed(undefined)) {
      if (queue.queued === 0) continue;
      if (queue.gate?.isPaused === true) return false; // it may be unpaused
      queued += queue.strict && holding.has(queue) ? queue.queued : queue.outnumbered;
    }
    return queued === this.#statuses.count(READY);
  }

  #breakStall(): void {
    if (this.#recheckAll) { for (const attempt of this.#waiting.keys()) this.#unchecked.add(attempt); }
    this.#recheckAll = false;
    for (const attempt of this.#unchecked) {
      for (const wait of this.#waiting.get(attempt) ?? []) {
        const path = pathBack(wait, attempt.handle);
        if (path === undefined) continue;
        const follower = path.find((each) => leaderOf(each) !== undefined);
        if (follower !== undefined) return this.#part(follower);
        const message = `"${attempt.id}" cannot wait for "${path[0]!.id}", which waits for it`;
        wait.fail(cycleError(attempt.handle, path, message));
        this.scheduleStallCheck(); // for what else it may be waiting for
        return;
      }
      this.#unchecked.delete(attempt);
    }
    if (this.#statuses.count(READY) > 0) this.#breakPoolStall();
  }

  /** Fails one wait, whose handle cannot get a slot as all of them are held by bodies that wait. */
  #breakPoolStall(): void {
    for (const [attempt, waits] of this.#waiting) {
      for (const wait of waits) {
        const starved = starvedBy(handlesOf(wait));
        if (starved === undefined) continue;
        const { name, slots } = this.#dispatcher.queueOf(starved);
        const limit = ticketOf(starved)?.line?.obstacle;
        const holders = [...this.#waiting].filter(([{ handle }]) =>
          limit instanceof ConcurrencyLimit
            ? handle.name === starved.name
            : this.#dispatcher.queueOf(handle).name === name
        );
        const waiting = holders.map(([each, for_]) =>
          `"${each.id}" waits for ${[...for_].map(({ handle }) => `"${handle.id}"`).join(", ")}`
        );
        const [held, remedy] = limit instanceof ConcurrencyLimit
          ? [
            `at most ${limit.rule.limit} task "${starved.name}" may be at work, and tasks that wait count in strict pools`,
            `a higher concurrency, or those that wait a pool that is not strict`,
          ]
          : [
            slots === 1
              ? `the only slot of the strict pool "${name}" is held by a task that waits`
              : `all ${slots} slots of the strict pool "${name}" are held by tasks that wait`,
            `another pool, or this one more slots`,
          ];
        const message =
          `"${attempt.id}" cannot wait for "${wait.handle.id}": ${held}, and "${starved.id}" needs one. ` +
          `${joinShortened(waiting, "; ")}. Give "${starved.name}" ${remedy}`;
        wait.fail(new PoolStalledError(message, { task: attempt.name, pool: name }));
        this.#unchecked.add(attempt);
        this.scheduleStallCheck();
        return;
      }
    }
  }
}

/** What an unfinished task waits for: its dependencies, who makes its result, and what its body waits for. */
function* waitsFor(handle: Handle): Iterable<Handle> {
  const leader = leaderOf(handle);
  if (leader !== undefined && !handle.done) yield leader;
  for (const dependency of listLinks(handle.dependencies)) if (!dependency.done) yield dependency;
  for (const wait of handle.attempt?.waits ?? []) {
    for (const each of handlesOf(wait)) if (!each.done) yield each;
  }
}

/** Whether the body of a task waits for a task of another runner, which ends without a slot of this one. */
export function awaitsOther(wait: Wait, { owner }: Handle): boolean {
  for (const each of handlesOf(wait)) if (each.owner !== owner) return true;
  return false;
}

/** How what a body waits for waits for its task, from handle to handle, if it does. */
function pathBack(wait: Wait, handle: Handle): Handle[] | undefined {
  for (const each of handlesOf(wait)) {
    const path = findPath(each, handle, waitsFor);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** The first task without a slot among these, and those that they wait for. */
function starvedBy(handles: Iterable<Handle>): Handle | undefined {
  const seen = new Set(handles);
  for (const each of seen) {
    if (each.code === READY) return each;
    for (const next of waitsFor(each)) seen.add(next);
  }
  return undefined;
}
