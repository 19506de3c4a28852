import type { CodecName } from "../../src/core/checkpointer.ts";
import { snapshot } from "../../src/serialization/snapshot.ts";

/** Why a checkpoint of that codec cannot keep a value that is called `what`; `undefined` if it can. */
export function refusalOf(value: unknown, codec: CodecName, what: string): string | undefined {
  try {
    snapshot(value, codec, what);
    return undefined;
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}
