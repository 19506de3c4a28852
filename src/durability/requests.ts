/**
 * Doing what other programs ask of the runner that has the checkpoint.
 *
 * @module
 */

import type { Checkpointer, CheckpointRequest, TaskRecord } from "../core/checkpointer.ts";
import { messageOf } from "../core/describe.ts";
import { TaskCancelledError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { runDetached } from "../core/run_detached.ts";
import { isTerminal } from "../core/status.ts";
import type { DurabilityHost } from "../engine/durability.ts";
import type { Handle } from "../engine/handle.ts";
import { asCheckpointError } from "./checkpoint_errors.ts";
import type { CheckpointWriter } from "./checkpoint_writer.ts";
import { codeOf, type EarlierRun } from "./earlier_run.ts";
import { specOfRecord } from "./orphans.ts";
import { stateOf } from "./task_state.ts";

/** What carrying out requests needs. */
export interface RequestsParts {
  readonly checkpointer: Checkpointer;
  readonly logger: Logger;
  readonly writer: CheckpointWriter;
  /** The engine. */
  host(): DurabilityHost;
  earlier(): EarlierRun;
  /** Cancels an unfinished task of the earlier run that was not submitted since. */
  cancelLeft(id: string): void;
  /** Resolves once the record of a task is saved. */
  saved(handle: Handle): Promise<void>;
}

/**
 * - `closed`: the runner takes no requests.
 * - `open`: it takes those that it hears of.
 */
type RequestState = "closed" | "open";

/** Reads requests while the runner runs or serves, and has them carried out. */
export class Requests {
  readonly #parts: RequestsParts;
  #state: RequestState = "closed";
  /** Requests that were read and not carried out, as the runner stopped meanwhile. */
  #left: CheckpointRequest[] = [];
  #looking: Promise<void> | undefined;
  /** Whether there may be requests that the look under way does not find. */
  #isToLookAgain = false;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  /**
   * Takes requests from now on.
   *
   * @returns Resolves once those are taken that are there; `undefined` if there are no requests in a checkpoint of that kind.
   */
  open(): Promise<void> | undefined {
    if (this.#parts.checkpointer.requests === undefined) return undefined;
    this.#state = "open";
    return this.look();
  }

  /** Takes no more requests. */
  close(): void {
    this.#state = "closed";
  }

  /** Looks for requests. */
  look(): Promise<void> {
    if (this.#state === "closed") return Promise.resolve();
    this.#isToLookAgain = true;
    return this.#looking ??= runDetached(() => this.#lookAll()).finally(() => this.#looking = undefined);
  }

  async #lookAll(): Promise<void> {
    try {
      while (this.#isToLookAgain && this.#state === "open") {
        this.#isToLookAgain = false;
        this.#left.push(...await this.#parts.checkpointer.requests!());
        this.#carryOutAll();
      }
    } catch (error) {
      this.#parts.writer.fail(asCheckpointError(error, "read requests"));
    }
  }

  /** Not while everything is being cancelled. */
  get #isTaking(): boolean {
    const { host, writer } = this.#parts;
    return this.#state === "open" && writer.isOpen && host().isTakingRequests();
  }

  #carryOutAll(): void {
    const { logger } = this.#parts;
    while (this.#left.length > 0 && this.#isTaking) {
      const request = this.#left.shift()!;
      try {
        const done = this.#carryOut(request);
        // What cannot be saved ends the run.
        done?.then(() => this.#answer(request.id), () => {});
      } catch (error) {
        logger.error(
          `Cannot carry out the request "${request.id}" of another program, which stays for the next run: ${
            messageOf(error)
          }`,
        );
      }
    }
  }

  /** Removes a request that was carried out; if that fails, the run ends, as a later one would carry it out again. */
  async #answer(id: string): Promise<void> {
    const { checkpointer, writer } = this.#parts;
    try {
      await checkpointer.answer!([id]);
    } catch (error) {
      writer.fail(asCheckpointError(error, `remove the request "${id}"`));
    }
  }

  /**
   * Carries a request out.
   *
   * @returns Resolves once it can be answered; `undefined` if it is done as soon as the record with its id is saved.
   * @throws If that cannot be done; the request then stays for the next run.
   */
  #carryOut(request: CheckpointRequest): Promise<void> | undefined {
    switch (request.kind) {
      case "submit":
        return this.#submitRequested(request.id, request.record);
      case "deliver": {
        const { key, value } = request;
        // A key that was delivered before, or has timed out, needs no other record.
        return this.#parts.host().deliver(key, value).then(() => {});
      }
      case "cancel":
        return this.#cancelRequested(request.task);
      case "unreadable":
        throw new Error(request.why);
    }
  }

  #submitRequested(id: string, record: TaskRecord): Promise<void> | undefined {
    const { args, key, dueAt, source } = record;
    const { saved } = this.#parts;
    const host = this.#parts.host();
    const known = host.find(id);
    if (known === undefined) {
      const delay = dueAt === undefined ? undefined : new Date(dueAt);
      const spec = specOfRecord(record);
      // The other program waits for the id that it has given; what shares a key with other tasks has the id of the first one.
      const own = spec.options.dedupBy === undefined
        ? spec
        : { ...spec, options: { ...spec.options, dedupBy: undefined } };
      const handle = host.submit(own, args, { id, key, delay, source });
      return stateOf(handle).isOnRecord ? Promise.resolve() : undefined;
    }
    return saved(known);
  }

  async #cancelRequested(id: string): Promise<void> {
    const { writer } = this.#parts;
    const [host, earlier] = [this.#parts.host(), this.#parts.earlier()];
    const handle = host.find(id);
    const record = earlier.find(id);
    if (handle !== undefined) {
      host.cancel(
        handle,
        new TaskCancelledError(`"${id}" was cancelled by another program`, { task: handle.name }),
      );
      await handle.exception();
    } else if (record !== undefined && !isTerminal(codeOf(record))) {
      this.#parts.cancelLeft(id);
    }
    await writer.flush();
  }
}
