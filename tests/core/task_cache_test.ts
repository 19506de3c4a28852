import { assertEquals, assertThrows } from "@std/assert";
import { pathToFileURL } from "node:url";
import { checkTaskCache, resolveRunnerCache, type RunnerCache } from "../../src/core/task_cache.ts";

const MESSAGES: [value: unknown, message: string][] = [
  [true, 'X must be an object such as { expires: "1d" }, or {}, not true'],
  [{ ttl: 5 }, 'Unknown option "ttl" in X: the options are expires, key, files'],
  [{ expires: "5" }, "expires in X"],
  [{ key: "id" }, 'key in X must be a function, not "id"'],
  [{ files: ["a"] }, "files in X must be a function, not an array of 1"],
];

for (const [value, message] of MESSAGES) {
  Deno.test(`a cache that cannot be is refused with: ${message}`, () => {
    assertThrows(() => checkTaskCache(value, "X"), Error, message);
  });
}

Deno.test("a cache that was checked can be checked again, as that of a record is", () => {
  const cache = checkTaskCache({ expires: "1s", key: undefined }, "X");
  assertEquals(cache, { expires: 1_000 });
  assertEquals(checkTaskCache(cache, "X"), cache);
});

Deno.test("the cache of a runner has defaults, and a path or a file: URL", () => {
  assertEquals(resolveRunnerCache({}, "X"), { path: ".workflowy/cache", maxBytes: 2 ** 30 });
  const path = Deno.cwd();
  assertEquals(resolveRunnerCache({ path: pathToFileURL(path), maxBytes: 5 }, "X"), { path, maxBytes: 5 });
  const refused: [RunnerCache, string][] = [
    [{ path: "" }, 'path in X must be the path or file: URL of a folder, not ""'],
    [{ path: new URL("https://a.example/") }, "path in X must be the path or file: URL of a folder, not a URL"],
    [{ maxBytes: 0 }, "maxBytes in X must be a whole number of at least 1, not 0"],
  ];
  for (const [given, message] of refused) assertThrows(() => resolveRunnerCache(given, "X"), Error, message);
});
