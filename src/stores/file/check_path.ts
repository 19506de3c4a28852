/**
 * The paths of checkpoints' files.
 *
 * @module
 */

import { nonEmptyString } from "../../core/checks.ts";
import { pathOf } from "../../core/file_paths.ts";

/**
 * The path that a user gives, as a string.
 *
 * @throws {TypeError} If it is of a wrong kind, or a URL that is not a `file:` URL.
 * @throws {RangeError} If it is empty.
 */
export function checkPath(path: unknown, what: string): string {
  if (!(path instanceof URL)) return nonEmptyString(path, what);
  if (path.protocol !== "file:") throw new TypeError(`${what} must be a path or a file: URL, not ${path.href}`);
  return pathOf(path);
}
