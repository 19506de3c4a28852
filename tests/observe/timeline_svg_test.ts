import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { timelineOf, type TimelineSvgOptions } from "../../src/observe/timeline_svg.ts";
import { assertXml, nastyRun, runOf, taskSnapshot } from "./support.ts";

const OPTIONS: TimelineSvgOptions = { theme: "auto", width: 1_000, isInPage: false };

function run(count: number, atOnce: number) {
  return runOf(Array.from({ length: count }, (_, index) => {
    const startedAt = Math.floor(index / atOnce) * 100;
    return taskSnapshot("work", {
      pool: "async",
      submittedAt: 0,
      history: [{
        number: 1,
        status: index % 50 === 7 ? "failed" : "completed",
        startedAt,
        finishedAt: startedAt + 90,
      }],
    });
  }));
}

Deno.test("Each attempt is a bar, and the queue is drawn above them", () => {
  const document = timelineOf(run(20, 4), OPTIONS);
  assertXml(document);
  assertEquals(document.match(/<g data-task=/g)?.length, 20);
  assertStringIncludes(document, "20 tasks, up to 4 at a time, up to 16 waiting");
  assertStringIncludes(document, "1970-01-01 00:00:00 UTC, 490 ms");
});

Deno.test("Beyond 64 at a time, a pool is one area", () => {
  const document = timelineOf(run(1_000, 200), OPTIONS);
  assertXml(document);
  assertEquals(document.includes("<g data-task="), false);
  assertStringIncludes(document, "at a time");
  assertStringIncludes(document, '<path class="wf-failed"');
});

Deno.test("A picture of very many tasks stays small", () => {
  const document = timelineOf(run(20_000, 4), OPTIONS);
  assert(document.length < 1_000_000);
});

Deno.test("Strings of any kind are text, and a run without attempts is a picture too", () => {
  assertXml(timelineOf(nastyRun(), OPTIONS));
  assertStringIncludes(timelineOf(runOf([]), OPTIONS), "No task has started.");
});
