import { assertEquals, assertThrows } from "@std/assert";
import { decoded, Refusal, taskQuery } from "../../../src/observe/api/task_query.ts";

const read = (query: string) => taskQuery(new URLSearchParams(query));

Deno.test("taskQuery() reads which tasks are wanted, and has defaults", () => {
  assertEquals(read("status="), { filter: {}, limit: 100, offset: 0, isFull: false });
  assertEquals(read("status=failed,%20running&name=a&tag=b&text=c&limit=99999&offset=7&full=true"), {
    filter: { status: ["failed", "running"], name: "a", tag: "b", text: "c" },
    limit: 10_000,
    offset: 7,
    isFull: true,
  });
});

Deno.test("taskQuery() and decoded() refuse what they cannot read", () => {
  for (const query of ["status=lost", "limit=-1", "limit=x", "offset=1.5", "limit="]) {
    assertEquals(assertThrows(() => read(query), Refusal).status, 400);
  }
  assertEquals(decoded("a%2Fb"), "a/b");
  assertEquals(assertThrows(() => decoded("%zz"), Refusal).status, 400);
});
