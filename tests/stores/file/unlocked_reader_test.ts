import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { readUnlocked } from "../../../src/stores/file/unlocked_reader.ts";
import { codecNamed } from "../../../src/stores/record_codec.ts";
import { tempFolder } from "../../support.ts";
import { HEADER, largeRecords, record, save } from "./support.ts";

const read = (path: string) => Array.fromAsync(readUnlocked(path, () => codecNamed("json")));

Deno.test("readUnlocked() reads what is there when it begins, whatever happens to the file meanwhile", async () => {
  await using folder = await tempFolder();
  const path = folder.file();
  await save(path, largeRecords(700, 1));
  const records = readUnlocked(path, () => codecNamed("json"));
  const first = await records.next();
  await save(path, [record("later")]);
  if (Deno.build.os !== "windows") Deno.renameSync(path, folder.file("away")); // as compaction does
  const rest = await Array.fromAsync(records);
  assertEquals([first.value, ...rest], largeRecords(700, 1));
});

Deno.test("readUnlocked() of a file without a whole header yields nothing", async () => {
  await using folder = await tempFolder();
  for (const content of ["", HEADER.slice(0, 10), HEADER]) {
    Deno.writeTextFileSync(folder.file(), content);
    assertEquals(await read(folder.file()), []);
  }
});

Deno.test("readUnlocked() scans again if the file seems damaged and has changed", async () => {
  await using folder = await tempFolder();
  const path = folder.file();
  await save(path, largeRecords(700, 1));
  const whole = Deno.readFileSync(path);
  const damaged = whole.slice();
  damaged[HEADER.length + 400_000]! ^= 1;
  Deno.writeFileSync(path, damaged);
  const { readSync } = Deno.FsFile.prototype;
  let reads = 0;
  Deno.FsFile.prototype.readSync = function (buffer) {
    const read = readSync.call(this, buffer);
    // After the damaged part was read, its owner puts the right bytes there, and adds some that are incomplete.
    if (++reads === 3) {
      Deno.writeFileSync(path, whole);
      Deno.writeTextFileSync(path, "{", { append: true });
    }
    return read;
  };
  try {
    assertEquals((await read(path)).length, 700);
  } finally {
    Deno.FsFile.prototype.readSync = readSync;
  }
  Deno.writeFileSync(path, damaged);
  await assertRejects(() => read(path), CheckpointError, "the checksum of the line is wrong");
});
