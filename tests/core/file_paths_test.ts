import { assertEquals, assertThrows } from "@std/assert";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { fileIn, folderOf, foldersAbove, pathOf, type PathStyle } from "../../src/core/file_paths.ts";

/** File URLs and their paths on Windows, or what is thrown there. */
const URLS: readonly (readonly [url: string, onWindows: string])[] = [
  ["file:///", "TypeError"],
  ["file:///home/ada/deno.json", "TypeError"],
  ["file:///home/ada/B%C3%BCro%207/%23a%3Fb.ts?query#hash", "TypeError"],
  ["file:///home/a%5Cb", "TypeError"],
  ["file:///home/a%2Fb", "TypeError"],
  ["file:///C:/a%2fb", "TypeError"],
  ["file:///C:/Users/ada/main.ts", "C:\\Users\\ada\\main.ts"],
  ["file:///c:/B%C3%BCro%207/a%3Fb.ts", "c:\\Büro 7\\a?b.ts"],
  ["file:///c:/", "c:\\"],
  ["file:///1:/x", "TypeError"],
  ["file://server/share/main.ts", "\\\\server\\share\\main.ts"],
  ["file://localhost/home/x", "TypeError"],
  ["file:///C:/%ff", "URIError"],
  ["https://example.com/a.ts", "TypeError"],
];
const PATHS: Readonly<Record<PathStyle, readonly string[]>> = {
  posix: ["/", "/a", "/a/", "/a/b", "/a/b.ts", "/a b/c.d/e", "/a/b/c//", "/a\\b/c"],
  windows: [
    "C:\\",
    "C:\\a",
    "C:\\a\\b.ts",

    "C:\\a\\",
    "\\\\server\\share\\a\\b",
    "\\a\\b",
    "C:\\a b\\c.d\\e",
  ],
};

/** What a function returns, or the name of what it throws. */
function outcome(fn: () => string): string {
  try {
    return fn();
  } catch (error) {
    return (error as Error).name.replace(/ .*/, "");
  }
}

for (const [url, onWindows] of URLS) {
  Deno.test(`pathOf() converts ${url} as node:url does`, () => {
    const expected = outcome(() => fileURLToPath(url));
    assertEquals(outcome(() => pathOf(url, "posix")), expected);
    assertEquals(outcome(() => pathOf(new URL(url), "posix")), expected);
    assertEquals(outcome(() => pathOf(url, "windows")), onWindows);
  });
}

for (const style of ["posix", "windows"] as const) {
  Deno.test(`folderOf() and foldersAbove() find the folders that node:path finds (${style})`, () => {
    const { dirname } = style === "windows" ? path.win32 : path.posix;
    for (const each of PATHS[style]) {
      assertEquals(folderOf(each, style), dirname(each), each);
      const folders = [];
      for (let at = each; dirname(at) !== at; at = dirname(at)) folders.push(dirname(at));
      assertEquals(foldersAbove(each, style), folders, each);
    }
  });

  Deno.test(`fileIn() joins as node:path does (${style})`, () => {
    const { join } = style === "windows" ? path.win32 : path.posix;
    const folders = PATHS[style].map((each) => folderOf(each, style));
    for (const folder of folders) assertEquals(fileIn(folder, "deno.json", style), join(folder, "deno.json"), folder);
  });
}

Deno.test("pathOf() rejects what is not a URL", () => {
  assertThrows(() => pathOf("main.ts"), TypeError);
});
