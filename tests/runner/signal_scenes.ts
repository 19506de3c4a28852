/**
 * Programs that are sent signals, for tests.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import type { TaskRecord } from "../../mod.ts";
import { FileCheckpointer } from "../../src/stores/file_checkpointer.ts";
import "./programs/ends_by_signal.ts";

const PROGRAM = fromFileUrl(new URL("programs/ends_by_signal.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));

/** How a program ended. */
export interface End {
  readonly code: number;
  readonly signal: string | null;
  readonly said: string[];
  readonly stderr: string;
  /** From the signal on, in milliseconds. */
  readonly took: number;
}

/** Where a program keeps its state. */
export async function withState(test: (state: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/state.jsonl`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Starts a scene, and sends it a signal when it says that it is time for one. */
export async function play(scene: string, state: string, signal?: Deno.Signal): Promise<End> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", CONFIG, PROGRAM, scene, state],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  let began = 0;
  const reading = child.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(chunk) {
        text += chunk;
        if (began > 0 || !/^go$/m.test(text)) return;
        began = performance.now();
        if (signal !== undefined) child.kill(signal);
      },
    }),
  );
  const [status, stderr] = await Promise.all([child.status, new Response(child.stderr).text(), reading]);
  const took = performance.now() - began;
  const said = text.trim().split("\n").filter((line) => line !== "go");
  return { code: status.code, signal: status.signal, said, stderr, took };
}

/** What a task says of the reason why it was cancelled. */
export const SIGINT_TOLD = "told: The program was sent SIGINT";

/** What is on record, by name. */
export async function statuses(state: string): Promise<string[]> {
  await using checkpointer = new FileCheckpointer(state);
  const records = await Array.fromAsync(checkpointer.load());
  const endOf = ({ status, value }: TaskRecord) => {
    if (status === "completed") return value;
    return ["failed", "cancelled", "skipped"].includes(status) ? status : "open";
  };
  return records.map((record) => `${record.name} ${endOf(record)}`).sort();
}
