import { assertEquals } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import { ConfigFinder } from "../../../src/pools/process/config.ts";
import { dataUrl, evaluate, from, runDeno } from "./run_deno.ts";

/** A folder with those files, and what is left of it removed at the end. */
async function inFolder(files: Record<string, string>, body: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  try {
    for (const [name, text] of Object.entries(files)) {
      Deno.mkdirSync(join(folder, name, ".."), { recursive: true });
      Deno.writeTextFileSync(join(folder, name), text);
    }
    await body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const href = (...path: string[]) => toFileUrl(join(...path)).href;

/** What a module prints that a child with the configuration imports, as the process backend has it imported. */
async function printedBy(module: string, config: string | undefined): Promise<string> {
  const main = dataUrl(`await (() => import(${JSON.stringify(module)}))()`);
  const flags = config === undefined ? ["--no-config"] : ["--config", config];
  const { stdout, stderr } = await runDeno(["run", "--no-prompt", "--quiet", ...flags, main], { cwd: "/" });
  return stdout || stderr;
}

Deno.test("ConfigFinder.nearest() finds the configuration beside a module, or else above it", async () => {
  await inFolder({ "deno.json": "{}", "a/b/deno.json": "{}" }, (folder) => {
    const finder = new ConfigFinder();
    assertEquals(finder.nearest(href(folder, "mod.ts")), join(folder, "deno.json"));
    assertEquals(finder.nearest(href(folder, "a", "mod.ts")), join(folder, "deno.json"));
    assertEquals(finder.nearest(href(folder, "a", "b", "mod.ts")), join(folder, "a", "b", "deno.json"));
    assertEquals(finder.nearest(href(folder, "a", "b", "c", "d", "mod.ts")), join(folder, "a", "b", "deno.json"));
    assertEquals(finder.nearest(`${href(folder, "a", "mod.ts")}?version=2#part`), join(folder, "deno.json"));
  });
});

Deno.test("ConfigFinder.nearest() prefers deno.json to deno.jsonc, as Deno does, and the nearer to both", async () => {
  await inFolder({ "deno.json": "{}", "deno.jsonc": "{}", "a/deno.jsonc": "{}" }, (folder) => {
    const finder = new ConfigFinder();
    assertEquals(finder.nearest(href(folder, "mod.ts")), join(folder, "deno.json"));
    assertEquals(finder.nearest(href(folder, "a", "mod.ts")), join(folder, "a", "deno.jsonc"));
  });
});

Deno.test("ConfigFinder.nearest() handles spaces, umlauts, # and % in paths", async () => {
  await inFolder({ "my projekt/ü #1 100%/deno.json": "{}" }, (folder) => {
    const module = href(folder, "my projekt", "ü #1 100%", "src", "mod.ts");
    assertEquals(new ConfigFinder().nearest(module), join(folder, "my projekt", "ü #1 100%", "deno.json"));
  });
});

Deno.test("ConfigFinder.nearest() passes over folders that are called deno.json", async () => {
  await inFolder({ "deno.json": "{}", "a/deno.json/b": "" }, (folder) => {
    assertEquals(new ConfigFinder().nearest(href(folder, "a", "mod.ts")), join(folder, "deno.json"));
  });
});

for (
  const module of [
    "https://example.com/mod.ts",
    "data:application/javascript,1",
    "jsr:@std/assert",
    "npm:chalk",
    "blob:null/5",
    "file:///a%2Fb/mod.ts",
    "file:///no/such/folder/at/all/mod.ts",
    "mod.ts",
    "",
  ]
) {
  Deno.test(`ConfigFinder.nearest() finds none for ${JSON.stringify(module)}`, () => {
    assertEquals(new ConfigFinder().nearest(module), undefined);
  });
}

Deno.test("ConfigFinder.nearest() remembers what it found for each folder", async () => {
  await inFolder({ "deno.json": "{}", "a/b/c": "" }, (folder) => {
    const finder = new ConfigFinder();
    const modules = [href(folder, "a", "b", "mod.ts"), href(folder, "a", "mod.ts"), href(folder, "mod.ts")];
    for (const module of modules) assertEquals(finder.nearest(module), join(folder, "deno.json"));
    Deno.removeSync(join(folder, "deno.json"));
    for (const module of modules) assertEquals(finder.nearest(module), join(folder, "deno.json"));
    for (const module of modules) assertEquals(new ConfigFinder().nearest(module), undefined);
  });
});

Deno.test("ConfigFinder.nearest() takes what it may not read for not there, and does not prompt", async () => {
  await inFolder({ "deno.json": "{}", "a/deno.json": "{}" }, async (folder) => {
    const imports = from("config.ts", "ConfigFinder");
    const find = (flags: string[]) =>
      evaluate(flags, `new ConfigFinder().nearest(${JSON.stringify(href(folder, "a", "mod.ts"))})`, { imports });
    assertEquals(await find([]), null);
    assertEquals(await find([`--allow-read=${folder}`]), join(folder, "a", "deno.json"));
    assertEquals(await find([`--allow-read=${join(folder, "deno.json")}`]), join(folder, "deno.json"));
    assertEquals(await find(["-A", `--deny-read=${join(folder, "a")}`]), join(folder, "deno.json"));
  });
});

Deno.test("With the configuration found, a child can import what the user's module imports", async () => {
  const files = { "my app/deno.json": `{"imports":{"text":"data:application/javascript,export default 'bare'"}}` };
  await inFolder({ ...files, "my app/src/mod.ts": `import text from "text"; console.log(text)` }, async (folder) => {
    const module = href(folder, "my app", "src", "mod.ts");
    assertEquals(await printedBy(module, new ConfigFinder().nearest(module)), "bare");
  });
});

Deno.test("For a member of a workspace, the configuration found leads Deno to the workspace", async () => {
  const files = {
    "deno.json": `{"workspace":["./member","./lib"],"imports":{"root":"./lib/root.ts","both":"./lib/root.ts"}}`,
    "lib/deno.json": `{"name":"@x/lib","version":"1.0.0","exports":"./mod.ts"}`,
    "lib/mod.ts": `export default "lib"`,
    "lib/root.ts": `export default "root"`,
    "lib/own.ts": `export default "own"`,
    "member/deno.json": `{"name":"@x/member","version":"1.0.0","exports":"./src/mod.ts",
      "imports":{"own":"../lib/own.ts","both":"../lib/own.ts"}}`,
    "member/src/mod.ts": `import root from "root"; import own from "own"; import both from "both";
      import lib from "@x/lib"; console.log(root, own, both, lib)`,
  };
  await inFolder(files, async (folder) => {
    const module = href(folder, "member", "src", "mod.ts");
    const config = new ConfigFinder().nearest(module);
    assertEquals(config, join(folder, "member", "deno.json"));
    assertEquals(await printedBy(module, config), "root own own lib");
  });
});

Deno.test("A package.json counts if a configuration lies beside it", async () => {
  const files = {
    "package.json": `{"dependencies":{"foo":"*"}}`,
    "node_modules/foo/package.json": `{"name":"foo","version":"1.0.0","exports":"./mod.js","type":"module"}`,
    "node_modules/foo/mod.js": `export default "foo"`,
    "mod.ts": `import foo from "foo"; console.log(foo)`,
  };
  await inFolder(files, async (folder) => {
    const module = href(folder, "mod.ts");
    assertEquals(new ConfigFinder().nearest(module), undefined);
    Deno.writeTextFileSync(join(folder, "deno.json"), "{}");
    assertEquals(await printedBy(module, new ConfigFinder().nearest(module)), "foo");
  });
});
