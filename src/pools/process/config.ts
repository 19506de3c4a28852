/**
 * Which configuration of Deno a module belongs to.
 *
 * @module
 */

import { fileIn, foldersAbove } from "../../core/file_paths.ts";
import { pathIfFile } from "./paths.ts";

/** In the order in which Deno looks for them. */
const NAMES = ["deno.json", "deno.jsonc"];

/**
 * Finds the configuration of modules. A child of Deno does not: it looks for one only if its main module is a file.
 *
 * For the member of a workspace that is the member's own configuration, from which Deno finds the workspace by itself.
 * A `package.json` counts only if it lies beside a configuration: no flag of Deno takes one.
 *
 * What was found is remembered for each folder, so that a configuration which appears later goes unnoticed.
 */
export class ConfigFinder {
  /** The configuration of each folder seen. */
  readonly #found = new Map<string, string | undefined>();

  /**
   * The path of the `deno.json` or `deno.jsonc` nearest above a module; `undefined` if the module is not a file, or there
   * is none that this program may read.
   *
   * @param module The URL of the module.
   */
  nearest(module: string): string | undefined {
    const path = pathIfFile(module);
    if (path === undefined) return undefined;
    const passed: string[] = [];
    let config: string | undefined;
    for (const folder of foldersAbove(path)) {
      if (this.#found.has(folder)) {
        config = this.#found.get(folder);
        break;
      }
      passed.push(folder);
      config = NAMES.map((name) => fileIn(folder, name)).find(isReadableFile);
      if (config !== undefined) break;
    }
    for (const folder of passed) this.#found.set(folder, config);
    return config;
  }
}

/** Asks for the permission first, so that the user is not prompted for it. */
function isReadableFile(path: string): boolean {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return false;
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
