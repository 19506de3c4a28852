/**
 * Outcomes of attempts on their way to the runner: many in a frame.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import type { ByteReader, ByteWriter } from "../../pools/protocol/bytes.ts";
import { fromEnvelope, toEnvelope } from "../../serialization/envelope.ts";
import { newFrame, readerOf } from "./frame.ts";
import { checkSize } from "./limits.ts";
import { isToken } from "./token.ts";

/**
 * How an attempt ended.
 *
 * - `completed`: with a value, or one that is kept apart.
 * - `failed`: with what the body threw, or an error that says why it could not be run.
 * - `timedOut`: it was ended, as it had used its time.
 * - `unserved`: the worker has no such task.
 * - `returned`: it has not begun, and the worker will not begin it on account of this submission.
 * - `lost`: the worker cannot say whether it has begun.
 */
export type Outcome =
  | { readonly kind: "completed"; readonly value: unknown }
  | { readonly kind: "completedApart" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "returned"; readonly submission: number }
  | { readonly kind: "timedOut" | "unserved" | "lost" };

/** An outcome, as it is read. */
export interface OutcomeRecord {
  readonly token: string;
  readonly worker: string;
  /** How many jobs the worker has room for beyond those that have a slot, as it learns how long they take. */
  readonly ahead: number;
  readonly outcome: Outcome;
}

const KINDS = ["completed", "completedApart", "failed", "timedOut", "unserved", "returned", "lost"] as const;

/** Collects outcomes of one run. */
export class OutcomeBatch {
  readonly tokens: string[] = [];
  readonly #maxFrame: number;
  readonly #writer: ByteWriter = newFrame("outcomes");
  readonly #aheadAt: number;

  constructor(worker: string, maxFrame: number) {
    this.#maxFrame = maxFrame;
    this.#writer.text(worker);
    this.#aheadAt = this.#writer.length;
    this.#writer.whole(0);
  }

  /**
   * Ends the frame.
   *
   * @param ahead How many jobs the worker has room for, now that these have ended, beyond those that have a slot.
   */
  take(ahead: number): Uint8Array {
    const writer = this.#writer;
    const { length } = writer;
    writer.length = this.#aheadAt;
    writer.whole(ahead);
    writer.length = length;
    return writer.take();
  }

  /**
   * Adds an outcome. A value that cannot travel makes it a failure.
   *
   * @returns `"added"`, `"full"` if it needs another batch, or the bytes of a value that is to be kept apart, after which the
   * outcome is to be added as `completedApart`.
   */
  add(token: string, id: string, outcome: Outcome): "added" | "full" | Uint8Array {
    const writer = this.#writer;
    const start = writer.length;
    let valueStart = 0;
    try {
      valueStart = this.#write(token, outcome);
    } catch (error) {
      writer.length = start;
      if (outcome.kind !== "completed") throw error;
      const why = new TypeError(`The result of "${id}" cannot travel: ${describeError(error)}`, { cause: error });
      return this.add(token, id, { kind: "failed", error: why });
    }
    if (writer.length <= this.#maxFrame) {
      this.tokens.push(token);
      return "added";
    }
    if (this.tokens.length > 0) {
      writer.length = start;
      return "full";
    }
    const bytes = writer.bytes.slice(valueStart, writer.length);
    writer.length = start;
    if (outcome.kind !== "completed") {
      const error = new RangeError(`The error of "${id}" takes ${bytes.length} bytes, which is too large to travel`);
      error.stack = "";
      this.tokens.push(token); // it may take a little more than a frame should
      this.#write(token, { kind: "failed", error });
      return "added";
    }
    try {
      checkSize(bytes.length, `The result of "${id}" would`);
    } catch (error) {
      return this.add(token, id, { kind: "failed", error });
    }
    return bytes;
  }

  /** Returns where the value begins. */
  #write(token: string, outcome: Outcome): number {
    const writer = this.#writer;
    writer.text(token);
    writer.byte(KINDS.indexOf(outcome.kind));
    const start = writer.length;
    if (outcome.kind === "completed") writer.value(outcome.value, "it");
    else if (outcome.kind === "failed") writer.value(toEnvelope(outcome.error), "the error");
    else if (outcome.kind === "returned") writer.whole(outcome.submission);
    return start;
  }
}

/**
 * Reads outcomes.
 *
 * @throws {TypeError|RangeError|SyntaxError} If the frame has none, or not only such. Those before are valid.
 */
export function* decodeOutcomes(frame: Uint8Array): Iterable<OutcomeRecord> {
  const reader = readerOf(frame, "outcomes");
  const worker = reader.text();
  const ahead = reader.whole();
  while (reader.left > 0) {
    const token = reader.text();
    if (!isToken(token)) throw new TypeError("An outcome without a valid token");
    const kind = KINDS[reader.byte()];
    if (kind === undefined) throw new TypeError("An outcome of an unknown kind");
    yield { token, worker, ahead, outcome: readOutcome(kind, reader) };
  }
}

function readOutcome(kind: Outcome["kind"], reader: ByteReader): Outcome {
  switch (kind) {
    case "completed":
      return { kind, value: reader.value() };
    case "failed":
      return { kind, error: fromEnvelope(reader.value()) };
    case "returned":
      return { kind, submission: reader.whole() };
    default:
      return { kind };
  }
}
