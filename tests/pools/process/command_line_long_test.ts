import { assert, assertEquals } from "@std/assert";
import { toFileUrl } from "@std/path";
import {
  childArguments,
  type ChildOptions,
  denoProgram,
  missingRunPermission,
} from "../../../src/pools/process/command_line.ts";
import { dataUrl, evaluate, from, runDeno } from "./run_deno.ts";

const CODE = dataUrl(`console.log("it runs")`);
const IMPORTS = from("command_line.ts", "childArguments", "denoProgram", "missingRunPermission");

const argumentsFor = (options: Partial<ChildOptions>) =>
  childArguments({
    permissions: "none",
    memoryLimitMb: undefined,
    config: undefined,
    denoFlags: [],
    main: CODE,
    ...options,
  });

/** The arguments without those that stand for the unstable features of the program that runs the tests. */
const stableOf = (args: string[]) => args.filter((arg) => !arg.startsWith("--unstable-"));

/** What an expression is worth in a child with those options. */
async function valueIn(options: Partial<ChildOptions>, expression: string): Promise<unknown> {
  const { code, stdout, stderr } = await runDeno(
    argumentsFor({ main: dataUrl(`console.log(JSON.stringify(await ${expression}))`), ...options }),
  );
  assertEquals([code, stderr], [0, ""]);
  return JSON.parse(stdout);
}

const state = (name: string, part = "") => `Deno.permissions.querySync({ name: "${name}"${part} }).state`;
const heapMb = `import("node:v8").then((v8) => v8.getHeapStatistics().heap_size_limit / 2 ** 20)`;

