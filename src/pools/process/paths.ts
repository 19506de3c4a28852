/**
 * Paths and file URLs.
 *
 * @module
 */

import type * as NodePath from "node:path";
import type * as NodeUrl from "node:url";

interface Builtins {
  getBuiltinModule(name: "node:path"): typeof NodePath;
  getBuiltinModule(name: "node:url"): typeof NodeUrl;
}

/** Loaded when first needed: importing them takes milliseconds, which programs without subprocesses need not wait. */
const builtins = () => (globalThis as unknown as { process: Builtins }).process;

/** The path of a file URL; `undefined` if the text is none, or one that stands for no path, as with `%2F` in it. */
export function pathOf(url: string): string | undefined {
  if (!/^file:/i.test(url)) return undefined;
  try {
    return builtins().getBuiltinModule("node:url").fileURLToPath(url);
  } catch {
    return undefined;
  }
}

/** The absolute path that is meant by a path, seen from the working directory, or by the text of a file URL. */
export function absolutePath(pathOrUrl: string): string {
  return builtins().getBuiltinModule("node:path").resolve(pathOf(pathOrUrl) ?? pathOrUrl);
}

/** The folder that a path lies in and those around it, nearest first. */
export function foldersAbove(path: string): string[] {
  const { dirname } = builtins().getBuiltinModule("node:path");
  const folders = [];
  for (let folder = dirname(path); folder !== path; folder = dirname(folder)) {
    folders.push(folder);
    path = folder;
  }
  return folders;
}

/** The path of a file in a folder. */
export function fileIn(folder: string, name: string): string {
  return builtins().getBuiltinModule("node:path").join(folder, name);
}
