import { assertEquals } from "@std/assert";
import { toFileUrl } from "@std/path";
import { tempFolder } from "../support.ts";
import { closest, closestFile, didYouMean } from "../../src/cli/suggest.ts";

Deno.test("closest finds what was probably meant, and nothing that is far away", () => {
  const words = ["list", "show", "failed", "orphans", "history"];
  for (
    const [typed, meant] of [
      ["lst", "list"],
      ["lsit", "list"],
      ["List", "list"],
      ["fialed", "failed"],
      ["orphens", "orphans"],
      ["hist", "history"],
      ["x", undefined],
      ["", undefined],
    ] as const
  ) {
    assertEquals(closest(typed, words), meant, typed);
  }
});

Deno.test("closest prefers the fewest mistakes, and the first of equals", () => {
  assertEquals(closest("aab", ["aac", "aab"]), "aab");
  assertEquals(closest("aab", ["aac", "aad"]), "aac");
});

Deno.test("didYouMean is the end of a sentence", () => {
  assertEquals(didYouMean("shwo", ["show"]), '; did you mean "show"?');
  assertEquals(didYouMean("something", ["show"]), "");
});

Deno.test("closestFile looks into the folder of the path, with the separators of any system", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(folder.file("night.jsonl"), "");
  const all = () => true;
  assertEquals(closestFile(folder.file("nihgt.jsonl"), all), folder.file("night.jsonl"));
  const url = (name: string) => toFileUrl(folder.file(name)).href;
  assertEquals(closestFile(url("nihgt.jsonl"), all), url("night.jsonl"));
  assertEquals(closestFile(folder.file("nihgt.jsonl"), () => false), undefined);
  assertEquals(closestFile(folder.file("none/night.jsonl"), all), undefined);
  assertEquals(closestFile("C:\\no such folder\\night.jsonl", all), undefined);
});
