/**
 * Paths, and strings that may be paths or file URLs.
 *
 * @module
 */

import { pathOf } from "../../core/file_paths.ts";
import { nodeModule } from "../../core/node_builtins.ts";

/** The path of a file URL; `undefined` if the string is not one, or one that has no path, as with `%2F` in it. */
export function pathIfFile(url: string): string | undefined {
  if (!/^file:/i.test(url)) return undefined;
  try {
    return pathOf(url);
  } catch {
    return undefined;
  }
}

/** The absolute path of a path, seen from the working directory, or of a file URL. */
export function absolutePath(pathOrUrl: string): string {
  // Loaded at first use, which takes more than ten milliseconds.
  return nodeModule("node:path").resolve(pathIfFile(pathOrUrl) ?? pathOrUrl);
}
