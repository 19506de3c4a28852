import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname, fromFileUrl, join, toFileUrl } from "@std/path";
import { checkPermissions, RIGHTS, type TaskPermissions } from "../../../src/core/permissions.ts";
import { permissionFlags, requirePermissions } from "../../../src/pools/process/permissions.ts";
import { dataUrl, evaluate, from, runDeno } from "./run_deno.ts";

const IMPORTS = from("permissions.ts", "permissionFlags", "requirePermissions");
const ROOT = fromFileUrl(new URL("../../../", import.meta.url));
const CWD = Deno.cwd();

/** The flags that a program with those of its own has for a child. */
function flagsIn(own: string[], permissions: TaskPermissions | undefined, modules: string[] = []): Promise<unknown> {
  const args = permissions === undefined ? "undefined" : JSON.stringify(permissions);
  const expression = `permissionFlags(${args}, ${JSON.stringify(modules)})`;
  return evaluate(own, expression, { imports: IMPORTS, cwd: ROOT });
}

/** What `requirePermissions()` throws in a program with those flags; `null` for nothing. */
async function refusalIn(own: string[], permissions: TaskPermissions): Promise<[name: string, message: string] | null> {
  const imports = `${IMPORTS};
    const refusal = () => {
      try { requirePermissions(${JSON.stringify(permissions)}, 'Task "x"'); return null }
      catch (error) { return [error.name, error.message] }
    }`;
  return await evaluate(own, "refusal()", { imports, cwd: ROOT }) as [string, string] | null;
}

/** The states of those queries in a child with those rights. */
async function statesIn(permissions: TaskPermissions, queries: Deno.PermissionDescriptor[]): Promise<unknown> {
  const expression = `${JSON.stringify(queries)}.map((query) => Deno.permissions.querySync(query).state === "granted")`;
  return await evaluate(permissionFlags(permissions), expression);
}

Deno.test("permissionFlags() gives nothing for none", () => {
  assertEquals(permissionFlags("none"), []);
  assertEquals(permissionFlags({}), []);
  assertEquals(permissionFlags({ read: false, write: [], net: [], env: false }), []);
});

Deno.test("permissionFlags() takes undefined for inherit, and gives all that a program with all has", () => {
  assertEquals(permissionFlags(undefined), ["-A"]);
  assertEquals(permissionFlags("inherit"), ["-A"]);
  assertEquals(permissionFlags(Object.fromEntries(RIGHTS.map((right) => [right, "inherit"]))), ["-A"]);
  assertEquals(permissionFlags(Object.fromEntries(RIGHTS.map((right) => [right, true]))), ["-A"]);
});

Deno.test("permissionFlags() gives the same flags for the same rights, whatever their order", () => {
  const flags = ["--allow-read=/a,/b", "--allow-net", "--allow-env=A,B"];
  assertEquals(permissionFlags({ read: ["/a", "/b"], net: true, env: ["A", "B"] }), flags);
  assertEquals(
    permissionFlags({ env: ["B", "A", "B"], net: true, read: ["/b", "/a", "/c/../a"], write: false }),
    flags,
  );
});

Deno.test("permissionFlags() makes paths absolute and takes file URLs", () => {
  const url = toFileUrl(join(CWD, "a b #%ü"));
  for (const right of ["read", "write", "ffi"] as const) {
    const expected = [`--allow-${right}=${join(CWD, "a b #%ü")},${join(CWD, "data")}`];
    assertEquals(permissionFlags({ [right]: ["./data", url] }), expected);
    assertEquals(permissionFlags(checkPermissions({ [right]: ["data/", url, url.href] }, "")), expected);
  }
  assertEquals(permissionFlags({ run: ["git", "./tool", url] }), [
    `--allow-run=${[join(CWD, "a b #%ü"), join(CWD, "tool"), "git"].sort()}`,
  ]);
});

Deno.test("permissionFlags() refuses a comma in a path, at which Deno divides", async () => {
  const folder = Deno.makeTempDirSync({ suffix: "a,b" });
  try {
    const imports = `${IMPORTS}; const attempt = () => { try { return permissionFlags({ read: ["data"] }) }
      catch (error) { return error.name + error.message } }`;
    const outcome = String(await evaluate(["-A"], "attempt()", { imports, cwd: folder }));
    assert(outcome.startsWith("RangeError") && outcome.includes("comma") && outcome.includes("data"), outcome);
    // Should this no longer fail, then Deno has learnt to take a doubled comma for one.
    const { code } = await runDeno(["run", `--allow-read=${folder.replace(",", ",,")}`, dataUrl("")]);
    assertEquals(code, 1);
  } finally {
    Deno.removeSync(folder);
  }
});

