import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CheckpointError, FileCheckpointer, task, TaskRunner } from "../../mod.ts";
import { runProgram, tempFolder } from "../support.ts";

const IS_WINDOWS = Deno.build.os === "windows";

Deno.test("TaskRunner.resume() creates the file, and no other runner can resume from it", async () => {
  await using folder = await tempFolder();
  await using runner = await TaskRunner.resume(folder.file());
  assertEquals(Deno.statSync(folder.file()).isFile, true);
  await assertRejects(() => TaskRunner.resume(folder.file()), CheckpointError, "has it open");
  assertEquals(await runner.submit(task({ name: "answer" }, () => 42)), 42);
});

Deno.test({
  name: "TaskRunner.resume() rejects where no file can be written, before any work is done",
  ignore: IS_WINDOWS,
  async fn() {
    await using folder = await tempFolder();
    Deno.writeTextFileSync(folder.file("file"), "");
    const paths: Readonly<Record<string, string>> = {
      [folder.file("no/folder/state.jsonl")]: "its folder does not exist; create that first",
      [folder.file("file/state.jsonl")]: "a part of the path is a file where a folder should be",
      [folder.path]: "it is a folder; name a file in it",
      ...(Deno.build.os === "linux" && { "/proc/state.jsonl": "its folder does not exist" }),
    };
    for (const [path, why] of Object.entries(paths)) {
      for (const from of [path, new FileCheckpointer(path)]) {
        const error = await assertRejects(() => TaskRunner.resume(from), CheckpointError);
        assertStringIncludes(error.message, `Cannot open the checkpoint "${path}": ${why}`);
      }
    }
  },
});

Deno.test("TaskRunner.resume() rejects if the program may not write the file, and says which flags to give", async () => {
  await using folder = await tempFolder();
  await (await TaskRunner.resume(folder.file("there.jsonl"))).shutdown();
  for (const name of ["there.jsonl", "new.jsonl"]) {
    const path = folder.file(name);
    const { code, stdout, stderr } = await runProgram(
      `
      const error = await workflowy.TaskRunner.resume(${JSON.stringify(path)}).catch((error) => error);
      console.log(error.name, error.message);
    `,
      "--no-prompt",
      `--deny-write=${folder.path}`,
    );
    const says = `CheckpointError Cannot open the checkpoint "${path}": the program has no permission; run it with ` +
      `--allow-read=${path} --allow-write=${path}`;
    assertEquals([code, stdout, stderr], [0, says, ""]);
  }
  assert(!Array.from(Deno.readDirSync(folder.path)).some(({ name }) => name === "new.jsonl"));
});
