/**
 * Shows a backup every night: a folder as a compressed archive, which is checked. The newest three archives are kept.
 *
 *     deno run --allow-read --allow-write --allow-env --allow-sys examples/nightly_backup.ts --now
 *
 * makes backups at once and ends. Without `--now` it keeps running and makes one at 3:00 every night. It takes the folder
 * to back up, and the one for the archives: `nightly_backup.ts [--now] [FROM TO]`. As a task in `deno.json`:
 *
 *     "backup": "deno run --allow-read=notes,backups --allow-write=backups --allow-env --allow-sys nightly_backup.ts notes backups"
 *
 * If the computer was off at 3:00, or the program was killed in the middle of a backup, the next start makes that backup.
 *
 * @module
 */

import { currentTask, Scheduler, task, TaskRunner } from "@workflowy/workflowy";
import { basename, join } from "@std/path";
import * as tar from "tar";

const KEPT = 3;
const PREFIX = "backup-";

/** Writes the archive under another name first, so that an incomplete one is never taken for a backup. */
const pack = task({ name: "pack", retries: 2, backoffBase: "5s" }, async (from: string, to: string) => {
  await Deno.mkdir(to, { recursive: true });
  const archive = join(to, `${PREFIX}${new Date().toISOString().replaceAll(":", "-")}.tar.gz`);
  const unfinished = `${archive}.part`;
  await tar.create({ file: unfinished, cwd: from, gzip: true, portable: true }, ["."]);
  await Deno.rename(unfinished, archive);
  return archive;
});

/** Reads the archive back, and compares the sizes of its files. Returns how many there are. */
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

/** Removes all but the newest; their names contain the time. Returns how many were removed. */
const prune = task({ name: "prune" }, async (to: string, kept: number) => {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(to)) if (name.startsWith(PREFIX)) names.push(name);
  const outdated = names.sort().reverse().filter((name, index) => index >= kept || name.endsWith(".part"));
  for (const name of outdated) await Deno.remove(join(to, name));
  return outdated.length;
});

/** One backup. Older ones are removed only when the new one is known to be good. */
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
  // With handleSignals, Ctrl-C saves what has not finished, and ends the program.
  await Deno.mkdir(to, { recursive: true });
  await using runner = await TaskRunner.resume(join(to, "state.jsonl"), { handleSignals: true });
  await using scheduler = new Scheduler({ runner });
  const nightly = scheduler.cron("0 3 * * *", { catchUp: "one", overlap: "skip" }).do(backUp, from, to);
  console.log(
    `${from} will be backed up to ${to} at ${nightly.nextFire?.toLocaleString()}, and every night; Ctrl-C ends this`,
  );
  await scheduler.run();
}

if (import.meta.main) await main(Deno.args);
