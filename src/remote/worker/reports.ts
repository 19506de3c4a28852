/**
 * What a worker says to runners: collected in a turn of the event loop, and sent as one frame for each run.
 *
 * @module
 */

import type { WorkerLink } from "../engine.ts";
import { type AttemptEvent, EventBatch } from "../protocol/event_frame.ts";
import { type Outcome, OutcomeBatch } from "../protocol/outcome_frame.ts";
import { resultKey } from "../protocol/value_frame.ts";

/** An attempt that something is said of. */
export interface Reported {
  readonly run: string;
  readonly token: string;
  readonly id: string;
}

/** Frames to runners. */
export class Reports {
  readonly #link: WorkerLink;
  readonly #worker: string;
  readonly #outcomes = new Map<string, { readonly batch: OutcomeBatch; readonly kept: (() => void)[] }>();
  readonly #events = new Map<string, EventBatch>();
  readonly #beforeFlush: () => void;
  readonly #ahead: () => number;
  #isScheduled = false;

  /**
   * @param ahead How many jobs the worker has room for beyond those that have a slot.
   * @param beforeFlush Called before frames are sent, to add to them.
   */
  constructor(link: WorkerLink, worker: string, ahead: () => number, beforeFlush: () => void) {
    this.#ahead = ahead;
    this.#link = link;
    this.#worker = worker;
    this.#beforeFlush = beforeFlush;
  }

  /**
   * Reports how an attempt ended.
   *
   * @param kept Called once the engine keeps it.
   */
  outcome(attempt: Reported, outcome: Outcome, kept: () => void): void {
    const { run, token, id } = attempt;
    let open = this.#outcomes.get(run);
    if (open === undefined) {
      open = { batch: new OutcomeBatch(this.#worker, this.#link.maxFrame), kept: [] };
      this.#outcomes.set(run, open);
    }
    const added = open.batch.add(token, id, outcome);
    if (added === "added") {
      open.kept.push(kept);
      this.schedule();
    } else if (added === "full") {
      this.#send(run);
      this.outcome(attempt, outcome, kept);
    } else {
      this.#outcomes.delete(run);
      this.#link.blobs.put(run, resultKey(token), added).then(
        () => this.outcome(attempt, { kind: "completedApart" }, kept),
        (error) => this.outcome(attempt, { kind: "failed", error }, kept),
      );
    }
  }

  /** Says something of an attempt; what is too large is cut. */
  event({ run, token }: Reported, event: AttemptEvent): void {
    for (const _ of [1, 2]) {
      let batch = this.#events.get(run);
      if (batch === undefined) this.#events.set(run, batch = new EventBatch(this.#worker, this.#link.maxMessage));
      if (batch.add(token, event)) break;
      this.#tell(run, batch);
    }
    this.schedule();
  }

  /** Sends what is collected in the next turn of the event loop. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  flush(): void {
    this.#beforeFlush();
    for (const [run, batch] of this.#events) this.#tell(run, batch);
    for (const run of [...this.#outcomes.keys()]) this.#send(run);
  }

  #tell(run: string, batch: EventBatch): void {
    this.#events.delete(run);
    if (batch.count > 0) this.#link.tell(run, batch.frame);
  }

  #send(run: string): void {
    const open = this.#outcomes.get(run);
    if (open === undefined) return;
    this.#outcomes.delete(run);
    const { batch, kept } = open;
    this.#link.report(run, batch.tokens, batch.take(this.#ahead()), () => {
      for (const each of kept) each();
    });
  }
}
