/**
 * A runtime folder for one test.
 *
 * @module
 */

import { tempFolder } from "../../support.ts";

/** Runs a test with a runtime folder of its own. */
export async function inRuntimeFolder(test: (folder: string) => void | Promise<void>): Promise<void> {
  await using folder = await tempFolder();
  const before = Deno.env.get("XDG_RUNTIME_DIR");
  Deno.env.set("XDG_RUNTIME_DIR", folder.path);
  try {
    await test(folder.path);
  } finally {
    if (before === undefined) Deno.env.delete("XDG_RUNTIME_DIR");
    else Deno.env.set("XDG_RUNTIME_DIR", before);
  }
}
