/**
 * Abort signals that handles were submitted with.
 *
 * @module
 */

import { onAbort } from "../core/on_abort.ts";
import type { Cancellation } from "./cancellation.ts";
import type { Handle } from "./handle.ts";
import { isWanted } from "./wanted.ts";

interface Group {
  readonly handles: Set<Handle>;
  readonly release: () => void;
}

/** The unfinished handles of each signal: those that share one are cancelled together. */
export class CancelGroups {
  readonly #cancellation: Cancellation;
  readonly #groups = new Map<AbortSignal, Group>();

  constructor(cancellation: Cancellation) {
    this.#cancellation = cancellation;
  }

  /** Cancels the handle when the signal is aborted, or now if it is. */
  add(handle: Handle, signal: AbortSignal): void {
    if (signal.aborted) {
      this.#cancel(new Set([handle]), signal);
      return;
    }
    handle.ensureDetails().signal ??= signal;
    const group = this.#groups.get(signal) ?? this.#open(signal);
    group.handles.add(handle);
  }

  /** Removes a handle that has finished. */
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
    const release = onAbort(signal, () => this.#cancel(handles, signal));
    const group = { handles, release };
    this.#groups.set(signal, group);
    return group;
  }

  /** Cancels the handles of a signal that no one else wants. */
  #cancel(handles: ReadonlySet<Handle>, signal: AbortSignal): void {
    const unwanted = new Set<Handle>();
    for (const handle of handles) {
      handle.details?.submitters?.delete(signal);
      if (!isWanted(handle)) unwanted.add(handle);
    }
    this.#cancellation.cancelTogether(unwanted, (handle) => unwanted.has(handle), signal.reason);
  }
}
