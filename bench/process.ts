/**
 * Benchmarks and parts of them in processes of their own.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { FIGURES_FILE, type KeptFigure } from "./goals.ts";

const HERE = new URL("./", import.meta.url);

/** Heaps of a million tasks fit in; collections can be asked for. */
const V8_FLAGS = "--v8-flags=--expose-gc,--max-old-space-size=8192";

/** Runs a file of this folder, which prints what it found. Returns its figures, or `undefined` if it failed. */
export async function runBench(file: string): Promise<readonly KeptFigure[] | undefined> {
  const figures = await Deno.makeTempFile({ suffix: ".jsonl" });
  try {
    const { success } = await commandFor(file, [], "inherit", { [FIGURES_FILE]: figures }).spawn().status;
    if (!success) return undefined;
    return (await Deno.readTextFile(figures)).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  } finally {
    await Deno.remove(figures);
  }
}

/**
 * Runs a file of this folder and reads what it prints as JSON.
 *
 * @throws {Error} If it fails.
 */
export async function measureIn(file: string, args: readonly string[]): Promise<unknown> {
  const { success, stdout } = await commandFor(file, args, "piped").output();
  if (!success) throw new Error(`Cannot measure "${args.join(" ")}": ${file} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

function commandFor(
  file: string,
  args: readonly string[],
  stdout: "inherit" | "piped",
  env: Record<string, string> = {},
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--unstable-kv", V8_FLAGS, fromFileUrl(new URL(file, HERE)), ...args],
    cwd: fromFileUrl(new URL("../", HERE)),
    env,
    stdin: "null",
    stdout,
    stderr: "inherit",
  });
}
