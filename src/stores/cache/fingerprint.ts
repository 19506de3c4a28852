/**
 * What files contain, in a few characters.
 *
 * @module
 */

import { fileIn } from "../../core/file_paths.ts";
import { nodeModule } from "../../core/node_builtins.ts";

/** What stands for a file that is not there. */
export const ABSENT = "absent";

/** Bytes that are read at a time. */
const CHUNK = 256 << 10;

type Hash = ReturnType<ReturnType<typeof nodeModule<"node:crypto">>["createHash"]>;

/**
 * The fingerprint of a file, or of all that is in a folder: of names and content, and of nothing else. Files with the same
 * fingerprint have the same content.
 *
 * @returns It, or {@linkcode ABSENT}.
 * @throws If it cannot be read.
 */
export async function fingerprintOf(path: string): Promise<string> {
  const hash = nodeModule("node:crypto").createHash("sha256");
  try {
    const { isDirectory } = await Deno.stat(path);
    if (isDirectory) await addFolder(hash, path);
    else await addFile(hash, path);
    return `${isDirectory ? "folder" : "file"}:${hash.digest("hex")}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return ABSENT;
    throw error;
  }
}

async function addFile(hash: Hash, path: string): Promise<void> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(CHUNK);
  for (let size = await file.read(buffer); size !== null; size = await file.read(buffer)) {
    hash.update(buffer.subarray(0, size));
  }
}

/** Links in a folder count by where they lead: followed, they could lead back to it. */
async function addFolder(hash: Hash, folder: string): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isSymlink } of entries) {
    const path = fileIn(folder, name);
    const content = isSymlink ? `link:${await Deno.readLink(path)}` : await fingerprintOf(path);
    hash.update(`${JSON.stringify([name, content])}\n`);
  }
}
