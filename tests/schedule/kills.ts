/**
 * A program with a scheduler that is killed again and again.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import type { CatchUp } from "../../mod.ts";
import { until } from "../support.ts";

const PROGRAM = fromFileUrl(new URL("./programs/interrupted.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));

/** Runs the program until its log has grown by so many lines, and kills it then. */
async function runAndKill(args: readonly string[], log: string, lines: number): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", CONFIG, PROGRAM, ...args],
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const before = linesOf(log).length;
  await until("the log has grown", () => linesOf(log).length >= before + lines, 120_000);
  child.kill("SIGKILL");
  await child.status;
}

function linesOf(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").slice(0, -1);
  } catch {
    return [];
  }
}

/** Makes a test with a job that catches up in this way. */
export function testKills(catchUp: CatchUp): void {
  Deno.test(`Scheduler with catchUp: "${catchUp}" continues where it was and loses nothing, however often it is killed`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const [checkpoint, log] = [join(folder, "state.jsonl"), join(folder, "log.txt")];
      const args = [checkpoint, log, `${Date.now()}`, catchUp];
      for (const lines of [3, 4, 1, 6, 2]) await runAndKill(args, log, lines);

      const ended = linesOf(log).filter((line) => line.startsWith("end")).map((line) => line.slice(4));
      const begun = linesOf(log).filter((line) => line.startsWith("begin")).map((line) => line.slice(6));
      assert(ended.length >= 5, linesOf(log).join("\n"));
      // A kill between the end of a body and the write of that to the disk leads to another attempt.
      assert(ended.length - new Set(ended).size <= 5, `ended twice: ${ended}`);
      for (const id of begun.slice(0, -1)) assert(ended.includes(id), `begun, killed, and never ended: ${id}`);
      if (catchUp === "all") {
        const minutes = [...new Set(begun)].map((id) => Date.parse(id.slice("work@".length)) / 60_000);
        const first = minutes[0]!;
        assertEquals(minutes.map((minute) => Math.round(minute - first)), minutes.map((_, index) => index));
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
