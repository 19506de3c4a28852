/**
 * Putting errors within data into envelopes, so that structured clone, which loses much of an error, can encode the data.
 *
 * @module
 */

import { CLONE_LEVEL } from "./encoding.ts";
import { EnvelopeWriter } from "./envelope_writer.ts";

import { MAX_DEPTH } from "./walker.ts";

/**
 * The only name in an object that stands for an error within data; its value is a `ThrownEnvelope`. An object of the user's
 * with this one name is packed as the `value` of such an envelope, and is not mistaken for an error.
 */
export const PACKED = "$workflowy";

/** Deeper data in the fields of an error that was thrown becomes a string. */
const MAX_FIELD_DEPTH = 100;

/**
 * A copy of a cloneable value in which an envelope stands for each error. Objects that are not copied, such as those that
 * are moved to a thread, stay the same objects.
 */
export function pack(value: unknown): unknown {
  return new Packer("keep").visit(value, 0);
}

/**
 * Whether structured clone refused a value that is cloneable as far as one can see: a proxy, which `pack()` copies as what
 * it stands for.
 */
export function isRefusedByClone(error: unknown): boolean {
  return error instanceof DOMException && error.name === "DataCloneError";
}

/** Copies a value, with its errors in envelopes. */
export class Packer extends EnvelopeWriter {
  readonly #strangers: "keep" | "describe";

  /** Makes a packer for one value; `strangers` says what it does with what cannot be encoded. */
  constructor(strangers: "keep" | "describe") {
    super(strangers === "keep" ? MAX_DEPTH : MAX_FIELD_DEPTH);
    this.#strangers = strangers;
  }

  protected override get describes(): boolean {
    return this.#strangers === "describe" || super.describes;
  }

  protected override error(error: Error, depth: number): unknown {
    return { [PACKED]: this.thrown(error, depth) };
  }

  /** An object that looks like one that stands for an error is not to be mistaken for that. */
  protected override kept(copy: object): object {
    if (!isPacked(copy)) return copy;
    this.raise(CLONE_LEVEL);
    return { [PACKED]: { value: copy } };
  }

  protected override stranger(value: unknown): unknown {
    return value;
  }

  protected override atom(object: object): unknown {
    return object;
  }
}

/** Whether an object looks like one that stands for an error. */
export function isPacked(object: object): boolean {
  return Object.hasOwn(object, PACKED) && Object.keys(object).length === 1;
}
