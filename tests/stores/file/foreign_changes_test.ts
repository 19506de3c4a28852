import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { FileCheckpointer } from "../../../src/stores/file_checkpointer.ts";
import { errorOf, tempFolder } from "../../support.ts";
import { byId, largeRecords, load, record, save } from "./support.ts";

const IS_WINDOWS = Deno.build.os === "windows";

/** What another program does to the file, and what is said about it. */
const CHANGES: Readonly<Record<string, readonly [change: (path: string) => unknown, message: string]>> = {
  "removed": [(path) => Deno.removeSync(path), "was removed or replaced while it was in use; what it held is lost"],
  "moved": [(path) => Deno.renameSync(path, `${path}.1`), "was moved while it was in use; move it back, and resume"],
  "moved, and another was begun": [
    async (path) => {
      Deno.renameSync(path, `${path}.1`);
      await save(path, [record("theirs")]);
    },
    "was moved while it was in use, and another file is at its path, which was left as it is",
  ],
  "replaced by a copy": [
    (path) => {
      Deno.copyFileSync(path, `${path}~`);
      Deno.renameSync(`${path}~`, path);
    },
    "was removed or replaced while it was in use; what it held is lost",
  ],
  "replaced by a folder": [
    (path) => {
      Deno.renameSync(path, `${path}.1`);
      Deno.mkdirSync(path);
    },
    "was moved while it was in use, and another file is at its path",
  ],
  "removed, with a second link to it": [
    (path) => {
      Deno.linkSync(path, `${path}.backup`);
      Deno.removeSync(path);
    },
    "was moved while it was in use; move it back, and resume",
  ],
  "emptied": [(path) => Deno.truncateSync(path, 0), "bytes where"],
  "appended to": [(path) => Deno.writeTextFileSync(path, "x", { append: true }), "another program changed it"],
};

/** All that is at a path and beside it. */
function contentOf(folder: string): Map<string, string> {
  const files = [...Deno.readDirSync(folder)].map(({ name, isFile }) =>
    [name, isFile ? Deno.readTextFileSync(`${folder}/${name}`) : "a folder"] as const
  );
  return new Map(files.sort());
}

/** Runs a job a second later, by the clock that is asked. */
async function aSecondLater<T>(job: () => Promise<T>): Promise<T> {
  const now = performance.now;
  try {
    performance.now = () => now.call(performance) + 1_000;
    return await job();
  } finally {
    performance.now = now;
  }
}

for (const [how, [change, message]] of Object.entries(CHANGES)) {
  const ignore = IS_WINDOWS; // open files can be neither moved nor removed there
  Deno.test({
    name: `FileCheckpointer notices at disposal that its file was ${how}`,
    ignore,
    async fn() {
      await using folder = await tempFolder();
      const checkpointer = new FileCheckpointer(folder.file());
      await checkpointer.save([record("a")]);
      await change(folder.file());
      const before = contentOf(folder.path);
      await assertRejects(() => checkpointer[Symbol.asyncDispose](), CheckpointError, message);
      assertEquals(contentOf(folder.path), before);
    },
  });

  Deno.test({
    name: `FileCheckpointer notices after a second that its file was ${how}, and says so at disposal no more`,
    ignore,
    async fn() {
      await using folder = await tempFolder();
      await using checkpointer = new FileCheckpointer(folder.file());
      await checkpointer.save([record("a")]);
      await change(folder.file());
      const before = contentOf(folder.path);
      await aSecondLater(async () => {
        await assertRejects(() => checkpointer.save([record("b")]), CheckpointError, message);
        await assertRejects(() => checkpointer.delete(["a"]), CheckpointError, message);
      });
      assertEquals(contentOf(folder.path), before);
    },
  });

  Deno.test({
    name: `FileCheckpointer does not compact a file that was ${how}`,
    ignore: ignore || how === "appended to", // the next save() writes over what was appended
    async fn() {
      await using folder = await tempFolder();
      const checkpointer = new FileCheckpointer(folder.file());
      await checkpointer.save(largeRecords(700, 0));
      await checkpointer.save(largeRecords(700, 1));
      await change(folder.file());
      const theirs = how.endsWith("was begun") ? await load(folder.file()) : undefined;
      await checkpointer.save(largeRecords(700, 2)); // makes it due
      assert(await errorOf(() => checkpointer.save([record("b")])) instanceof CheckpointError);
      await checkpointer[Symbol.asyncDispose]();
      if (theirs !== undefined) assertEquals(await load(folder.file()), theirs);
      assert(![...contentOf(folder.path).keys()].some((name) => name.endsWith("tmp-compaction")));
    },
  });
}

Deno.test("FileCheckpointer notices that its file was cut and has grown again by its own writes", async () => {
  for (const length of [0, 100]) {
    await using folder = await tempFolder();
    await save(folder.file(), [record("a")]);
    const checkpointer = new FileCheckpointer(folder.file());
    await checkpointer.save([record("b")]);
    Deno.truncateSync(folder.file(), length);
    await checkpointer.save([record("c")]);
    await assertRejects(
      () => checkpointer[Symbol.asyncDispose](),
      CheckpointError,
      "was cut by another program while it was in use",
    );
  }
});

Deno.test({
  name: "FileCheckpointer continues with a file that was moved and moved back",
  ignore: IS_WINDOWS,
  async fn() {
    await using folder = await tempFolder();
    {
      await using checkpointer = new FileCheckpointer(folder.file());
      await checkpointer.save([record("a")]);
      Deno.renameSync(folder.file(), folder.file("away"));
      Deno.renameSync(folder.file("away"), folder.file());
      await aSecondLater(() => checkpointer.save([record("b")]));
    }
    assertEquals(await load(folder.file()), byId(record("a"), record("b")));
  },
});

Deno.test("FileCheckpointer finds its file after the working directory was changed", async () => {
  await using folder = await tempFolder();
  const before = Deno.cwd();
  try {
    Deno.chdir(folder.path);
    await using checkpointer = new FileCheckpointer("state.jsonl");
    await checkpointer.save([record("a")]);
    Deno.chdir(before);
    await aSecondLater(() => checkpointer.save([record("b")]));
  } finally {
    Deno.chdir(before);
  }
  assertEquals(await load(folder.file()), byId(record("a"), record("b")));
});

Deno.test("FileCheckpointer warns once that it cannot compact, and why", async () => {
  await using folder = await tempFolder();
  await Deno.mkdir(folder.file("state.jsonl.tmp-compaction/in the way"), { recursive: true });
  const lines: string[] = [];
  const keep = (...data: unknown[]) => void lines.push(data.join(" "));
  {
    const logger = { debug: keep, info: keep, warn: keep, error: keep };
    await using checkpointer = new FileCheckpointer(folder.file(), { logger });
    for (let version = 0; version < 3; version++) await checkpointer.save(largeRecords(700, version));
    await checkpointer.delete(["nothing"]); // after the compaction
  }
  assertEquals(lines.length, 1);
  assertStringIncludes(lines[0]!, `The checkpoint "${folder.file()}" cannot be compacted, and keeps growing: `);
});
