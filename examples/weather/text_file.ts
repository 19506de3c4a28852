/**
 * Reading and writing text files, with errors for users.
 *
 * @module
 */

import { InputError } from "./input_error.ts";

/** Reads a file of UTF-8. */
export async function readText(path: string | URL): Promise<string> {
  const bytes = await Deno.readFile(path).catch((error) => {
    throw new InputError(`Cannot read ${describePath(path)}: ${whyNot(error, "file")}`, { cause: error });
  });
  const text = decode(bytes);
  if (text === undefined) {
    throw new InputError(`Cannot read ${describePath(path)}: it is not text in UTF-8`);
  }
  return text;
}

/** Writes a file of UTF-8. */
export async function writeText(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text).catch((error) => {
    throw new InputError(`Cannot write ${path}: ${whyNot(error, "folder")}`, { cause: error });
  });
}

/** The name of a file, as the user knows it. */
export function describePath(path: string | URL): string {
  return path instanceof URL ? decodeURIComponent(path.pathname.split("/").at(-1)!) : path;
}

/** Decodes UTF-8; `undefined` if the bytes are not text. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch (error) {
    if (error instanceof TypeError) return undefined; // Thrown by the decoder for bytes that are not UTF-8.
    throw error;
  }
}

/** @param needed What must exist. */
function whyNot(error: unknown, needed: "file" | "folder"): string {
  if (error instanceof Deno.errors.NotFound) return `there is no such ${needed}`;
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder, not a file";
  if (error instanceof Deno.errors.PermissionDenied) return "you may not (permission denied)";
  return error instanceof Error ? error.message : String(error);
}