/** A file with that text for the time of the body. */
async function withFile(text: string, body: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "ü #% ", suffix: ".json" });
  try {
    await Deno.writeTextFile(path, text);
    await body(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("childArguments() puts flags before the main module, and the user's own last of them", () => {
  assertEquals(stableOf(argumentsFor({ main: "data:,x" })), [
    "run",
    "--no-prompt",
    "--quiet",
    "--no-config",
    "data:,x",
  ]);
  const all = { permissions: { net: true }, memoryLimitMb: 64, config: "/a/deno.json", denoFlags: ["--seed=1"] };
  assertEquals(stableOf(argumentsFor({ ...all, main: "data:,x" })), [
    "run",
    "--no-prompt",
    "--quiet",
    "--config",
    "/a/deno.json",
    "--allow-net",
    "--v8-flags=--max-old-space-size=64",
    "--seed=1",
    "data:,x",
  ]);
});

Deno.test("A child starts with the arguments, and prints nothing of its own", async () => {
  const ran = { code: 0, stdout: "it runs", stderr: "" };
  assertEquals(await runDeno(argumentsFor({})), ran);
  assertEquals(await runDeno(argumentsFor({ permissions: undefined, memoryLimitMb: 64 })), ran);
});

Deno.test("A child has the memory of memoryLimitMb, or that of the user's flags", async () => {
  const limit = async (options: Partial<ChildOptions>) => Number(await valueIn(options, heapMb));
  const near = (actual: number, mb: number) =>
    assert(actual >= mb && actual <= mb + 150, `${actual} is not near ${mb}`);
  near(await limit({ memoryLimitMb: 100 }), 100);
  near(await limit({ memoryLimitMb: 1000 }), 1000);
  near(await limit({ memoryLimitMb: 100, denoFlags: ["--v8-flags=--expose-gc"] }), 100);
  near(await limit({ memoryLimitMb: 100, denoFlags: ["--v8-flags=--max-old-space-size=500"] }), 500);
  assertEquals(stableOf(argumentsFor({ memoryLimitMb: Infinity })), stableOf(argumentsFor({})));
});

Deno.test("A child has the configuration, or that of the user's flags", async () => {
  await withFile(`{"imports":{"x":"data:text/javascript,export default 1"}}`, async (path) => {
    const x = `import("x").then(({ default: x }) => x, () => 0)`;
    assertEquals(await valueIn({ config: path }, x), 1);
    assertEquals(await valueIn({}, x), 0);
    assertEquals(await valueIn({ denoFlags: [`--config=${path}`] }, x), 1);
    assertEquals(await valueIn({ denoFlags: [`-c=${path}`], config: "/no/such/file" }, x), 1);
    assertEquals(await valueIn({ denoFlags: [`--import-map=${path}`] }, x), 1);
    assertEquals(await valueIn({ denoFlags: [`--import-map=${path}`], config: path }, x), 1);
    assertEquals(await valueIn({ denoFlags: ["--no-config"], config: path }, x), 0);
  });
});

Deno.test("A child has the unstable features of the program", async () => {
  const flagsOf = async (own: string[]) => {
    const expression = `childArguments({ permissions: "none", denoFlags: [], main: "" })`;
    const args = await evaluate(own, expression, { imports: IMPORTS }) as string[];
    return args.filter((arg) => arg.startsWith("--unstable-"));
  };
  const all = ["bundle", "cron", "kv", "net", "unsafe-proto", "webgpu"].map((feature) => `--unstable-${feature}`);
  assertEquals(await flagsOf([]), []);
  for (const flag of all) assertEquals(await flagsOf([flag]), [flag]);
  assertEquals(await flagsOf(all), all);
  await withFile(`{"unstable":["kv","cron"]}`, async (path) => {
    assertEquals(await flagsOf(["--config", path]), ["--unstable-cron", "--unstable-kv"]);
    const twice = { config: path, denoFlags: ["--unstable-kv", "--unstable-cron"] };
    assertEquals(await valueIn(twice, `[typeof Deno.openKv, typeof Deno.cron]`), ["function", "function"]);
  });
});

const BOTH = `[${state("read")}, ${state("net")}]`;

for (
  const [permissions, denoFlags, states] of [
    ["inherit", [], ["granted", "granted"]],
    ["inherit", ["--allow-read=/a"], ["prompt", "granted"]],
    ["inherit", ["-R=/a", "-N=a.b"], ["prompt", "prompt"]],
    ["inherit", ["--deny-read"], ["denied", "granted"]],
    ["inherit", ["-A"], ["granted", "granted"]],
    ["inherit", ["-A", "--deny-net"], ["granted", "denied"]],
    [undefined, ["--allow-read", "--allow-net=a.b"], ["granted", "prompt"]],
    [{ read: "inherit" }, ["--allow-read=/a"], ["prompt", "prompt"]],
    [{ read: "inherit" }, ["-A"], ["granted", "prompt"]],
    [{ read: "inherit", net: ["a.b"] }, ["-A"], ["granted", "prompt"]],
    [{ read: true, net: true }, ["--deny-net"], ["granted", "denied"]],
    [{ read: true }, ["--allow-read=/a"], ["granted", "prompt"]],
    [{ read: true }, ["-N"], ["granted", "prompt"]],
    [{ read: ["/a"] }, ["-R"], ["prompt", "prompt"]],
    ["none", ["-A"], ["prompt", "prompt"]],
    ["none", ["--allow-all"], ["prompt", "prompt"]],
    ["none", ["--allow-read", "-N"], ["prompt", "prompt"]],
    ["none", ["-P=all", "--permission-set"], ["prompt", "prompt"]],
  ] as const
) {
  const title = `with ${JSON.stringify(permissions)} and the user's [${denoFlags}], reading and the network are`;
  Deno.test(`For a child ${title} ${states.join(" and ")}`, async () => {
    assertEquals<unknown>(await valueIn({ permissions: permissions as "none", denoFlags }, BOTH), states);
  });
}

Deno.test("The user's flags for a right that is inherited take the place of what was found out", async () => {
  const part = (path: string) => state("read", `, path: "${path}"`);
  const inProgram = async (own: string[]) => {
    const expression = `childArguments({ permissions: "inherit", denoFlags: ["--allow-read=/b"], main: "" })`;
    const args = await evaluate(own, expression, { imports: IMPORTS }) as string[];
    return args.filter((arg) => arg.startsWith("--allow-"));
  };
  assertEquals(await inProgram([`--allow-read=${Deno.cwd()}`, "--allow-net"]), ["--allow-net", "--allow-read=/b"]);
  const options = { permissions: "inherit", denoFlags: ["--allow-read=/b"] } as const;
  assertEquals(await valueIn(options, `[${part("/a")}, ${part("/b")}]`), ["prompt", "granted"]);
  const hosts = `["a.b:443", "c.d:443", "e.f:443"].map((host) => ${state("import", ", host")})`;
  const importing = { denoFlags: ["--allow-import=a.b"], modules: ["https://c.d/e.ts"] };
  assertEquals(await valueIn({ permissions: "inherit", ...importing }, hosts), ["granted", "granted", "prompt"]);
});

Deno.test("A set of rights of the configuration counts for tasks that inherit all", async () => {
  await withFile(`{"permissions":{"some":{"read":true}}}`, async (path) => {
    const options = { config: path, denoFlags: ["--permission-set=some"], main: dataUrl(`console.log(${BOTH})`) };
    const run = (permissions: ChildOptions["permissions"]) => runDeno(argumentsFor({ ...options, permissions }));
    assertEquals((await run("inherit")).stdout, `[ "granted", "prompt" ]`);
    assertEquals((await run("none")).stdout, `[ "prompt", "prompt" ]`);
  });
});

Deno.test("denoProgram() is a program that can be run, or undefined", async () => {
  assertEquals(denoProgram(), Deno.execPath());
  const expression = `denoProgram() && [denoProgram(), new Deno.Command(denoProgram(), { args: ["--version"] })
    .outputSync().success]`;
  const folder = Deno.makeTempDirSync();
  try {
    // A `deno` that is a link, as npm and some package managers make it.
    Deno.symlinkSync(Deno.realPathSync(Deno.execPath()), `${folder}/deno`);
    const options = { imports: IMPORTS, env: { PATH: `${folder}:${Deno.env.get("PATH")}` } };
    assertEquals(await evaluate([], expression, options), null);
    assertEquals(await evaluate(["--allow-run=cat"], expression, options), null);
    assertEquals(await evaluate(["-A", "--deny-run"], expression, options), null);
    assertEquals(await evaluate(["--allow-run"], expression, options), [Deno.execPath(), true]);
    assertEquals(await evaluate(["--allow-run", "--deny-run=cat"], expression, options), [Deno.execPath(), true]);
    assertEquals(await evaluate([`--allow-run=${Deno.execPath()}`], expression, options), [Deno.execPath(), true]);
    assertEquals(await evaluate(["--allow-run=deno"], expression, options), ["deno", true]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("missingRunPermission() says which flag is missing, and that one suffices", async () => {
  assertEquals(missingRunPermission(Deno.execPath()), undefined);
  const expression = `(({ name, message } = {}) => [name, message])(missingRunPermission(Deno.execPath()))`;
  const [name, message] = await evaluate([], expression, { imports: IMPORTS }) as string[];
  assertEquals(name, "NotCapable");
  const flag = `--allow-run=${Deno.execPath()}`;
  assert(message!.includes(`run it with ${flag}, which is enough`), message);
  assertEquals(await evaluate([flag], expression, { imports: IMPORTS }), [null, null]);
});

Deno.test("A child with no rights imports a module that its main module names", async () => {
  await withFile("", async (path) => {
    const module = `${path}.mjs`;
    await Deno.writeTextFile(module, `console.log("imported")`);
    try {
      const main = dataUrl(`await (() => import(${JSON.stringify(toFileUrl(module).href)}))()`);
      assertEquals((await runDeno(argumentsFor({ main }))).stdout, "imported");
    } finally {
      await Deno.remove(module);
    }
  });
});
