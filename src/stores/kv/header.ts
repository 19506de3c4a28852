/**
 * The entry that says how a checkpoint is written.
 *
 * @module
 */

import type { CodecName } from "../../core/checkpointer.ts";
import { CheckpointError } from "../../core/errors.ts";
import { type CodecId, describeCodec, openingAdvice } from "../record_codec.ts";
import { FORMAT, VERSION } from "../format.ts";
import type { KvEntry } from "./database.ts";
import { corruptionError, describePlace, type Place } from "./errors.ts";

/** The header of a checkpoint whose records are of that codec. */
export function headerOf({ name, wrapper }: CodecId): object {
  return { format: FORMAT, version: VERSION, codec: name, ...(wrapper !== undefined && { wrapper }) };
}

/**
 * Checks a header.
 *
 * @param codec The codec that is to be read with; `undefined` for either of the two.
 * @returns Which values can be stored.
 * @throws {CheckpointError} If what follows it cannot be read with that codec.
 */
export function checkHeader({ key, value }: KvEntry, codec: CodecId | undefined, place: Place): CodecName {
  const { format, version, codec: name, wrapper } = Object(value) as Readonly<Record<string, unknown>>;
  if (format !== FORMAT || typeof version !== "number") {
    throw corruptionError(place, key, "its value is not a header of a checkpoint");
  }
  if (version > VERSION) {
    throw new CheckpointError(
      `Cannot open ${
        describePlace(place)
      }, as it has format version ${version}, and this version of the package reads ` +
        `up to ${VERSION}; update the package, or use another prefix`,
      { reason: "incompatible" },
    );
  }
  const hasWrapper = wrapper === undefined || typeof wrapper === "string";
  if (version !== VERSION || (name !== "json" && name !== "structured") || !hasWrapper) {
    throw corruptionError(place, key, "its value is not a header of a checkpoint");
  }
  if (wrapper === codec?.wrapper && (codec === undefined || name === codec.name)) return name;
  const written = { name, wrapper } as CodecId;
  throw new CheckpointError(
    `Cannot open ${describePlace(place)}, as it was written with ${describeCodec(written)} and cannot be read with ` +
      (codec === undefined
        ? `codec: "${name}" alone; give the codec of that name`
        : `${describeCodec(codec)}; ${openingAdvice(written, "new KvCheckpointer(*)")}, or use another prefix`),
    { reason: "incompatible" },
  );
}
