/**
 * Where the benchmarks of checkpoints write, and how much.
 *
 * @module
 */

import { join } from "@std/path";

/** A folder that is removed with all that is in it at the end; on a real disk if `TMPDIR` says so. */
export class WorkFolder implements AsyncDisposable {
  readonly path: string;
  #count = 0;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<WorkFolder> {
    return new WorkFolder(await Deno.makeTempDir({ prefix: "workflowy-checkpoints-" }));
  }

  /** A new folder in it. */
  async folder(): Promise<string> {
    const path = join(this.path, String(this.#count++));
    await Deno.mkdir(path);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** The kind of file system that a path is on, such as `"ext4"`; `undefined` where the system does not say. */
export async function fileSystemOf(path: string): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const real = await Deno.realPath(path);
  const lines = (await Deno.readTextFile("/proc/self/mountinfo")).trimEnd().split("\n");
  const mounts = lines.map((line) => ({ at: line.split(" ")[4]!, type: /- (\S+)/.exec(line)?.[1] }));
  const above = mounts.filter(({ at }) => at === "/" || real === at || real.startsWith(`${at}/`));
  // A later mount hides an earlier one at the same place.
  return above.reduce((best, each) => each.at.length >= best.at.length ? each : best, above[0]!).type;
}

/** How many bytes this process has given to the system to write; `undefined` where the system does not say. */
export function bytesWritten(): number | undefined {
  if (Deno.build.os !== "linux") return undefined;
  return Number(/wchar: (\d+)/.exec(Deno.readTextFileSync("/proc/self/io"))![1]);
}

/** The size of the files in a folder. */
export function sizeOf(folder: string): number {
  return Deno.readDirSync(folder).reduce((sum, { name }) => sum + Deno.statSync(join(folder, name)).size, 0);
}
