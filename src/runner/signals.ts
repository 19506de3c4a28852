/**
 * Abort signals that handles were submitted with.
 *
 * @module
 */

import { onAbort } from "../core/on_abort.ts";
import type { Handle } from "../tasks/handle.ts";

interface Group {
  readonly handles: Set<Handle>;
  readonly release: () => void;
}

/** The handles of each signal: those that share one are cancelled together. */
export class Signals {
  readonly #cancel: (handles: ReadonlySet<Handle>, reason: unknown) => void;
  readonly #groups = new Map<AbortSignal, Group>();

  constructor(cancel: (handles: ReadonlySet<Handle>, reason: unknown) => void) {
    this.#cancel = cancel;
  }

  /** Cancels the handle when the signal is aborted, or now if it is. */
  add(handle: Handle, signal: AbortSignal): void {
    if (signal.aborted) {
      this.#cancel(new Set([handle]), signal.reason);
      return;
    }
    handle.need().signal = signal;
    const group = this.#groups.get(signal) ?? this.#open(signal);
    group.handles.add(handle);
  }

  /** Lets go of a handle that is over. */
  remove(handle: Handle, signal: AbortSignal): void {
    const group = this.#groups.get(signal);
    if (group === undefined) return;
    group.handles.delete(handle);
    if (group.handles.size > 0) return;
    this.#groups.delete(signal);
    group.release();
  }

  #open(signal: AbortSignal): Group {
    const handles = new Set<Handle>();
    const release = onAbort(signal, () => this.#cancel(handles, signal.reason));
    const group = { handles, release };
    this.#groups.set(signal, group);
    return group;
  }
}
