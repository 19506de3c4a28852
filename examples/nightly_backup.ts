/**
 * A backup each night: a folder as a compressed archive, checked, of which the newest few are kept.
 *
 *     deno run --allow-read --allow-write --allow-env --allow-sys examples/nightly_backup.ts --now
 *
 * makes one backup and ends; without `--now` it stays and makes one at 3:00 each night. What it backs up, and where to,
 * may follow: `nightly_backup.ts [--now] [FROM TO]`. As an automation it is a task in `deno.json`, such as
 *
 *     "backup": "deno run --allow-read=notes,backups --allow-write=backups --allow-env --allow-sys nightly_backup.ts notes backups"
 *
 * If the computer is off at 3:00, or it is killed in the middle of a backup, it makes up for that when it is started again.
 *
 * @module
 */

import { currentTask, Scheduler, task, TaskRunner } from "@workflowy/workflowy";
import { basename, join } from "@std/path";
import * as tar from "tar";

const KEPT = 3;
const PREFIX = "backup-";

/** Writes the archive under another name first, so that a half of one is never taken for a backup. */
const pack = task({ name: "pack", retries: 2, backoffBase: "5s" }, async (from: string, to: string) => {
  await Deno.mkdir(to, { recursive: true });
  const archive = join(to, `${PREFIX}${new Date().toISOString().replaceAll(":", "-")}.tar.gz`);
  const unfinished = `${archive}.part`;
  await tar.create({ file: unfinished, cwd: from, gzip: true, portable: true }, ["."]);
  await Deno.rename(unfinished, archive);
  return archive;
});

/** Reads the archive back; returns how many files are in it, each as long as the one that was packed. */
const verify = task({ name: "verify" }, async (archive: string, from: string) => {
  const entries: { path: string; size: number }[] = [];
  const onReadEntry = ({ type, path, size }: tar.ReadEntry) => void (type === "File" && entries.push({ path, size }));
  await tar.list({ file: archive, onReadEntry });
  for (const [index, { path, size }] of entries.entries()) {
    const { size: expected } = await Deno.stat(join(from, path));
    if (size !== expected) throw new Error(`${path} has ${size} bytes in ${archive}, and ${expected} in ${from}`);
    currentTask()!.progress((index + 1) / entries.length, path);
  }
  return entries.length;
});

/** Removes all but the newest. Their names say how old they are. */
const prune = task({ name: "prune" }, async (to: string, kept: number) => {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(to)) if (name.startsWith(PREFIX)) names.push(name);
  const outdated = names.sort().reverse().filter((name, index) => index >= kept || name.endsWith(".part"));
  for (const name of outdated) await Deno.remove(join(to, name));
  return outdated.length;
});

/** One backup. Older ones are removed once the new one is known to be good. */
const backUp = task({ name: "back-up" }, async (from: string, to: string) => {
  const archive = pack.submit(from, to);
  const files = verify.submit(archive, from);
  const removed = prune.with({ dependsOn: [files] }).submit(to, KEPT);
  return { archive: await archive, files: await files, removed: await removed };
});

async function main(args: readonly string[]): Promise<void> {
  const isNow = args.includes("--now");
  const [from = "examples/data", to = await Deno.makeTempDir()] = args.filter((arg) => arg !== "--now");

  if (isNow) {
    await using runner = new TaskRunner();
    for (let count = 1; count <= (args.includes(to) ? 1 : KEPT + 1); count++) {
      const { archive, files, removed } = await runner.submit(backUp, from, to);
      console.log(`${basename(from)}: ${files} files in ${archive}, ${removed} older backups removed`);
    }
    return;
  }
  // With handleSignals, Ctrl+C leaves on record what was under way, and ends the program.
  await Deno.mkdir(to, { recursive: true });
  await using runner = await TaskRunner.resume(join(to, "state.jsonl"), { handleSignals: true });
  await using scheduler = new Scheduler({ runner });
  const nightly = scheduler.cron("0 3 * * *", { catchUp: "one", overlap: "skip" }).do(backUp, from, to);
  console.log(
    `${from} will be backed up to ${to} at ${nightly.nextFire?.toLocaleString()}, and so on; Ctrl+C ends this`,
  );
  await scheduler.run();
}

if (import.meta.main) await main(Deno.args);
