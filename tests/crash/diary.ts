/**
 * What bodies write down of themselves, past the runner and its checkpoint: a file that is only ever appended to, by
 * whichever thread or process a body runs in.
 *
 * @module
 */

/** One line. */
export interface DiaryEntry {
  /** Which run of the program it was, from 1. */
  readonly round: number;
  /** `"begin"`: before the body has any effect; `"end"`: just before it returns; `"accepted"`: once a submission is saved; `"delivered"`: once a signal is. */
  readonly what: "begin" | "end" | "accepted" | "delivered";
  /** The id of the task's handle. */
  readonly id: string;
  /** What the plan calls it. */
  readonly label: string;
  readonly attempt: number;
  /** The process in which the body ran. */
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** How programs are told where the diary is and which run they are; workers inherit it. */
export const DIARY_PATH = "CRASH_DIARY";
export const DIARY_ROUND = "CRASH_ROUND";

let file: Deno.FsFile | undefined;
let round = 0;

/** Adds a line, in one write. */
export function writeDiary(entry: Omit<DiaryEntry, "round" | "pid" | "at">): void {
  if (file === undefined) {
    round = Number(Deno.env.get(DIARY_ROUND));
    file = Deno.openSync(Deno.env.get(DIARY_PATH)!, { append: true, create: true });
  }
  const line = JSON.stringify({ ...entry, round, pid: Deno.pid, at: Date.now() } satisfies DiaryEntry);
  const bytes = new TextEncoder().encode(`${line}\n`);
  const written = file.writeSync(bytes);
  if (written !== bytes.length) throw new Error(`The diary took ${written} of ${bytes.length} bytes`);
}

/** Reads a diary piece by piece. */
export class DiaryReader {
  readonly #path: string;
  readonly #entries: DiaryEntry[] = [];
  #at = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** All entries so far; of a line that is being written, nothing yet. */
  read(): readonly DiaryEntry[] {
    const bytes = this.#news();
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.#at += end;
    for (const line of new TextDecoder().decode(bytes.subarray(0, end)).split("\n")) {
      if (line !== "") this.#entries.push(JSON.parse(line) as DiaryEntry);
    }
    return this.#entries;
  }

  #news(): Uint8Array {
    try {
      using file = Deno.openSync(this.#path);
      const bytes = new Uint8Array(Math.max(0, file.statSync().size - this.#at));
      file.seekSync(this.#at, Deno.SeekMode.Start);
      let length = 0;
      while (length < bytes.length) {
        const read = file.readSync(bytes.subarray(length));
        if (read === null) break;
        length += read;
      }
      return bytes.subarray(0, length);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return new Uint8Array();
      throw error;
    }
  }
}