Deno.test("A child has the rights of its flags and no others", async () => {
  const file = (path: string) => join(CWD, path);
  assertEquals(
    await statesIn({ read: ["./tests"], env: ["HOME", "AWS_*"], sys: ["hostname"], net: ["localhost:80", "*.b.c"] }, [
      { name: "read", path: file("tests/a b") },
      { name: "read", path: file("src") },
      { name: "write", path: file("tests") },
      { name: "env", variable: "HOME" },
      { name: "env", variable: "AWS_KEY" },
      { name: "env", variable: "PATH" },
      { name: "sys", kind: "hostname" },
      { name: "sys", kind: "uid" },
      { name: "net", host: "localhost:80" },
      { name: "net", host: "localhost:81" },
      { name: "net", host: "a.b.c:443" },
      { name: "run" },
      { name: "ffi" },
    ]),
    [true, false, false, true, true, false, true, false, true, false, true, false, false],
  );
  const all = RIGHTS.map((name) => ({ name }));
  assertEquals(await statesIn("inherit", all), all.map(() => true));
  assertEquals(await statesIn("none", all), all.map(() => false));
  assertEquals(await statesIn({ write: true, run: true }, all), all.map(({ name }) => "write run".includes(name)));
});

Deno.test("All rights one by one are as much as -A", async () => {
  const hosts = RIGHTS.map((right) => `--allow-${right}`);
  assertEquals(await flagsIn(hosts, "inherit"), ["-A"]);
  const expression = `["/proc/self/environ"].map((path) => { Deno.openSync(path).close(); return path })`;
  if (Deno.build.os === "linux") assertEquals(await evaluate(hosts, expression), ["/proc/self/environ"]);
});

Deno.test("A program's whole rights are inherited, its parts only where it can find them out", async () => {
  assertEquals(await flagsIn([], "inherit"), []);
  assertEquals(await flagsIn(["--allow-net", "--allow-env"], "inherit"), ["--allow-net", "--allow-env"]);
  assertEquals(await flagsIn(["--allow-net", "--allow-env"], { net: "inherit", read: "inherit" }), ["--allow-net"]);
  assertEquals(await flagsIn(["--allow-net=localhost", "--allow-env=HOME", "--allow-run=git"], undefined), []);
  assertEquals(await flagsIn(["-A", "--deny-env=HOME", "--deny-net=localhost"], undefined), [
    "--allow-read",
    "--allow-write",
    "--allow-run",
    "--allow-ffi",
    "--allow-sys",
    "--allow-import",
  ]);
  assertEquals(await flagsIn(["--allow-env", "--ignore-env=HOME"], undefined), []);
  assertEquals(await flagsIn(["--allow-sys=uid,hostname"], undefined), ["--allow-sys=hostname,uid"]);
  assertEquals(await flagsIn(["--allow-sys", "--deny-sys=uid,gid,cpus"], undefined), [
    "--allow-sys=getPriority,getegid,homedir,hostname,loadavg,networkInterfaces,osRelease,osUptime,setPriority,statfs," +
    "systemMemoryInfo,userInfo,username",
  ]);
});

Deno.test("The folders around the working directory are inherited, if the program has them as a whole", async () => {
  const root = join(ROOT, ".");
  const above = dirname(root);
  assertEquals(await flagsIn([`--allow-read=${root}`], undefined), [`--allow-read=${root}`]);
  assertEquals(await flagsIn([`--allow-write=${above}`, `--allow-read=${root}`], undefined), [
    `--allow-read=${root}`,
    `--allow-write=${above}`,
  ]);
  assertEquals(await flagsIn([`--allow-read=${join(root, "src")}`], undefined), []);
  assertEquals(await flagsIn([`--allow-read=${root}`, `--deny-read=${join(root, "src")}`], undefined), []);
  assertEquals(await flagsIn(["--allow-read", `--deny-read=${above}`], undefined), []);
});

