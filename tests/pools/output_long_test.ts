import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { HAS_PROC, type Program, runToEnd, WORKERS } from "./support.ts";

/** The lines of a string that contain another one. */
function linesWith(text: string, part: string): string[] {
  return text.split("\n").filter((line) => line.includes(part));
}

function assertAllRan(program: Program): void {
  const [ways] = program.values("WAYS") as string[][];
  const [results] = program.values("RESULTS");
  assertEquals(results, [...ways!, ...ways!, "much", "part", "nothing to read", "console.log"]);
}

for (const backend of WORKERS) {
  Deno.test(`What tasks on a ${backend} print, by whatever means, harms none of them`, async () => {
    assertAllRan(await runToEnd("talkative.ts", { args: [backend, "plain"] }));
  });
}

Deno.test("What process tasks print appears on the parent's stderr, as it is", async () => {
  const program = await runToEnd("talkative.ts", { args: ["process", "plain"] });
  assertAllRan(program);
  const [ways] = program.values("WAYS") as string[][];
  for (const way of ways!) {
    const lines = linesWith(program.stderr, `by ${way}!`);
    const exact = lines.filter((line) => line.endsWith(`by ${way}!`) || /^console\.[tcd]/.test(way));
    assertEquals(exact.length, way === "console.log" ? 3 : 2, `${way}: ${JSON.stringify(lines)}`);
    assertNotMatch(lines.join("\n"), /prints/, "no prefix");
  }
  assertStringIncludes(program.stderr, "unfinished");
  assertEquals(
    linesWith(program.stdout, "by "),
    linesWith(program.stdout, "WAYS").filter((line) => line.includes("by ")),
  );
});

Deno.test("What process tasks print has the task's name in front when the logger is verbose", async () => {
  const program = await runToEnd("talkative.ts", { args: ["process", "verbose"] });
  assertAllRan(program);
  const [ways] = program.values("WAYS") as string[][];
  for (const way of ways!) {
    const lines = linesWith(program.stderr, `by ${way}!`);
    assertEquals(lines.length, way === "console.log" ? 3 : 2, `${way}: ${JSON.stringify(lines)}`);
    for (const line of lines) assertMatch(line, /prints.*by /);
  }
  const [part] = linesWith(program.stderr, "unfinished");
  assertMatch(part!, /printsPart.*unfinished/);
});

for (const way of ["node:fs", "small", "text", "a short line", "file", "child", "thread"]) {
  Deno.test({
    name: `Bytes written past Deno's streams (${way}) are printed, and harm no task`,
    ignore: !HAS_PROC,
    async fn() {
      const program = await runToEnd("corrupting.ts", { args: [way] });
      assertEquals(program.values("RESULT"), [{ status: "completed", value: "written" }]);
      assertEquals(program.values("NEIGHBOURS"), [[[1, 1], [4, 1], [9, 1], [16, 1], [25, 1], [36, 1]]]);
      assertEquals(program.values("NEXT"), [49]);
      assert(!program.stderr.includes("Uncaught"), program.stderr);
      if (way === "thread" || way === "child") assertStringIncludes(program.stderr, "from a child of a child");
    },
  });
}

Deno.test("Large results arrive whole while other threads of their subprocess print all the time", async () => {
  const program = await runToEnd("corrupting.ts", { args: ["noise"] });
  assertEquals(program.values("LENGTHS"), [[300_000, 300_000, 300_000]]);
  assert(linesWith(program.stderr, "noise from a thread").length > 10);
});

Deno.test({
  name: "Results of many lines arrive whole while children of their subprocess write to its standard output",
  ignore: !HAS_PROC,
  async fn() {
    const program = await runToEnd("sharing.ts");
    assertEquals(program.values("WRONG"), [[]]);
    assert(linesWith(program.stderr, "shouted").length > 10);
  },
});
