import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { Eviction, pathOfEntry } from "../../../src/stores/cache/eviction.ts";
import { tempFolder } from "../../support.ts";

/** Writes an entry of a size that was used at a time; returns its path. */
async function write(folder: string, name: string, size: number, usedAt = Date.now()): Promise<string> {
  const path = pathOfEntry(folder, name.repeat(64).slice(0, 64));
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, new Uint8Array(size));
  await Deno.utime(path, new Date(usedAt), new Date(usedAt));
  return path;
}

/** Whether each file is there. */
async function areThere(paths: readonly string[]): Promise<boolean[]> {
  return await Promise.all(paths.map((path) => Deno.stat(path).then(() => true, () => false)));
}

Deno.test("what was not used for longest goes first, until the cache is small enough", async () => {
  await using folder = await tempFolder();
  const paths: string[] = [];
  for (const [index, name] of [..."cafe"].entries()) paths.push(await write(folder.path, name, 100, 1e12 + index));
  await Deno.utime(paths[0]!, new Date(1e12 + 9), new Date(1e12 + 9));
  const large = new Eviction(folder.path, 400);
  await large.evict();
  assertEquals(await areThere(paths), [true, true, true, true]);
  await new Eviction(folder.path, 399).evict();
  assertEquals(await areThere(paths), [true, false, true, true]);
  await new Eviction(folder.path, 1).evict();
  assertEquals(await areThere(paths), [false, false, false, false]);
});

Deno.test("nothing is deleted that is not a file of a cache, whatever folder it is", async () => {
  await using folder = await tempFolder();
  const entry = await write(folder.path, "ab", 100);
  const foreign = [folder.file("notes.txt"), join(dirname(entry), "notes.txt"), folder.file("src/ab")];
  await Deno.mkdir(folder.file("src"));
  for (const path of foreign) await Deno.writeTextFile(path, "x".repeat(1_000));
  await new Eviction(folder.path, 1).evict();
  assertEquals(await areThere([entry, ...foreign]), [false, true, true, true]);
});

Deno.test("what a program has left half written is deleted after a while, and not while it may be written", async () => {
  await using folder = await tempFolder();
  const entry = await write(folder.path, "ab", 100);
  const halfs = [1, 2].map(() => `${entry}.${crypto.randomUUID()}.tmp`);
  for (const half of halfs) await Deno.writeTextFile(half, "half");
  await Deno.utime(halfs[0]!, 1_000, 1_000);
  await new Eviction(folder.path, 1e6).evict();
  assertEquals(await areThere([entry, ...halfs]), [true, false, true]);
  await new Eviction(folder.path, 1).evict();
  assertEquals(await areThere([entry, ...halfs]), [false, false, true], "also if the cache is too large");
});

Deno.test("the size is found out before anything is known, when it is exceeded, and now and then for what others write", async () => {
  await using folder = await tempFolder();
  const eviction = new Eviction(folder.path, 1_000);
  assert(eviction.wrote(10));
  await write(folder.path, "ab", 950);
  await eviction.evict();
  assert(!eviction.wrote(50));
  assert(eviction.wrote(1), "it has 1,001 bytes");
  await Deno.remove(pathOfEntry(folder.path, "ab".repeat(32)));
  await eviction.evict();
  assert(!eviction.wrote(125));
  assert(eviction.wrote(1), "more than an eighth was written");
});

Deno.test("a cache may be missing, and may be deleted by another program meanwhile", async () => {
  await using folder = await tempFolder();
  await new Eviction(folder.file("missing"), 1).evict();
  const paths = await Promise.all([..."cafe"].map((name) => write(folder.path, name, 100)));
  await Promise.all([1, 2, 3].map(() => new Eviction(folder.path, 1).evict()));
  assertEquals(await areThere(paths), [false, false, false, false]);
});
