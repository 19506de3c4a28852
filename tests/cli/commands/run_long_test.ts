import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { tempFolder } from "../../support.ts";
import { linesOf, workflowy } from "../support.ts";
import { NAP, run, SHOP } from "./world.ts";

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
