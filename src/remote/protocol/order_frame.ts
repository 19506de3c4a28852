/**
 * What a runner says to the workers of its pool.
 *
 * @module
 */

import { TaskTimeoutError } from "../../core/errors.ts";
import { fromEnvelope, toEnvelope } from "../../serialization/envelope.ts";
import { newFrame, readerOf } from "./frame.ts";
import { isToken } from "./token.ts";

/**
 * - `rollCall`: say who you are, and what you have.
 * - `abort`: end that attempt, for that reason.
 * - `unwanted`: the same; it was given up on, and its outcome is not used.
 * - `prints`: from now on, say what the bodies of that run print.
 */
export type Order =
  | { readonly kind: "rollCall" }
  | { readonly kind: "abort"; readonly run: string; readonly token: string; readonly reason: unknown }
  | { readonly kind: "unwanted"; readonly run: string; readonly token: string }
  | { readonly kind: "prints"; readonly run: string };

const KINDS = ["rollCall", "abort", "unwanted", "prints"] as const;

/** Writes an order; a reason that does not fit is left out. */
export function encodeOrder(order: Order, maxFrame: number): Uint8Array {
  const frame = write(order, true);
  return frame.length <= maxFrame ? frame : write(order, false);
}

function write(order: Order, withReason: boolean): Uint8Array {
  const writer = newFrame("order");
  writer.byte(KINDS.indexOf(order.kind));
  if (order.kind === "rollCall") return writer.take();
  writer.text(order.run);
  if (order.kind === "prints") return writer.take();
  writer.text(order.token);
  if (order.kind === "abort") {
    writer.byte(order.reason instanceof TaskTimeoutError ? 1 : 0);
    writer.value(withReason ? toEnvelope(order.reason) : null, "the reason");
  }
  return writer.take();
}

/**
 * Reads an order.
 *
 * @throws {TypeError|RangeError|SyntaxError} If it is none.
 */
export function decodeOrder(frame: Uint8Array): Order {
  const reader = readerOf(frame, "order");
  const kind = KINDS[reader.byte()];
  if (kind === undefined) throw new TypeError("An order of an unknown kind");
  if (kind === "rollCall") return { kind };
  const run = reader.text();
  if (kind === "prints") return { kind, run };
  const token = reader.text();
  if (!isToken(token)) throw new TypeError("An order without a valid token");
  if (kind === "unwanted") return { kind, run, token };
  const isTimeout = reader.byte() === 1;
  const envelope = reader.value();
  const reason = envelope === null ? undefined : fromEnvelope(envelope);
  if (isTimeout && !(reason instanceof TaskTimeoutError)) {
    return { kind, run, token, reason: new TaskTimeoutError("The attempt has used its time") };
  }
  return { kind, run, token, reason };
}
