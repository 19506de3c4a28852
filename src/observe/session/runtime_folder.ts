/**
 * The folder in which programs that run tell other programs of the same user how to reach them.
 *
 * @module
 */

import { join } from "node:path";
import { tmpdir } from "node:os";
import { environmentVariable } from "../../core/environment.ts";

/** Others have no business here: the files have tokens. */
const FOLDER_MODE = 0o700;

/** Where the folder is, whether it is there or not. */
export function runtimeFolder(): string {
  const own = environmentVariable("XDG_RUNTIME_DIR") ?? environmentVariable("LOCALAPPDATA");
  if (own !== undefined && own !== "") return join(own, "workflowy");
  return join(tmpdir(), `workflowy-${Deno.uid?.() ?? "user"}`);
}

/**
 * Makes a folder in it for one program.
 *
 * @throws {Error} If the folder belongs to another user, or others may look into it.
 */
export function makeSessionFolder(): string {
  const top = runtimeFolder();
  Deno.mkdirSync(top, { recursive: true, mode: FOLDER_MODE });
  const { mode, uid } = Deno.lstatSync(top);
  const isOthers = Deno.build.os !== "windows" && (uid !== Deno.uid() || ((mode ?? 0) & 0o077) !== 0);
  if (isOthers) {
    throw new Error(`Others may use the folder ${top}: remove it, or take their permissions away (chmod 700 ${top})`);
  }
  const folder = join(top, crypto.randomUUID());
  Deno.mkdirSync(folder, { mode: FOLDER_MODE });
  return folder;
}
