/**
 * The entry that says how a checkpoint is written.
 *
 * @module
 */

import type { CodecName } from "../../core/checkpointer.ts";
import { CheckpointError } from "../../core/errors.ts";
import { FORMAT, VERSION } from "../format.ts";
import type { KvEntry } from "./database.ts";
import { corruptionError, describePlace, type Place } from "./errors.ts";

/** The header of a checkpoint whose records are of that codec. */
export function headerOf(codec: CodecName): object {
  return { format: FORMAT, version: VERSION, codec };
}

/**
 * Checks a header.
 *
 * @throws {CheckpointError} If what follows it cannot be read with that codec.
 */
export function checkHeader({ key, value }: KvEntry, codec: CodecName, place: Place): void {
  const { format, version, codec: written } = Object(value) as Readonly<Record<string, unknown>>;
  if (format !== FORMAT || typeof version !== "number") {
    throw corruptionError(place, key, "its value is not a header of a checkpoint");
  }
  if (version > VERSION) {
    throw new CheckpointError(
      `Cannot open ${
        describePlace(place)
      }, as it has format version ${version}, and this version of the package reads ` +
        `up to ${VERSION}; update the package, or use another prefix`,
    );
  }
  if (version !== VERSION || (written !== "json" && written !== "structured")) {
    throw corruptionError(place, key, "its value is not a header of a checkpoint");
  }
  if (written === codec) return;
  throw new CheckpointError(
    `Cannot open ${describePlace(place)}, as it was written with codec: "${written}" and cannot be read with ` +
      `"${codec}"; open it with new KvCheckpointer({ codec: "${written}" }), or use another prefix`,
  );
}
