/**
 * The entry that says how a checkpoint is written.
 *
 * @module
 */

import type { CodecName } from "../../core/checkpointer.ts";
import { CheckpointError } from "../../core/errors.ts";
import type { KvEntry } from "./database.ts";
import { damaged, describePlace, type Place } from "./trouble.ts";

const FORMAT = "workflowy-checkpoint";
/** Raised when an older version of this package would misread a checkpoint. */
const VERSION = 1;

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
    throw damaged(place, key, "its value is no header of a checkpoint");
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
    throw damaged(place, key, "its value is no header of a checkpoint");
  }
  if (written === codec) return;
  throw new CheckpointError(
    `Cannot open ${describePlace(place)}, as it was written with codec: "${written}" and cannot be read with ` +
      `"${codec}"; open it with new KvCheckpointer({ codec: "${written}" }), or use another prefix`,
  );
}
