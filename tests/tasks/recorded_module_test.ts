import { assertEquals } from "@std/assert";
import { toFileUrl } from "@std/path";
import { recordedModule } from "../../src/tasks/recorded_module.ts";
import { tempFolder } from "../support.ts";

Deno.test("recordedModule() records a file by its path from the nearest folder with a deno.json", async () => {
  await using folder = await tempFolder();
  const url = (path: string) => toFileUrl(folder.file(path)).href;
  for (const path of ["a/b", "a/inner/c"]) Deno.mkdirSync(folder.file(path), { recursive: true });
  Deno.writeTextFileSync(folder.file("a/deno.json"), "{}");
  Deno.writeTextFileSync(folder.file("a/inner/deno.jsonc"), "{}");
  assertEquals(recordedModule(url("a/tasks.ts")), "tasks.ts");
  assertEquals(recordedModule(url("a/b/tasks.ts")), "b/tasks.ts");
  assertEquals(recordedModule(url("a/inner/c/tasks.ts")), "c/tasks.ts");
});

Deno.test("recordedModule() records what is not below such a folder, and what is not a file, by its URL", async () => {
  await using folder = await tempFolder();
  const url = toFileUrl(folder.file("tasks.ts")).href;
  assertEquals(recordedModule(url), url);
  for (const remote of ["https://deno.land/x/tasks.ts", "jsr:@me/tasks@1", "data:text/javascript,1"]) {
    assertEquals(recordedModule(remote), remote);
  }
});
