/**
 * What a checkpoint keeps: copies of values that come back equal from its codec.
 *
 * @module
 */

import type { CodecName, ValueEncoding } from "../core/checkpointer.ts";
import type { ErrorEnvelope, ThrownEnvelope } from "../core/error_envelope.ts";
import { isSharedMemory } from "./atomic.ts";
import {
  CLONE_LEVEL,
  encodingOf,
  JSON_LEVEL,
  levelOfFlat,
  levelOfPrimitive,
  MAX_FLAT_LENGTH,
  PACKED_LEVEL,
} from "./encoding.ts";
import type { ContainerKind } from "./copier.ts";
import { EnvelopeWriter } from "./envelope_writer.ts";
import { errorOf } from "./error_fields.ts";
import { isOpen, refuseHidden } from "./hidden.ts";
import { copyForJson, describeForJson } from "./json_snapshot.ts";
import { isPacked, PACKED, Packer } from "./packer.ts";
import { Refusal, sharedMemory, tooDeep, unreadable, unsupported } from "./refusal.ts";
import { walk } from "./walker.ts";

/** A value as it was when it was recorded. Nothing that the program does to the value changes it. */
export interface Snapshot<T> {
  /** The copy. */
  readonly value: T;
  /** How it can be encoded, which nothing needs to find out again. */
  readonly encoding: ValueEncoding;
}

/**
 * A copy of a value for a checkpoint. One walk both checks the value and copies it.
 *
 * @param what Names the value in messages, such as `"args"`.
 * @throws {TypeError} If the value would not come back equal; the message begins with the path to what would not, and ends
 * with what to do about it.
 */
export function snapshot<T>(value: T, codec: CodecName, what: string): Snapshot<T> {
  const flat = snapshotOfFlat(value, codec);
  if (flat !== undefined) return flat;
  if (codec === "json") return { value: copyForJson(value, what) as T, encoding: "json" };
  const copier = new StructuredSnapshot();
  return { value: walk(copier, value, what) as T, encoding: copier.encoding };
}

/**
 * The same for the arguments of a call, in an array that no other code has: it need not be looked at whether it has more than
 * its items.
 */
export function snapshotOfArgs(args: readonly unknown[], codec: CodecName, what: string): Snapshot<readonly unknown[]> {
  let level = JSON_LEVEL;
  for (let index = 0; index < args.length; index++) level = Math.max(level, levelOfPrimitive(args[index]));
  const isKept = level <= (codec === "json" ? JSON_LEVEL : CLONE_LEVEL);
  return isKept ? { value: args.slice(), encoding: encodingOf(level) } : snapshot(args, codec, what);
}

/**
 * The same for structured clone, but with errors in envelopes, as `pack()` puts them: `encoding` is `"packed"` if there are any.
 */
export function packedSnapshot<T>(value: T, what: string): Snapshot<T> {
  const copier = new PackedSnapshot();
  return { value: walk(copier, value, what) as T, encoding: copier.encoding };
}

/** The snapshot of a value that holds primitive values only: the common case, which needs no walk. */
function snapshotOfFlat<T>(value: T, codec: CodecName): Snapshot<T> | undefined {
  let copy: unknown = value;
  if (typeof value === "object" && value !== null) {
    try {
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype === Object.prototype) copy = { ...value };
      else if (prototype === Array.prototype && Array.isArray(value) && value.length <= MAX_FLAT_LENGTH) {
        copy = value.slice();
      } else return undefined;
    } catch {
      return undefined; // the walk finds out where reading it throws
    }
  }
  const level = levelOfFlat(copy);
  if (level > CLONE_LEVEL || (level === CLONE_LEVEL && codec === "json")) return undefined;
  if (typeof value === "object" && value !== null && !isOpen(value)) return undefined;
  return { value: copy as T, encoding: encodingOf(level) };
}

/** What was thrown, for a checkpoint. Whatever it cannot keep becomes a string that describes it. */
export function snapshotOfThrown(thrown: unknown, codec: CodecName): Snapshot<ThrownEnvelope> {
  const packer = new Packer("describe");
  const envelope = packer.thrown(thrown, 0);
  if (codec === "json") return { value: describeForJson(envelope), encoding: "json" };
  return { value: envelope, encoding: packer.encoding };
}

/** Copies what structured clone keeps, and errors. */
class StructuredSnapshot extends EnvelopeWriter {
  #errors: Map<ErrorEnvelope, Error> | undefined;

  protected override error(error: Error, depth: number): unknown {
    this.raise(PACKED_LEVEL);
    const thrown = this.thrown(error, depth);
    return "error" in thrown ? errorOf(thrown.error, this.#errors ??= new Map()) : thrown.value;
  }

  protected override enter(container: object, kind: ContainerKind, isPlain: boolean): void {
    super.enter(container, kind, isPlain);
    if (!this.describes) refuseHidden(container, kind === "map" || kind === "set" ? "entries" : kind, "save");
  }

  protected override stranger(value: unknown): never {
    throw unsupported(value, "save");
  }

  protected override atom(object: object, depth: number): unknown {
    if (isSharedMemory(object)) throw sharedMemory(object, "save");
    refuseHidden(object, "whole", "save");
    return this.copyAtom(object, depth);
  }

  protected override tooDeep(object: object): unknown {
    if (this.describes) return super.tooDeep(object);
    throw tooDeep(this.maxDepth, "save");
  }

  protected override failure(thrown: unknown): unknown {
    return thrown instanceof Refusal ? thrown : unreadable(thrown, "save");
  }
}

/** Copies what structured clone keeps, with envelopes for errors. */
class PackedSnapshot extends StructuredSnapshot {
  protected override error(error: Error, depth: number): unknown {
    this.raise(PACKED_LEVEL);
    return { [PACKED]: this.thrown(error, depth) };
  }

  protected override kept(copy: object): object {
    if (!isPacked(copy)) return copy;
    this.raise(PACKED_LEVEL);
    return { [PACKED]: { value: copy } };
  }
}
