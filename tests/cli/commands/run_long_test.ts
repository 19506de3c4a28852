import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type TempFolder, tempFolder } from "../../support.ts";
import { linesOf, oneLineOf, workflowy } from "../support.ts";
import { NAP, run, SHOP } from "./world.ts";
import { join } from "@std/path";

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
    [[], "The program is missing"],
    [["--progress", "none", folder.file("progam.ts")], `did you mean "${program}"?`],
    [[folder.path], "is a folder; name the program in it"],
    [["-"], "needs a file"],
    [["--progres", "none", program], 'did you mean "--progress"?'],
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

/** Runs a program, and ends it by a signal while its task runs. */
async function endedBy(signal: Deno.Signal, folder: TempFolder, options: readonly string[]) {
  const child = workflowy.spawn(["run", "--progress", "none", ...options, NAP], {
    stderr: "piped",
    env: { XDG_RUNTIME_DIR: folder.path },
  });
  await using lines = linesOf(child.stdout);
  await lines.until("napping in bed");
  child.kill(signal);
  const stderr = await new Response(child.stderr).text();
  return { code: (await child.status).code, stderr };
}

Deno.test("run: an interrupted program is exit code 130, with what to do next", async () => {
  await using folder = await tempFolder();
  for (const isSaved of [false, true]) {
    const options = isSaved ? ["--checkpoint", folder.file()] : [];
    const { code, stderr } = await endedBy("SIGINT", folder, options);
    assertEquals(code, 130);
    assertStringIncludes(
      stderr,
      isSaved ? `workflowy state ${folder.file()} shows what is done` : "with --checkpoint FILE",
    );
  }
});

Deno.test("run: a program that is ended from outside has the code of its signal, and what to do next", async () => {
  await using folder = await tempFolder();
  const reports = ["--report", folder.file("a.json"), "--trace", folder.file("b.json")];
  const { code, stderr } = await endedBy("SIGTERM", folder, reports);
  assertEquals(code, 143);
  assertEquals(stderr.trimEnd().split("\n"), [
    `warning: ${folder.file("a.json")}, ${
      folder.file("b.json")
    } were not written, as the program was ended from outside`,
    "ended by SIGTERM: nothing was saved; with --checkpoint FILE, the next run continues where this one stopped",
  ]);
});

Deno.test("run: another exit code of the program is that of the command", async () => {
  assertEquals((await run("--progress", "none", SHOP, "exit")).code, 7);
  assertEquals((await run("--progress", "none", SHOP, "stop")).code, 9);
});

Deno.test("run --checkpoint says if the program has one of its own", async () => {
  await using folder = await tempFolder();
  const { code, stderr } = await run(
    "--progress",
    "none",
    "--checkpoint",
    folder.file(),
    SHOP,
    "own",
    folder.file("own"),
  );
  assertEquals(code, 0);
  assertStringIncludes(stderr, "warning: --checkpoint was not used");
});

Deno.test("run: permissions of the program are those that it is given, and what the command line needs is beside them", async () => {
  await using folder = await tempFolder();
  const program = folder.file("program.ts");
  const report = folder.file("report.json");
  const mod = new URL("../../../mod.ts", import.meta.url).href;
  await Deno.writeTextFile(
    program,
    `import { TaskRunner } from ${JSON.stringify(mod)};
await using runner = new TaskRunner();
await runner.submit(function work() {});
const states = [{ name: "env" }, { name: "write", path: "/" }, { name: "net", host: "example.com" }, { name: "run" }];
console.log(states.map((each) => Deno.permissions.querySync(each).state).join(" "));
`,
  );
  const states = async (...flags: string[]) =>
    (await run("--progress", "none", "--report", report, ...flags, program)).stdout.trim();
  assertEquals(await states(), "granted granted granted granted");
  assertEquals(await states("--no-prompt", "--allow-read"), "prompt prompt prompt prompt");
  assertEquals(JSON.parse(await Deno.readTextFile(report)).ok, true);
  assertEquals(await states("--no-prompt", "--allow-env", "-W"), "granted granted prompt prompt");
  const denied = await run("--no-prompt", "--deny-net", program);
  assertStringIncludes(denied.stderr, "warning: Other commands cannot reach this program");
  assertEquals(denied.code, 0);
});

Deno.test("run: a program that Deno cannot load gets a sentence below what Deno says", async () => {
  await using folder = await tempFolder();
  for (const [name, text] of [["syntax", "const x: = 3;"], ["missing", 'import "./nothing.ts";']] as const) {
    const program = folder.file(`${name}.ts`);
    await Deno.writeTextFile(program, text);
    const { code, stderr } = await run(program);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `error: ${program} could not be started: see above\n`);
  }
});

Deno.test("run: a program without tasks is told so, and is not a failure", async () => {
  const { code, stderr } = await run("--progress", "none", SHOP, "idle");
  assertEquals(code, 0);
  assertMatch(stderr, /^warning: .* has submitted no tasks$/m);
});

Deno.test("run: only this user can read how a program is reached", async () => {
  await using folder = await tempFolder();
  const child = workflowy.spawn(["run", NAP], { env: { XDG_RUNTIME_DIR: folder.path } });
  await using lines = linesOf(child.stdout);
  await lines.until("napping in bed");
  const top = join(folder.path, "workflowy");
  const [{ name }] = [...Deno.readDirSync(top)] as [Deno.DirEntry];
  const modes = [top, join(top, name), join(top, name, "session.json"), join(top, name, "attach.js")]
    .map((path) => ((Deno.statSync(path).mode ?? 0) & 0o777).toString(8));
  assertEquals(modes, ["700", "700", "600", "600"]);
  const { address, token } = JSON.parse(Deno.readTextFileSync(join(top, name, "session.json")));
  const ask = (authorization: string) => fetch(`${address}/api/state`, { headers: { authorization } });
  const refused = await ask("Bearer nothing");
  assertEquals(refused.status, 401);
  await refused.body?.cancel();
  const answer = await (await ask(`Bearer ${token}`)).json();
  assertEquals([answer.v, answer.program], [1, NAP]);
  assert(answer.statistics.running > 0);
  child.kill("SIGTERM");
  await child.status;
});
