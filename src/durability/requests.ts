/**
 * Doing what other programs ask of the runner that has the checkpoint.
 *
 * @module
 */

import type { Checkpointer, CheckpointRequest } from "../core/checkpointer.ts";
import { describeError } from "../core/describe.ts";
import type { CheckpointError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { runDetached } from "../core/run_detached.ts";
import { asCheckpointError } from "./checkpoint_errors.ts";

/** What carries requests out. */
export interface RequestHost {
  /** Whether requests are to be carried out now: not while everything is being cancelled. */
  isTakingRequests(): boolean;
  /**
   * Carries a request out.
   *
   * @returns Resolves once it can be answered; `undefined` if it is done as soon as the record with its id is saved.
   * @throws If that cannot be done; the request then stays for the next run.
   */
  carryOut(request: CheckpointRequest): Promise<void> | undefined;
  /** Says that requests cannot be read. */
  failed(error: CheckpointError): void;
}

/**
 * - `closed`: the runner takes no requests.
 * - `open`: it takes those that it hears of.
 */
type RequestState = "closed" | "open";

/** Reads requests while the runner runs or serves, and has them carried out. */
export class Requests {
  readonly #checkpointer: Checkpointer;
  readonly #logger: Logger;
  readonly #host: RequestHost;
  #state: RequestState = "closed";
  /** Requests that were read and not carried out, as the runner stopped meanwhile. */
  #left: CheckpointRequest[] = [];
  #looking: Promise<void> | undefined;
  /** Whether there may be requests that the look under way does not find. */
  #isToLookAgain = false;

  constructor(checkpointer: Checkpointer, logger: Logger, host: RequestHost) {
    this.#checkpointer = checkpointer;
    this.#logger = logger;
    this.#host = host;
  }

  /**
   * Takes requests from now on.
   *
   * @returns Resolves once those are taken that are there; `undefined` if there are no requests in a checkpoint of that kind.
   */
  open(): Promise<void> | undefined {
    if (this.#checkpointer.requests === undefined) return undefined;
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
        this.#left.push(...await this.#checkpointer.requests!());
        this.#carryOutAll();
      }
    } catch (error) {
      this.#host.failed(asCheckpointError(error, "read requests"));
    }
  }

  #carryOutAll(): void {
    while (this.#left.length > 0 && this.#state === "open" && this.#host.isTakingRequests()) {
      const request = this.#left.shift()!;
      try {
        const done = this.#host.carryOut(request);
        // What cannot be saved ends the run.
        done?.then(() => this.#checkpointer.answer!([request.id])).catch(() => {});
      } catch (error) {
        this.#logger.error(
          `Cannot carry out the request "${request.id}" of another program, which stays for the next run: ${
            error instanceof Error ? error.message : describeError(error)
          }`,
        );
      }
    }
  }
}
