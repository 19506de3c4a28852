/**
 * A user's project, somewhere outside of the repository, which gets this package from a registry.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { runCommand } from "../../../.ci/command.ts";
import type { Registry } from "./registry.ts";

/** Milliseconds that one program may take; none takes more than a few seconds. */
const TIMEOUT = 20_000;

/** What Deno prints about each file that it loads. */
const DOWNLOAD = /^(?:Download|Initialize) .*\n/gm;

/** What the `deno.json` of a project may say, beside its import of this package. */
export interface ProjectConfig {
  readonly imports?: Readonly<Record<string, string>>;
  readonly compilerOptions?: Readonly<Record<string, string>>;
  readonly unstable?: readonly string[];
}

/** A folder with the program of a user. */
export interface Project extends AsyncDisposable {
  readonly folder: string;
  /** Runs Deno there with these arguments; what it wrote to stdout, line by line. It must succeed. */
  deno(...args: readonly string[]): Promise<string[]>;
  /** The same, but it must fail; everything that it wrote. */
  failing(...args: readonly string[]): Promise<string>;
}

/** Makes a project of a `deno.json` and other files; its name has what names of folders on people's machines have. */
export async function makeProject(
  registry: Registry,
  config: ProjectConfig,
  files: Readonly<Record<string, string>>,
): Promise<Project> {
  const top = await Deno.makeTempDir({ prefix: "workflowy-installed-" });
  const folder = join(top, "Büro 7 – jobs");
  const imports = { "@workflowy/workflowy": "jsr:@workflowy/workflowy@^0.1", ...config.imports };
  const all = { "deno.json": JSON.stringify({ ...config, imports }), ...files };
  for (const [path, text] of Object.entries(all)) {
    const target = join(folder, path);
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.writeTextFile(target, text);
  }
  const run = (args: readonly string[]) =>
    runCommand({
      program: Deno.execPath(),
      args,
      cwd: folder,
      env: { JSR_URL: registry.url, DENO_DIR: join(top, "deno-dir"), DENO_NO_UPDATE_CHECK: "1" },
      timeout: TIMEOUT,
    });
  return {
    folder,
    async deno(...args) {
      const { ok, ending, stdout, output } = await run(args);
      const said = output.replaceAll(DOWNLOAD, "");
      assert(ok, `deno ${args.join(" ")}: ${ending}\n${said}`);
      if (args[0] === "run") assertEquals(said, stdout, "A program that works says nothing on stderr");
      return stdout.trimEnd().split("\n");
    },
    async failing(...args) {
      const { ending, output } = await run(args);
      assertEquals(ending, "exit code 1", output);
      return output;
    },
    [Symbol.asyncDispose]: () => Deno.remove(top, { recursive: true }),
  };
}
