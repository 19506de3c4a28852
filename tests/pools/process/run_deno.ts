/** Runs Deno as a program of its own, with real flags. */

import { assertEquals } from "@std/assert";

const SOURCE = new URL("../../../src/pools/process/", import.meta.url).href;

/** The outcome of a run of Deno. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Deno with exactly those arguments. */
export async function runDeno(args: readonly string[], options: Pick<Deno.CommandOptions, "cwd" | "env"> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    stdin: "null",
    ...options,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, stdout: text(stdout), stderr: text(stderr) } satisfies Run;
}

/** The specifier of a module with that code. */
export function dataUrl(code: string): string {
  return `data:application/javascript,${encodeURIComponent(code)}`;
}

/** The value that an expression has in a program with those flags. */
export async function evaluate(
  flags: readonly string[],
  expression: string,
  { imports = "", ...options }: Pick<Deno.CommandOptions, "cwd" | "env"> & { imports?: string } = {},
): Promise<unknown> {
  const code = `${imports};console.log(JSON.stringify(${expression}) ?? "null")`;
  const run = await runDeno(["run", "--no-prompt", "--quiet", ...flags, dataUrl(code)], options);
  assertEquals([run.code, run.stderr], [0, ""]);
  return JSON.parse(run.stdout);
}

/** An import of names from a file of `src/pools/process/`. */
export function from(file: string, ...names: string[]): string {
  return `import { ${names.join(", ")} } from ${JSON.stringify(SOURCE + file)}`;
}
