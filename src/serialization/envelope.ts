/**
 * Errors as plain data, which survives structured clone, and JSON where their own fields do, and back again. Structured
 * clone alone loses their classes, their fields and the `errors` of an `AggregateError`.
 *
 * @module
 */

import type { ThrownEnvelope } from "../core/error_envelope.ts";
import { Packer } from "./packer.ts";
import { Unpacker } from "./unpacker.ts";

/** Turns whatever was thrown into plain data. Never throws: a string describes what cannot be sent. */
export function toEnvelope(thrown: unknown): ThrownEnvelope {
  return new Packer("describe").thrown(thrown, 0);
}

/**
 * Turns an envelope back into what was thrown. Classes that are not known here get a stand-in of the same name, derived
 * from the nearest one that is.
 *
 * @throws {TypeError} If it is not an envelope, as it may come from anywhere.
 */
export function fromEnvelope(envelope: unknown): unknown {
  return new Unpacker().thrown(envelope, "it", 0);
}
