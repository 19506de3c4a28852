import { assertEquals, assertThrows } from "@std/assert";
import { checkPath } from "../../../src/stores/file/check_path.ts";

Deno.test("checkPath() takes paths and file URLs", () => {
  assertEquals(checkPath("a/b.jsonl", "path"), "a/b.jsonl");
  if (Deno.build.os !== "windows") assertEquals(checkPath(new URL("file:///a%20b/c"), "path"), "/a b/c");
});

Deno.test("checkPath() refuses anything else, and names it", () => {
  assertThrows(() => checkPath("", "path of x"), RangeError, "path of x");
  for (const path of [undefined, null, 5, {}]) assertThrows(() => checkPath(path, "path of x"), TypeError, "path of x");
  const url = new URL("https://example.com/a");
  assertThrows(
    () => checkPath(url, "path of x"),
    TypeError,
    "must be a path or a file: URL, not https://example.com/a",
  );
});