Deno.test("The folder of the main module is inherited, if the program has it as a whole", async () => {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  const main = join(folder, "main.js");
  try {
    Deno.writeTextFileSync(main, `${IMPORTS}; console.log(permissionFlags("inherit").join(" "))`);
    const { stdout } = await runDeno(["run", "--no-prompt", `--allow-read=${folder}`, main], { cwd: ROOT });
    assertEquals(stdout, `--allow-read=${folder}`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("Where nothing is said of imports, a child imports from what Deno trusts and the program may use", async () => {
  const rest = "cdn.jsdelivr.net:443,esm.sh:443,gist.githubusercontent.com:443,jsr.io:443,raw.esm.sh:443," +
    "raw.githubusercontent.com:443";
  const all = ["none", {}, "inherit", { import: "inherit" }];
  for (
    const [own, flags] of [
      [[], []],
      [["--allow-import=a.b"], ["--allow-import=none.invalid"]],
      [["--allow-import=a.b,jsr.io"], ["--allow-import=jsr.io:443"]],
      [["--deny-import=deno.land:443"], [`--allow-import=${rest}`]],
    ] as const
  ) {
    const expression = `${JSON.stringify(all)}.map((permissions) => permissionFlags(permissions, []))`;
    assertEquals(await evaluate([...own], expression, { imports: IMPORTS, cwd: ROOT }), all.map(() => flags));
  }
  assertEquals(await flagsIn(["--allow-import"], "none"), []);
  assertEquals(await flagsIn(["--allow-import"], "inherit"), ["--allow-import"]);
});

Deno.test("A child that may not import may not even from the hosts that Deno trusts", async () => {
  const queries = ["deno.land:443", "jsr.io:443", "a.b:443"].map((host) => ({ name: "import" as const, host }));
  assertEquals(permissionFlags({ import: false }), ["--allow-import=none.invalid"]);
  assertEquals(await statesIn({ import: false }, queries), [false, false, false]);
  assertEquals(await statesIn({ import: [] }, queries), [false, false, false]);
  assertEquals(await statesIn({ import: ["a.b"] }, queries), [false, false, true]);
  assertEquals(await statesIn("none", queries), [true, true, false]);
  // Should this no longer be so, then --deny-import will do in place of a host that does not exist.
  const expression = `Deno.permissions.querySync({ name: "import", host: "jsr.io:443" }).state`;
  assertEquals(await evaluate(["--deny-import"], expression), "granted");
});

Deno.test("The hosts of modules that a child needs are allowed if the program has them", async () => {
  const modules = ["http://localhost:8080/a.ts", "https://a.b/c.ts", "file:///d.ts", "data:,e"];
  const deny = { import: false };
  assertEquals(await flagsIn([], deny, modules), ["--allow-import=none.invalid"]);
  assertEquals(await flagsIn(["--allow-import"], deny, modules), ["--allow-import=a.b:443,localhost:8080"]);
  assertEquals(await flagsIn(["--allow-import=a.b"], deny, modules), ["--allow-import=a.b:443"]);
  assertEquals(await flagsIn(["--allow-import=a.b,x.y"], { import: ["x.y"] }, modules), [
    "--allow-import=a.b:443,x.y",
  ]);
  assertEquals(await flagsIn(["--allow-import=a.b"], "none", modules), ["--allow-import=a.b:443"]);
});

Deno.test("A child imports from the host of a module that it needs, and is denied others", async () => {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("export default 5", { headers: { "content-type": "text/javascript" } }),
  );
  try {
    const module = `http://127.0.0.1:${server.addr.port}/${crypto.randomUUID()}.js`;
    const main = dataUrl(`import five from ${JSON.stringify(module)}; console.log(five)`);
    const run = (modules: string[]) =>
      runDeno(["run", "--no-prompt", "--quiet", ...permissionFlags({ import: false }, modules), main]);
    assertEquals((await run([module])).stdout, "5");
    assert((await run([])).stderr.includes("Requires import access"));
  } finally {
    await server.shutdown();
  }
});

Deno.test("requirePermissions() lets through what the program has", async () => {
  const all: TaskPermissions = {
    read: ["/etc", "./x"],
    write: true,
    net: ["a.b:80", "*.a.b", "[::1]:80", "10.0.0.0/8", "unix:/a/b"],
    env: ["HOME", "AWS_*"],
    run: ["git", "./x"],
    ffi: ["./x.so"],
    sys: ["hostname"],
    import: ["a.b"],
  };
  for (const permissions of ["none", "inherit", undefined, {}, all] as const) requirePermissions(permissions, "");
  assertEquals(await refusalIn([], "none"), null);
  assertEquals(await refusalIn([], "inherit"), null);
  assertEquals(await refusalIn([], { read: false, write: [], net: "inherit" }), null);
  assertEquals(await refusalIn(["--allow-read=/etc"], { read: ["/etc", "/etc/hosts"] }), null);
  assertEquals(await refusalIn(["--allow-read=./src"], { read: [join(ROOT, "src"), "./src/core"] }), null);
  assertEquals(await refusalIn(["--allow-read", "--deny-read=/etc"], { read: ["./src"] }), null);
  assertEquals(await refusalIn(["--allow-env=AWS_*"], { env: ["AWS_KEY"] }), null);
  assertEquals(await refusalIn(["--allow-net=a.b"], { net: ["a.b:80"] }), null);
  const deno = Deno.execPath(); // there may be none on the PATH
  assertEquals(await refusalIn([`--allow-run=${deno}`], { run: [deno] }), null);
});

const asks = `Task "x" asks for permission to`;
const lacks = "which this program does not have itself: run it with";
const lacksSome = "which this program does not have in full itself: run it with";

const REFUSED: [own: string[], permissions: TaskPermissions, message: string][] = [
  [[], { read: true }, `${asks} read any file, ${lacks} --allow-read`],
  [[], { read: ["/etc"] }, `${asks} read "/etc", ${lacks} --allow-read=/etc`],
  [[], { read: ["/a b"] }, `${asks} read "/a b", ${lacks} "--allow-read=/a b"`],
  [["--allow-read=/etc"], { read: true }, `${asks} read any file, ${lacks} --allow-read`],
  [["--allow-read=/etc"], { read: ["/etc", "/"] }, `${asks} read "/", ${lacks} --allow-read=/`],
  [["--allow-read=/etc"], { write: ["/etc"] }, `${asks} write "/etc", ${lacks} --allow-write=/etc`],
  [["--allow-net=a.b"], { net: ["c.d"] }, `${asks} use the network with "c.d", ${lacks} --allow-net=c.d`],
  [["--allow-net=10.0.0.0/8"], { net: ["10.0.0.0/8"] }, `"10.0.0.0/8", and Deno does not tell whether`],
  [["--allow-net=*.a.b"], { net: ["*.a.b"] }, `"*.a.b", and Deno does not tell whether`],
  [[], { net: ["fe80::/10"] }, `list each host, or run it with --allow-net`],
  [["--allow-env=A"], { env: ["B"] }, `${asks} use the environment variable "B", ${lacks} --allow-env=B`],
  [["--allow-env=A"], { env: true }, `${asks} use any environment variable, ${lacks} --allow-env`],
  [["--allow-run=cat"], { run: ["git"] }, `${asks} run "git", ${lacks} --allow-run=git`],
  [[], { ffi: ["/x.so"] }, `${asks} load the library "/x.so", ${lacks} --allow-ffi=/x.so`],
  [[], { sys: ["uid"] }, `${asks} ask the system for "uid", ${lacks} --allow-sys=uid`],
  [[], { import: ["a.b"] }, `${asks} import from "a.b", ${lacks} --allow-import=a.b`],
  [[], { import: true }, `${asks} import from any host, ${lacks} --allow-import`],
  [
    ["-A", "--deny-read=/etc"],
    { read: true },
    `${asks} read any file, ${lacksSome} --allow-read and without a --deny-read or --ignore-read that takes from it`,
  ],
  [["-A", "--deny-read=/etc/hosts"], { read: ["/etc"] }, `read "/etc", ${lacksSome} --allow-read=/etc and without`],
  [["-A", "--deny-net"], { net: ["a.b"] }, `"a.b", ${lacksSome} --allow-net=a.b and without a --deny-net that takes`],
  [
    ["-A", "--ignore-env=A"],
    { env: ["A"] },
    `"A", ${lacksSome} --allow-env=A and without a --deny-env or --ignore-env`,
  ],
];

for (const [own, permissions, message] of REFUSED) {
  Deno.test(`requirePermissions() refuses ${JSON.stringify(permissions)} in a program with [${own}]`, async () => {
    const refusal = await refusalIn(own, permissions);
    assertEquals(refusal?.[0], "NotCapable");
    assert(refusal![1].includes(message), `${refusal![1]}\n${message}`);
  });
}

for (const permissions of [{ net: ["a.b:c"] }, { import: ["a:b:c"] }, { net: ["a b"] }]) {
  Deno.test(`requirePermissions() refuses ${JSON.stringify(permissions)}, which Deno does not know`, async () => {
    const refusal = await refusalIn([], permissions);
    assertEquals(refusal?.[0], "RangeError");
    assertMatch(refusal![1], /^Task "x" asks for permission to .*, which Deno cannot grant: .{9}/);
    const { code } = await runDeno(["run", ...permissionFlags(permissions), dataUrl("")]);
    assertEquals(code, 1, "Deno takes the flag");
  });
}
