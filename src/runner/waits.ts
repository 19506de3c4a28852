/**
 * Task bodies that wait for handles. Meanwhile they hold no slot, so that tasks can wait for tasks to any depth, with
 * a single worker too.
 *
 * A body may wait for several handles at once. It gets its slot back before the last of these waits ends; what an
 * earlier one sets going (`Promise.race()`) runs without a slot until then, as the body may just as well go on waiting
 * (`Promise.all()`).
 *
 * @module
 */

import { CycleError } from "../core/errors.ts";
import { findPath, listLinks } from "../core/graph.ts";
import { runDetached } from "../core/run_detached.ts";
import { READY, RETRYING, RUNNING } from "../core/status.ts";
import type { Returner } from "../pools/lane.ts";
import type { Attempt } from "../tasks/attempt.ts";
import { type Handle, silenced, type Wait } from "../tasks/handle.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Ledger } from "./ledger.ts";

/** A wait under way. */
interface OpenWait extends Wait {
  /** Ends the wait with an error, whatever becomes of the handle. */
  readonly fail: (error: unknown) => void;
}

/** A body whose wait is over and that has no slot yet. */
class Returning implements Returner {
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

  /** Delivers without a slot: the body waits again, or is left to itself. */
  withdraw(): void {
    this.wanted = false;
    this.#deliver();
  }
}

/** The waiting bodies of one runner. */
export class Waits {
  readonly #ledger: Ledger;
  readonly #dispatcher: Dispatcher;
  readonly #waiting = new Map<Attempt, Set<OpenWait>>();
  readonly #returning = new Map<Attempt, Returning>();
  /** Bodies whose waits may have closed a cycle since the last look. */
  readonly #unchecked = new Set<Attempt>();
  #recheckAll = false;
  #check: ReturnType<typeof setImmediate> | undefined;

  constructor(ledger: Ledger, dispatcher: Dispatcher) {
    this.#ledger = ledger;
    this.#dispatcher = dispatcher;
  }

  /**
   * Lets an attempt wait; its slot is free until the wait is over and it gets one again.
   *
   * @param limited A wait for the handle that may end earlier.
   */
  begin<T>(attempt: Attempt, handle: Handle<T>, limited: Promise<T> | undefined): Promise<T> {
    const returning = this.#returning.get(attempt);
    if (attempt.phase === "running") this.#dispatcher.release(attempt.handle);
    this.#returning.delete(attempt);
    attempt.phase = "waiting";
    returning?.withdraw();
    const deferred = Promise.withResolvers<T>();
    const refuse = (error: unknown) => {
      silenced(deferred.promise);
      deferred.reject(error);
    };
    const wait: OpenWait = {
      handle: handle as Handle,
      fail: (error) => this.#end(attempt, wait, () => refuse(error)),
    };
    this.#waitsOf(attempt).add(wait);
    this.#unchecked.add(attempt);
    // Told at once when the handle is over, so that this body gets the slot and not a task that has yet to begin.
    const settle = () => this.#end(attempt, wait, () => handle.settle(deferred));
    if (limited === undefined) {
      handle.watch(settle);
    } else {
      limited.then(settle, (error) => {
        if (handle.done) settle();
        else this.#giveUp(attempt, wait, () => refuse(error));
      });
    }
    this.checkForStall();
    return deferred.promise;
  }

  /** Forgets an attempt that is over or left to itself. */
  leave(attempt: Attempt): void {
    this.#waiting.delete(attempt);
    this.#unchecked.delete(attempt);
    const returning = this.#returning.get(attempt);
    this.#returning.delete(attempt);
    returning?.withdraw();
  }

  /**
   * Looks, once things have calmed down, whether every task that runs waits for a handle and nothing else can start:
   * if some of them wait for each other, they would do so forever.
   */
  checkForStall(): void {
    const isWorthIt = this.#unchecked.size > 0 || (this.#recheckAll && this.#waiting.size > 0);
    if (!isWorthIt || this.#check !== undefined) return;
    this.#check = runDetached(() =>
      setImmediate(() => {
        this.#check = undefined;
        if (this.#isStalled()) this.#breakCycles();
      })
    );
  }

  /** Says that dependencies were added, which may have closed a cycle. */
  recheck(): void {
    this.#recheckAll = true;
    this.checkForStall();
  }

  /** Takes back the one callback that may be under way. */
  dispose(): void {
    clearImmediate(this.#check);
    this.#check = undefined;
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
    waits?.delete(wait);
    if (attempt.phase !== "waiting" || waits === undefined || waits.size > 0) {
      deliver();
      return;
    }
    this.#waiting.delete(attempt);
    this.#unchecked.delete(attempt);
    const returning = new Returning(attempt, () => {
      this.#returning.delete(attempt);
      deliver();
    });
    attempt.phase = "returning";
    this.#returning.set(attempt, returning);
    this.#dispatcher.laneOf(attempt.handle).readmit(returning);
  }

  /**
   * Ends a wait that ran out before its handle was over. The body is told at once, without a slot: the one that it waits
   * for may be held by the very task that it will cancel now.
   */
  #giveUp(attempt: Attempt, wait: OpenWait, deliver: () => void): void {
    deliver();
    this.#end(attempt, wait, () => {});
  }

  #isStalled(): boolean {
    const ledger = this.#ledger;
    return this.#waiting.size > 0 && ledger.count(RUNNING) === this.#waiting.size && ledger.count(READY) === 0 &&
      ledger.count(RETRYING) === 0;
  }

  #breakCycles(): void {
    if (this.#recheckAll) { for (const attempt of this.#waiting.keys()) this.#unchecked.add(attempt); }
    this.#recheckAll = false;
    for (const attempt of this.#unchecked) {
      for (const wait of this.#waiting.get(attempt) ?? []) {
        const path = findPath(wait.handle, attempt.handle, waitsFor);
        if (path === undefined) continue;
        const cycle = [attempt.handle, ...path].map(({ name }) => name);
        const message = `"${attempt.id}" cannot wait for "${wait.handle.id}", which waits for it: ${cycle.join(" → ")}`;
        wait.fail(new CycleError(message, { task: attempt.name, cycle }));
        this.checkForStall(); // for what else it may be waiting for
        return;
      }
      this.#unchecked.delete(attempt);
    }
  }
}

/** What an unfinished task waits for: its dependencies, and what its body waits for. */
function* waitsFor(handle: Handle): Iterable<Handle> {
  for (const dependency of listLinks(handle.dependencies)) if (!dependency.done) yield dependency;
  for (const wait of handle.attempt?.waits ?? []) if (!wait.handle.done) yield wait.handle;
}
