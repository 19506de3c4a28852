/**
 * Tasks whose results are kept for later: looked up when nothing blocks them any more, and kept when they have completed.
 *
 * A task is looked up once, before it takes a slot or counts for a limit. The code that reads and writes files is loaded
 * for the first of them.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { describeError, describeValue } from "../core/describe.ts";
import { TaskError } from "../core/errors.ts";
import { Fifo } from "../core/fifo.ts";
import type { Logger } from "../core/logger.ts";
import { runDetached } from "../core/run_detached.ts";
import { FAILED } from "../core/status.ts";
import type { CacheFiles, ResolvedRunnerCache } from "../core/task_cache.ts";
import type { CacheFound, CacheRequest, ResultCache } from "../stores/cache/result_cache.ts";
import type { Completion } from "./completion.ts";
import type { Dispatcher } from "./queue/dispatcher.ts";
import type { Handle } from "./handle.ts";
import { withValues } from "./inputs.ts";

/** How many tasks are looked up at a time: enough to keep a disk busy, and few files are open. */
const MAX_LOOKS = 16;

/** What is known of a task: it waits for its look, or that has found something, or its value was in the cache. */
type CacheState = "waits" | CacheFound | { readonly failure: unknown } | "cached";

/** What caching needs of the rest of the engine. */
export interface CachingParts {
  readonly options: ResolvedRunnerCache;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly completion: Completion;
  /** Nothing holds a task back any more. */
  released(handle: Handle): void;
}

/** The results of one runner's tasks that have a `cache`. */
export class Caching {
  readonly #parts: CachingParts;
  readonly #queue = new Fifo<[Handle, CacheRequest]>();
  #looks = 0;
  #loading: Promise<ResultCache> | undefined;
  /** Once it is loaded. */
  #cache: ResultCache | undefined;
  /** Completed tasks whose results are being kept, and what follows from that. */
  readonly #keeping = new Map<Handle, () => void>();
  /** What reads or writes files. */
  readonly #work = new Set<Promise<void>>();

  constructor(parts: CachingParts) {
    this.#parts = parts;
  }

  /** Whether a look may end a wait for a task. */
  get isBusy(): boolean {
    return this.#looks > 0 || this.#queue.size > 0;
  }

  /** Whether a task that nothing blocks is to run. Otherwise it is being looked up, or has ended by this call. */
  admits(handle: Handle): boolean {
    const details = handle.ensureDetails();
    const state = details.cache as CacheState | undefined;
    const { completion } = this.#parts;
    if (state === undefined) this.#enqueue(handle);
    else if (typeof state !== "string") {
      if ("place" in state) return true;
      if ("failure" in state) completion.end(handle, FAILED, state.failure);
      else {
        details.cache = "cached";
        completion.endWith(handle, state.value);
      }
    }
    return false;
  }

  /** Looks up what waits for it, if tasks may start. */
  pump(): void {
    while (this.#looks < MAX_LOOKS && this.#queue.size > 0 && this.#parts.dispatcher.isOpen) {
      const [handle, request] = this.#queue.shift()!;
      if (handle.done) continue;
      this.#looks++;
      runDetached(() => this.#track(this.#look(handle, request)));
    }
  }

  /**
   * Keeps the value of a task that has completed, if that is to be.
   *
   * @param then Called once it is kept, or cannot be: the task has its value only then, as what it lets happen may change files.
   */
  keep(handle: Handle, value: unknown, then: () => void): void {
    const state = handle.details?.cache as CacheState | undefined;
    const place = typeof state === "object" && "place" in state ? state.place : undefined;
    if (place === undefined) return then();
    handle.details!.decided = "by its body";
    this.#keeping.set(handle, then);
    const end = () => {
      if (this.#keeping.delete(handle)) then();
    };
    runDetached(() => this.#track(this.#cache!.keep(place, value).finally(end)));
  }

  /** Keeps nothing more, as the program is ending: tasks that have completed do not wait for that. */
  stop(): void {
    for (const then of this.#keeping.values()) then();
    this.#keeping.clear();
  }

  /** Resolves when no file is being read or written. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
    await this.#cache?.idle();
  }

  #enqueue(handle: Handle): void {
    let request: CacheRequest;
    try {
      request = requestOf(handle);
    } catch (error) {
      this.#parts.completion.end(handle, FAILED, error);
      return;
    }
    handle.details!.cache = "waits" satisfies CacheState;
    handle.blocking++;
    this.#queue.push([handle, request]);
    this.pump();
  }

  async #look(handle: Handle, request: CacheRequest): Promise<void> {
    let found: CacheState;
    try {
      found = await (await this.#load()).find(request);
    } catch (failure) {
      found = { failure };
    }
    this.#looks--;
    if (!handle.done) {
      handle.details!.cache = found;
      this.#parts.released(handle);
    }
    this.pump();
  }

  #load(): Promise<ResultCache> {
    const { options, logger, clock } = this.#parts;
    return this.#loading ??= import("../stores/cache/result_cache.ts").then(({ ResultCache }) =>
      this.#cache = new ResultCache(options, logger, () => clock.now())
    );
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }
}

/**
 * What is looked for. The functions of the task's `cache` are called here, and only here.
 *
 * @throws {TaskError} If one of them threw.
 * @throws {TypeError} If one of them returned something else than it must.
 */
function requestOf({ spec: { options }, args: given = [], dependencies }: Handle): CacheRequest {
  const { name: task, module, version, cache } = options;
  const args = dependencies === undefined ? given : withValues(given);
  const key = cache?.key && call(cache.key, args, "key", task);
  if (key !== undefined && typeof key !== "string") throw wrong("key", task, "a string", key);
  const { inputs, outputs } = cache?.files === undefined
    ? NO_FILES
    : filesOf(call(cache.files, args, "files", task), task);
  const about = key === undefined ? { args } : { key };
  return { task, module, version, about, inputs, outputs, expires: cache?.expires ?? Infinity };
}

const NO_FILES: CacheFiles = { inputs: [], outputs: [] };

function filesOf(files: unknown, task: string): CacheFiles {
  const { inputs, outputs } = Object(files) as Partial<CacheFiles>;
  for (const paths of [inputs, outputs]) {
    if (Array.isArray(paths) && paths.every((path) => typeof path === "string" && path !== "")) continue;
    throw wrong("files", task, "{ inputs, outputs }, two arrays of paths", files);
  }
  return { inputs: [...inputs!], outputs: [...outputs!] };
}

function call(fn: (...args: never) => unknown, args: readonly unknown[], what: string, task: string): unknown {
  try {
    return (fn as (...args: readonly unknown[]) => unknown)(...args);
  } catch (cause) {
    throw new TaskError(`The function ${what} in cache of task "${task}" threw ${describeError(cause)}`, {
      task,
      cause,
    });
  }
}

function wrong(what: string, task: string, wanted: string, result: unknown): TypeError {
  if (result instanceof Promise) result.catch(() => {}); // what it rejects with must not end the program
  return new TypeError(
    `The function ${what} in cache of task "${task}" must return ${wanted}, not ${describeValue(result)}`,
  );
}
