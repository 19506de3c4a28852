import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import config from "../../deno.json" with { type: "json" };
import { makeProject } from "../pools/installed/project.ts";
import { SHOP } from "../pools/installed/programs.ts";
import { serveRegistry } from "../pools/installed/registry.ts";
import { workflowy } from "./support.ts";

const CLI = "jsr:@workflowy/workflowy@^0.1/cli";

/** A program that needs the configuration of its project, and runs tasks on all backends. */
const FILES = {
  ...SHOP,
  "fail.ts": `
import { TaskRunner } from "@workflowy/workflowy";
import { price } from "./tasks/prices.ts";
await using runner = new TaskRunner({ onTaskError: "continue" });
runner.submit(price.with({ retries: 0 }), Deno.pid, 1);
await runner.run();
`,
};

Deno.test("installed command line: runs a program of a project from JSR over HTTP, on all backends", async () => {
  await using registry = await serveRegistry("0.1.0");
  await using project = await makeProject(registry, { imports: { helper: "./helper.ts" } }, FILES);
  const lines = await project.deno(
    "run",
    "-A",
    CLI,
    "run",
    "--progress",
    "none",
    "main.ts",
    "async",
    "thread",
    "process",
  );
  assertEquals([lines.length, lines.at(-1)], [13, "true true"]);
});

Deno.test("installed command line: reports, checkpoints and exit codes", async () => {
  await using registry = await serveRegistry("0.1.0");
  await using project = await makeProject(registry, { imports: { helper: "./helper.ts" } }, FILES);
  const options = ["--progress", "none", "--report", "report.json", "--checkpoint", "state.jsonl"];
  const output = await project.failing("run", "-A", CLI, "run", ...options, "fail.ts");
  assertMatch(output, /^1 of 1 task failed$/m);
  assertEquals(JSON.parse(await Deno.readTextFile(join(project.folder, "report.json"))).counts, { failed: 1 });
  assertMatch((await project.deno("run", "-A", CLI, "state", "state.jsonl"))[0]!, /^1 task {2}✗ 1 failed$/);
  assertStringIncludes(
    (await project.deno("run", "-A", CLI, "state", "failed", "state.jsonl")).join("\n"),
    "Error: not yet",
  );
});

Deno.test("installed command line: --help, --version, and doctor, which starts workers", async () => {
  await using registry = await serveRegistry("0.1.0");
  await using project = await makeProject(registry, {}, {});
  assertStringIncludes((await project.deno("run", "-A", CLI, "--help")).join("\n"), "workflowy run");
  assertEquals(await project.deno("run", "-A", CLI, "--version"), [config.version]);
  assertEquals(await project.deno("x", "-y", "-A", CLI, "--version"), [config.version]);
  const lines = await project.deno("run", "-A", CLI, "doctor");
  assertMatch(lines.join("\n"), /✓ threads +a task ran[^]*✓ subprocesses +a task ran/);
});

Deno.test("installed command line: as a command of its own, which knows no project", async () => {
  await using registry = await serveRegistry("0.1.0");
  await using project = await makeProject(registry, { imports: { helper: "./helper.ts" } }, FILES);
  await project.deno("install", "-g", "-A", "--root", project.folder, "-n", "workflowy", CLI);
  const { code, stdout } = await new Deno.Command(join(project.folder, "bin", "workflowy"), {
    args: ["run", "--progress", "none", "main.ts", "async", "thread"],
    cwd: project.folder,
    env: {
      JSR_URL: registry.url,
      DENO_DIR: join(project.folder, "..", "deno-dir"),
      PATH: `${join(Deno.execPath(), "..")}:${Deno.env.get("PATH")}`,
    },
  }).output();
  assertEquals([code, new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1)], [0, "true true"]);
});

Deno.test("command line of a checkout: needs nothing from JSR", async () => {
  const shop = fromFileUrl(new URL("./programs/shop.ts", import.meta.url));
  const env = { JSR_URL: "http://127.0.0.1:9/" };
  assertEquals((await workflowy(["--version"], { env })).stdout, `${config.version}\n`);
  const { code, stdout } = await workflowy(["run", "--progress", "none", shop], { env });
  assertEquals([code, stdout], [0, "visited north\nvisited south\n"]);
});
