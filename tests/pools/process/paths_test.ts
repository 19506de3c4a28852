import { assertEquals } from "@std/assert";
import { fromFileUrl, resolve } from "@std/path";
import { absolutePath, pathIfFile } from "../../../src/pools/process/paths.ts";

Deno.test("pathIfFile() returns the path of a file URL, and nothing for all else", () => {
  assertEquals(pathIfFile(import.meta.url), fromFileUrl(import.meta.url));
  for (const other of ["https://a.b/c.ts", "data:,x", "./a.ts", "", "file:///a%2Fb"]) {
    assertEquals(pathIfFile(other), undefined, other);
  }
});

Deno.test("absolutePath() completes paths by the working directory, and takes file URLs", () => {
  assertEquals(absolutePath("./a/../b"), resolve("b"));
  assertEquals(absolutePath(import.meta.url), fromFileUrl(import.meta.url));
});
