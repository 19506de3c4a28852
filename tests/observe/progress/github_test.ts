import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Annotations, stepSummary, withoutCommands, writeStepSummary } from "../../../src/observe/progress/github.ts";
import { ProgressState } from "../../../src/observe/progress/progress_state.ts";
import { NASTY } from "../support.ts";
import { tempFolder, textOf } from "../../support.ts";

Deno.test("A failure is an annotation of one line, and there are ten at most", () => {
  const annotations = new Annotations();
  assertEquals(
    annotations.of({ who: "parse: page, 1", lines: ["✗ …", "    TypeError: 100%", "        at x"], short: "" }),
    "::error title=parse%3A page%2C 1::TypeError: 100%25%0A    at x",
  );
  for (let count = 1; count < 10; count++) assert(annotations.of({ who: "x", lines: ["y"], short: "" }) !== undefined);
  assertEquals(annotations.of({ who: "x", lines: ["y"], short: "" }), undefined);
});

Deno.test("No line is a command to GitHub", () => {
  for (const line of ["::set-output name=a::b", "  ::stop-commands::x", "##[error]x", "a ##[group]"]) {
    const safe = withoutCommands(line);
    assert(!safe.trimStart().startsWith("::") && !safe.includes("##["));
  }
  assertEquals(withoutCommands("all : well :: here"), "all : well :: here");
});

Deno.test("The summary of a step has the counts and the failures, escaped", () => {
  const state = new ProgressState([], () => {});
  NASTY.forEach((text, index) =>
    state.kinds.set(String(index), { lines: [text, text], short: text, count: index + 1 })
  );
  const summary = stepSummary({ completed: 1_200, failed: 3 }, state, 12_500);
  assertStringIncludes(
    summary,
    "### Tasks: 12.5 s\n\n| status | tasks |\n| --- | ---: |\n| ✗ failed | 3 |\n| ✓ completed | 1,200 |",
  );
  assertEquals(summary.match(/<details>/g)?.length, NASTY.length);
  assertEquals(/<img|<script/.test(summary), false);
  for (const line of summary.split("\n").filter((line) => line.includes("<details>"))) {
    assert(line.endsWith("</details>"));
  }
});

Deno.test("A summary is added to the file that GitHub names", async () => {
  await using folder = await tempFolder();
  const path = folder.file("summary.md");
  const before = Deno.env.get("GITHUB_STEP_SUMMARY");
  try {
    Deno.env.set("GITHUB_STEP_SUMMARY", path);
    writeStepSummary("one\n");
    writeStepSummary("two\n");
    assertEquals(textOf(path), "one\ntwo\n");
    Deno.env.delete("GITHUB_STEP_SUMMARY");
    writeStepSummary("three\n");
    assertEquals(textOf(path), "one\ntwo\n");
  } finally {
    if (before === undefined) Deno.env.delete("GITHUB_STEP_SUMMARY");
    else Deno.env.set("GITHUB_STEP_SUMMARY", before);
  }
});
