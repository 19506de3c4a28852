import { assert, assertEquals } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import { runCommand } from "../../.ci/command.ts";
import { allPages, anchorsOf, type Block, blocksOf, linksOf, ROOT } from "./pages.ts";

const pages = await allPages();

/** What blocks in pages may be. `deno test --doc` runs those of `ts`. */
const KINDS = ["ts", "txt", "sh", "jsonc", "ini", "dockerfile", "sql", ""];

/** What needs a server, or another program, cannot run beside a page: tests/postgres/ and tests/remote/ run the same. */
const NEEDS_SERVER = /workflowy\/(?:postgres|nats|ws)"|PostgresCheckpointer|KvClient|checkpointerCases|poolCases/;

Deno.test("Pages have no code that nothing runs", () => {
  for (const page of pages) {
    for (const { line, info, code } of blocksOf(page)) {
      if (info === "ts ignore" && NEEDS_SERVER.test(code)) continue;
      assert(KINDS.includes(info), `${page.path}:${line}: a block of kind "${info}"; there are ${KINDS.join(", ")}`);
    }
  }
});

Deno.test("Links in pages lead somewhere", async () => {
  for (const page of pages) {
    for (const { target, anchor } of linksOf(page)) {
      await Deno.stat(join(ROOT, target)).catch(() =>
        assert(false, `${page.path} links to ${target}, which is not there`)
      );
      if (anchor === "") continue;
      const found = pages.find(({ path }) => path === target);
      const anchors = found === undefined ? [] : anchorsOf(found);
      assert(anchors.includes(anchor), `${page.path} links to ${target}#${anchor}; there are ${anchors.join(", ")}`);
    }
  }
});

// What stands behind the guard is not run by `deno test --doc`, but by those who save it as a program.
for (const page of pages) {
  for (const [index, block] of blocksOf(page).entries()) {
    if (block.info !== "ts" || !block.code.includes("if (import.meta.main)")) continue;
    Deno.test(`The program at ${page.path}:${block.line} prints what the page says`, async () => {
      const next = blocksOf(page).slice(index + 1).find(({ info }) => info !== "sh");
      assertEquals(await outputOf(block), next?.info === "txt" ? next.code : "");
    });
  }
}

/** What a program prints that was saved as the file of a project. */
async function outputOf({ code }: Block): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "workflowy-page-" });
  try {
    await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ imports: await ownImports() }));
    await Deno.writeTextFile(join(folder, "program.ts"), code);
    const { ok, ending, stdout, output } = await runCommand({
      program: Deno.execPath(),
      args: ["run", "--quiet", "--no-check", "-A", "--unstable-kv", "program.ts"],
      cwd: folder,
      timeout: 60_000,
    });
    assert(ok, `${ending}\n${output}`);
    return stdout;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The entry points of this package, as a user's import map has them. */
async function ownImports(): Promise<Record<string, string>> {
  const { name, exports } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const entries: Record<string, string> = typeof exports === "string" ? { ".": exports } : exports;
  return Object.fromEntries(
    Object.entries(entries).map(([entry, path]) => [`${name}${entry.slice(1)}`, toFileUrl(join(ROOT, path)).href]),
  );
}
