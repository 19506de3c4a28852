import { currentTask, task } from "@workflowy/workflowy/task";

/** What a file has. */
export interface FileFacts {
  readonly path: string;
  readonly lines: number;
  readonly words: number;
  /** The worker that has read it. */
  readonly worker: number;
}

/** Reads a file and counts what is in it, as slowly as a large one would be. */
export const measure = task(
  { name: "measure", pool: "cluster", retries: 3, backoff: "none" },
  async (path: string): Promise<FileFacts> => {
    const text = await Deno.readTextFile(path);
    currentTask()!.progress(0.5);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const words = text.split(/\s+/).filter((word) => word !== "").length;
    return { path, lines: text.split("\n").length, words, worker: Deno.pid };
  },
);
