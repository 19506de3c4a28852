/**
 * Tasks whose results are kept for later: looked up when nothing blocks them any more, and kept when they have completed.
 *
 * A task is looked up before it takes a slot or counts for a limit. If nothing is found, and another task is about to make
 * the same result, it waits for that one and is looked up again. The code that reads and writes files is loaded for the
 * first of them.
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
import type { CacheFound, CachePlace, CacheRequest, ResultCache } from "../stores/cache/result_cache.ts";
import type { Completion } from "./completion.ts";
import type { Durability } from "./durability.ts";
import type { Dispatcher } from "./queue/dispatcher.ts";
import type { Handle } from "./handle.ts";
import { withValues } from "./inputs.ts";

/** How many tasks are looked up at a time: enough to keep a disk busy, and few files are open. */
const MAX_LOOKS = 16;

/** What is known of a task: it waits for its look, or for another task, or its look has ended, or its value was in the cache. */
type CacheState = "waits" | Following | CacheFound | { readonly failure: unknown } | "cached";

/** A task that waits for another one, which makes the same result. */
interface Following {
  readonly leader: Handle;
  readonly request: CacheRequest;
  readonly place: CachePlace;
}

/** A task that makes a result, and those that wait for that. */
interface Flight {
  readonly leader: Handle;
  readonly followers: Handle[];
}

/** The task whose result a task waits for, as it would make the same. */
export function leaderOf({ details }: Handle): Handle | undefined {
  return followingOf(details?.cache as CacheState | undefined)?.leader;
}

function followingOf(state: CacheState | undefined): Following | undefined {
  return typeof state === "object" && "leader" in state ? state : undefined;
}

/** What caching needs of the rest of the engine. */
export interface CachingParts {
  readonly options: ResolvedRunnerCache;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly completion: Completion;
  readonly durability: Pick<Durability, "returned">;
  /** Nothing holds a task back any more. */
  released(handle: Handle): void;
  /** A task waits for another one from now on. */
  follows(): void;
}

/** The results of one runner's tasks that have a `cache`. */
export class Caching {
  readonly #parts: CachingParts;
  readonly #queue = new Fifo<[Handle, CacheRequest]>();
  /** The looks under way, each with the ids of the results that were made meanwhile, or could not be. */
  readonly #looks = new Set<Set<string>>();
  /** The results that are being made, by their id. */
  readonly #flights = new Map<string, Flight>();
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
    return this.#looks.size > 0 || this.#queue.size > 0;
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
    while (this.#looks.size < MAX_LOOKS && this.#queue.size > 0 && this.#parts.dispatcher.isOpen) {
      const [handle, request] = this.#queue.shift()!;
      if (handle.done) continue;
      runDetached(() => this.#track(this.#look(handle, request)));
    }
  }

  /**
   * Keeps the value of a task that has completed, if that is to be.
   *
   * @param then Called once it is kept, or cannot be: the task has its value only then, as what it lets happen may change files.
   */
  keep(handle: Handle, value: unknown, then: () => void): void {
    const place = placeOf(handle);
    if (place === undefined) return then();
    handle.details!.decided = "by its body";
    this.#keeping.set(handle, then);
    const end = (isKept: boolean) => {
      if (!this.#keeping.delete(handle)) return;
      this.#land(handle, place, isKept ? "look" : "run");
      then();
    };
    runDetached(() => this.#track(this.#keep(handle, place, value).then(end)));
  }

  /** A task is finishing: what waits for it to make a result is looked up again, and one of these makes it. */
  finishing(handle: Handle): void {
    const place = placeOf(handle);
    if (place !== undefined) this.#land(handle, place, "look");
  }

  /** Lets a task run that waits for another one. */
  part(handle: Handle): void {
    const { place } = followingOf(handle.details?.cache as CacheState | undefined)!;
    this.#found(handle, { place });
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

  /** A run that finds the value does not run the body: what that has submitted is on record first. */
  async #keep(handle: Handle, place: CachePlace, value: unknown): Promise<boolean> {
    try {
      await this.#parts.durability.returned(handle);
    } catch {
      return false; // what cannot be saved ends the run
    }
    return await this.#cache!.keep(place, value);
  }

  #enqueue(handle: Handle): void {
    let request: CacheRequest;
    try {
      request = requestOf(handle);
    } catch (error) {
      this.#parts.completion.end(handle, FAILED, error);
      return;
    }
    handle.blocking++;
    this.#wait(handle, request);
    this.pump();
  }

  async #look(handle: Handle, request: CacheRequest): Promise<void> {
    const made = new Set<string>();
    this.#looks.add(made);
    let found: CacheState;
    try {
      const cache = await this.#load();
      do found = await cache.find(request); // again, if the result was made after the look for it
       while ("place" in found && found.place !== undefined && made.delete(found.place.id));
    } catch (failure) {
      found = { failure };
    }
    this.#looks.delete(made);
    if (!handle.done) {
      const following = this.#join(handle, request, found);
      if (following === undefined) this.#found(handle, found);
      else {
        handle.details!.cache = following;
        this.#parts.follows();
      }
    }
    this.pump();
  }

  /** Makes a task the one that makes a result, or lets it wait for that one. What always runs has no part in this. */
  #join(handle: Handle, request: CacheRequest, found: CacheFound | { failure: unknown }): Following | undefined {
    const place = "place" in found ? found.place : undefined;
    if (place === undefined || request.expires === 0) return undefined;
    const flight = this.#flights.get(place.id);
    if (flight === undefined) this.#flights.set(place.id, { leader: handle, followers: [] });
    else if (!isWithin(handle, flight.leader)) {
      flight.followers.push(handle);
      return { leader: flight.leader, request, place };
    }
    return undefined;
  }

  /** If a task is the one that makes a result, those that wait for it are looked up again, or run. */
  #land(handle: Handle, { id }: CachePlace, then: "look" | "run"): void {
    const flight = this.#flights.get(id);
    if (flight?.leader !== handle) return;
    this.#flights.delete(id);
    for (const made of this.#looks) made.add(id);
    for (const follower of flight.followers) {
      const following = followingOf(follower.details!.cache as CacheState);
      if (follower.done || following === undefined) continue;
      if (then === "run") this.#found(follower, { place: following.place });
      else this.#wait(follower, following.request);
    }
    this.pump();
  }

  #wait(handle: Handle, request: CacheRequest): void {
    handle.details!.cache = "waits" satisfies CacheState;
    this.#queue.push([handle, request]);
  }

  #found(handle: Handle, found: CacheFound | { failure: unknown }): void {
    handle.details!.cache = found satisfies CacheState;
    this.#parts.released(handle);
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

/** Where the result of a task is to be kept, if it is to run. */
function placeOf({ details }: Handle): CachePlace | undefined {
  const state = details?.cache as CacheState | undefined;
  return typeof state === "object" && "place" in state ? state.place : undefined;
}

/** Whether a task was submitted by the body of another one, or of one that this has submitted, and so on. */
function isWithin(handle: Handle, outer: Handle): boolean {
  for (let { parent } = handle; parent !== undefined; parent = parent.parent) if (parent === outer) return true;
  return false;
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
