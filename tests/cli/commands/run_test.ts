import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tempFolder } from "../../support.ts";
import { linesOf, oneLineOf, workflowy } from "../support.ts";
import { NAP, run, SHOP } from "./world.ts";

Deno.test("run: the program is the main module, has its own arguments, and the command line says nothing", async () => {
  const expected = { code: 0, stdout: "visited north\nvisited south\n", stderr: "" };
  assertEquals(await run("--progress", "none", SHOP), expected);
  assertEquals(await run("--progress=none", SHOP, "--", "--progress", "-A"), expected);
});

Deno.test("run: progress and failures are on stderr, in plain lines where there is no terminal", async () => {
  const good = await run(SHOP);
  assertEquals([good.code, good.stdout], [0, "visited north\nvisited south\n"]);
  assertStringIncludes(good.stderr, "✓ 2 tasks completed");
  const bad = await run("--progress", "plain", SHOP, "broken");
  assertEquals(bad.code, 1);
  assertMatch(bad.stderr, /✗ .* failed[^]*TypeError: no & way[^]*✗ 1 task completed, 1 failed/);
});

Deno.test("run: a task that failed is exit code 1, whatever the program does about it", async () => {
  for (const words of [["broken"], ["broken", "raise"]]) {
    const { code, stderr } = await run("--progress", "none", SHOP, ...words);
    assertEquals(code, 1);
    assertMatch(stderr, /^1 of 2 tasks failed$/m);
  }
  assertEquals((await run("--progress", "none", SHOP, "broken", "repaired")).code, 0);
});

for (const words of [["broken"], ["broken", "raise"]]) {
  Deno.test(`run: writes reports at the end of a program (${words.join(" ")})`, async () => {
    await using folder = await tempFolder();
    const [json, xml, html, trace] = ["json", "xml", "html", "trace"].map((name) => folder.file(`report.${name}`)) as [
      string,
      string,
      string,
      string,
    ];
    const files = [json, xml, html].flatMap((path) => ["--report", path]);
    await run("--progress", "none", ...files, "--trace", trace, SHOP, ...words);
    const report = JSON.parse(await Deno.readTextFile(json));
    assertEquals([report.v, report.ok, report.submitted, report.counts], [1, false, 2, { completed: 1, failed: 1 }]);
    assertEquals(report.tasks.map(({ label }: { label: string }) => label), ["the shop <north>", "the shop <south>"]);
    assertEquals(report.tasks[1].error.message, "no & way\x01");
    const junit = await Deno.readTextFile(xml);
    assertStringIncludes(junit, 'tests="2" failures="1" errors="0" skipped="0"');
    assertStringIncludes(junit, '<failure type="TypeError" message="no &amp; way">TypeError: no &amp; way');
    assertStringIncludes(junit, 'classname="visit" name="the shop &lt;north&gt; (');
    assertEquals(junit.match(/<testcase /g)?.length, 2);
    assertMatch(await Deno.readTextFile(html), /^<!doctype html>[^]*1 failed[^]*TypeError/);
    const { traceEvents } = JSON.parse(await Deno.readTextFile(trace));
    assertEquals(traceEvents.filter(({ ph }: { ph: string }) => ph === "X").length, 2);
  });
}

Deno.test("run --checkpoint: what was cut off continues, in a program that knows nothing of it", async () => {
  await using folder = await tempFolder();
  const args = ["--progress", "none", "--checkpoint", folder.file(), SHOP];
  assertEquals(await run(...args, "stop"), { code: 9, stdout: "visited north\nvisited south\n", stderr: "" });
  assertEquals(await run(...args), { code: 0, stdout: "visited south\n", stderr: "" });
  assertStringIncludes((await workflowy(["state", folder.file()])).stdout, "2 completed");
});

Deno.test("run: what cannot be run gets one sentence, and code 2", async () => {
  await using folder = await tempFolder();
  const program = folder.file("program.ts");
  await Deno.writeTextFile(program, "export const answer = 42;\n");
  const cases: [args: string[], message: string][] = [
    [[], "Expected at least 1 argument(s) for program"],
    [["--progress", "none", folder.file("progam.ts")], `did you mean "${program}"?`],
    [[folder.path], "is a folder; name the program in it"],
    [["-"], "needs a file"],
    [["--progres", "none", program], "did you mean --progress?"],
    [["--progress", "non", program], 'did you mean "none"?'],
    [["--report", "report.pdf", program], "must end with .html, .json, .xml (JUnit)"],
    [["--report", folder.file("no/report.json"), program], "create it first"],
    [["--checkpoint", program, program], "is not a checkpoint"],
    [[program], "has no tasks: it made no TaskRunner"],
  ];
  await Promise.all(cases.map(async ([args, message]) => {
    assertStringIncludes(await oneLineOf(["run", ...args], { env: { XDG_RUNTIME_DIR: folder.path } }), message);
  }));
});

Deno.test("run: an interrupted program is exit code 130, with what to do next", async () => {
  await using folder = await tempFolder();
  for (const isSaved of [false, true]) {
    const options = isSaved ? ["--checkpoint", folder.file()] : [];
    const child = workflowy.spawn(["run", "--progress", "none", ...options, NAP], {
      stderr: "piped",
      env: { XDG_RUNTIME_DIR: folder.path },
    });
    await using lines = linesOf(child.stdout);
    await lines.until("napping in bed");
    child.kill("SIGINT");
    const stderr = await new Response(child.stderr).text();
    assertEquals((await child.status).code, 130);
    assertStringIncludes(
      stderr,
      isSaved ? `workflowy state ${folder.file()} shows what is done` : "with --checkpoint FILE",
    );
  }
});
