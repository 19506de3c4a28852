import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { join } from "node:path";
import { ABSENT, fingerprintOf } from "../../../src/stores/cache/fingerprint.ts";
import { tempFolder } from "../../support.ts";

Deno.test("fingerprintOf() depends on the content of a file, and on nothing else", async () => {
  await using folder = await tempFolder();
  const [a, b] = [folder.file("a"), folder.file("b")];
  await Deno.writeTextFile(a, "x".repeat(1_000_000));
  await Deno.writeTextFile(b, "x".repeat(1_000_000));
  await Deno.utime(b, 1, 1);
  assertEquals(await fingerprintOf(a), await fingerprintOf(b));
  await Deno.writeTextFile(b, "x".repeat(999_999) + "y");
  assertNotEquals(await fingerprintOf(a), await fingerprintOf(b));
  await Deno.writeTextFile(b, "");
  assert((await fingerprintOf(b)).startsWith("file:"));
});

Deno.test("fingerprintOf() of a folder depends on the names and the content of all that is in it", async () => {
  await using folder = await tempFolder();
  const path = folder.file("folder");
  const seen = new Set<string>();
  const look = async () => seen.add(await fingerprintOf(path));
  await Deno.mkdir(join(path, "deep"), { recursive: true });
  await look();
  await Deno.writeTextFile(join(path, "deep", "a"), "1");
  await look();
  await Deno.writeTextFile(join(path, "deep", "a"), "2");
  await look();
  await Deno.rename(join(path, "deep", "a"), join(path, "deep", "b"));
  await look();
  await Deno.rename(join(path, "deep"), join(path, "other"));
  await look();
  assertEquals(seen.size, 5);
  await Deno.rename(join(path, "other"), join(path, "deep"));
  await look();
  assertEquals(seen.size, 5);
});

Deno.test({
  name: "fingerprintOf() of a folder takes a link in it as a link, which may lead back to it",
  ignore: Deno.build.os === "windows", // making links needs a right there
  fn: async () => {
    await using folder = await tempFolder();
    const path = folder.file("folder");
    await Deno.mkdir(path);
    await Deno.symlink(path, join(path, "self"));
    const before = await fingerprintOf(path);
    await Deno.remove(join(path, "self"));
    await Deno.symlink(folder.path, join(path, "self"));
    assertNotEquals(await fingerprintOf(path), before);
  },
});

Deno.test("fingerprintOf() says what is not there", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(folder.file("a"), "");
  assertEquals(await fingerprintOf(folder.file("b")), ABSENT);
  assertEquals(await fingerprintOf(join(folder.file("a"), "b")), ABSENT);
});
