import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeProject, type ProjectConfig } from "./installed/project.ts";
import {
  JSX_RUNTIME,
  JSX_TASK,
  NPM_TASK,
  ON_ALL_BACKENDS,
  OUTPUT_OF_OTHER,
  RUN_TASKS_OF_OTHER,
  SHOP,
  shopOutput,
  TASKS_OF_OTHER,
  UNSTABLE_TASK,
} from "./installed/programs.ts";
import { serveRegistry } from "./installed/registry.ts";

const BACKENDS = ["async", "thread", "process"];

const SHOP_CONFIG: ProjectConfig = { imports: { helper: "./helper.ts" } };

Deno.test("installed package: runs tasks of all backends from JSR over HTTP", async () => {
  await using registry = await serveRegistry("0.1.0");
  await using project = await makeProject(registry, SHOP_CONFIG, SHOP);
  assertEquals(await project.deno("run", "-A", "main.ts", ...BACKENDS), shopOutput(...BACKENDS));
  const entries = [...registry.served].filter((path) => path.includes("/src/pools/worker/"));
  assert(entries.length >= 2, `No worker loaded its entry from the registry: ${[...registry.served].join(" ")}`);
});

/** The least that a program must be allowed so that its tasks can run there, if they need nothing themselves. */
const NEEDED: readonly (readonly [backend: string, why: string, ...rights: string[]])[] = [
  ["thread", "to read the modules of its tasks", "--allow-read=."],
  ["process", "to run Deno and read deno.json", `--allow-run=${Deno.execPath()}`, "--allow-read=deno.json"],
];

for (const [backend, why, ...rights] of NEEDED) {
  Deno.test(`installed package: needs no right but ${why} for the ${backend} backend`, async () => {
    await using registry = await serveRegistry("0.1.0");
    await using project = await makeProject(registry, SHOP_CONFIG, SHOP);
    const lines = await project.deno("run", "--no-prompt", ...rights, "main.ts", "async", backend);
    assertEquals(lines, shopOutput("async", backend));
  });
}

Deno.test("installed package: runs without a network once `deno cache` has loaded it", async () => {
  await using registry = await serveRegistry("0.1.0");
  await using project = await makeProject(registry, SHOP_CONFIG, SHOP);
  await project.deno("cache", "main.ts");
  assertEquals(await project.deno("run", "-A", "--cached-only", "main.ts", ...BACKENDS), shopOutput(...BACKENDS));
});

Deno.test("installed package: type-checks where it is used", async () => {
  await using registry = await serveRegistry("0.1.0");
  await using project = await makeProject(registry, SHOP_CONFIG, SHOP);
  await project.deno("check", "main.ts");
});

/** Settings of users that must be in effect in workers and children too. */
const SETTINGS: readonly [what: string, config: ProjectConfig, files: Record<string, string>, value: string][] = [
  [
    "JSX",
    {
      imports: { "tiny/jsx-runtime": "./jsx_runtime.ts" },
      compilerOptions: { jsx: "react-jsx", jsxImportSource: "tiny" },
    },
    { "jsx_runtime.ts": JSX_RUNTIME, "tasks.tsx": JSX_TASK },
    "<p class='due'>due in 1 day</p>",
  ],
  ["packages from npm", { imports: { ms: "npm:ms@2.1.3" } }, { "tasks.tsx": NPM_TASK }, "86400000"],
  ["unstable features", { unstable: ["kv"] }, { "tasks.tsx": UNSTABLE_TASK }, "1 day"],
];

for (const [what, config, files, value] of SETTINGS) {
  Deno.test(`installed package: ${what} by the user's deno.json work on all backends`, async () => {
    await using registry = await serveRegistry("0.1.0");
    await using project = await makeProject(registry, config, { ...files, "main.ts": ON_ALL_BACKENDS });
    const expected = BACKENDS.map((backend) => `${backend} ${value}`);
    assertEquals(await project.deno("run", "-A", "main.ts"), expected);
  });
}

Deno.test("two copies of the package: a runner of one version runs the tasks of another", async () => {
  await using registry = await serveRegistry("0.1.0", "0.1.1");
  const imports = {
    "@workflowy/workflowy": "jsr:@workflowy/workflowy@0.1.0",
    "other": "jsr:@workflowy/workflowy@0.1.1",
  };
  const files = { "tasks.ts": TASKS_OF_OTHER, "main.ts": RUN_TASKS_OF_OTHER("./tasks.ts") };
  await using project = await makeProject(registry, { imports }, files);
  assertEquals(await project.deno("run", "-A", "main.ts"), OUTPUT_OF_OTHER);
  for (const version of ["0.1.0", "0.1.1"]) assert(registry.served.has(`/@workflowy/workflowy/${version}/mod.ts`));
  await project.deno("check", "main.ts");
});

Deno.test("two copies of the package: a runner runs the tasks of a bundle that has its own", async () => {
  await using registry = await serveRegistry("0.1.0");
  const imports = { other: "jsr:@workflowy/workflowy@0.1.0" };
  const files = { "tasks.ts": TASKS_OF_OTHER, "main.ts": RUN_TASKS_OF_OTHER("./dist/tasks.js") };
  await using project = await makeProject(registry, { imports }, files);
  await project.deno("bundle", "--quiet", "-o", "dist/tasks.js", "tasks.ts");
  assertEquals(await project.deno("run", "-A", "main.ts"), OUTPUT_OF_OTHER);
});

for (const backend of ["thread", "process"]) {
  Deno.test(`a program that is a bundle, this package included, is told what its ${backend} is missing`, async () => {
    await using registry = await serveRegistry("0.1.0");
    await using project = await makeProject(registry, SHOP_CONFIG, SHOP);
    await project.deno("bundle", "--quiet", "-o", "dist/shop.js", "main.ts");
    const output = await project.failing("run", "-A", join("dist", "shop.js"), backend);
    assertStringIncludes(output, `${backend}_entry.ts`);
  });
}
