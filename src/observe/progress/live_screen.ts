/**
 * Lines at the bottom of a terminal that change, and others above them that stay.
 *
 * @module
 */

import { widthOf } from "../printable.ts";

/** Where progress is written. */
export interface ProgressOutput {
  /**
   * Writes at once. If this throws, that text is not shown.
   *
   * @param text What is written, with line breaks.
   */
  write(text: string): void;
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
  /** The size of the window, in characters, as it is now. */
  readonly size: { readonly columns: number; readonly rows: number };
}

/** What is written between these appears at once. */
const [SYNC, SYNC_END] = ["\x1b[?2026h", "\x1b[?2026l"];
/** Between these, lines are cut and not wrapped. */
const [NO_WRAP, WRAP] = ["\x1b[?7l", "\x1b[?7h"];

/** What ends a frame: for a program that was killed while it wrote one. */
export const FRAME_END: string = WRAP + SYNC_END;

/** After something was printed, the frame is drawn again at once, unless that happened less than this many milliseconds ago. */
const MIN_REDRAW_MS = 2;

// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[[\d;]*m/g;

/**
 * The live lines of a terminal. The cursor stays visible, in the line below them: however the program ends, the terminal is as it
 * was.
 */
export class LiveScreen {
  readonly #output: ProgressOutput;
  /** What is on the screen. */
  #drawn: readonly string[] = [];
  /** What was drawn last, and is drawn again after something was printed. */
  #last: readonly string[] = [];
  #redrawnAt = -Infinity;
  #columns = 0;

  constructor(output: ProgressOutput) {
    this.#output = output;
  }

  /** Replaces the lines. Each is narrower than the window. */
  draw(lines: readonly string[]): void {
    this.#last = lines;
    const { columns } = this.#output.size;
    // Lines that the terminal has wrapped are erased first: it would join them again when the window gets wider.
    const begin = columns === this.#columns ? this.#up() : this.#erase();
    writeTo(this.#output, SYNC + begin + this.#frame(lines, columns) + SYNC_END);
  }

  /** Writes text above the lines, whole. It ends with a line break, or gets one. */
  print(text: string): void {
    const whole = text.endsWith("\n") ? text : `${text}\n`;
    const erase = this.#erase();
    const frame = this.#isToRedraw() ? this.#frame(this.#last, this.#output.size.columns) : "";
    writeTo(this.#output, SYNC + erase + whole + frame + SYNC_END);
  }

  /** Makes room for something that is written by others, such as `console.log()`; after it, `shown()` is called. */
  hide(): void {
    if (this.#drawn.length > 0) writeTo(this.#output, this.#erase());
  }

  /** What others have written is there. */
  shown(): void {
    if (this.#isToRedraw()) this.draw(this.#last);
  }

  /** Removes the lines for good. */
  clear(): void {
    this.hide();
    this.#last = [];
  }

  /** Whether there is something to be drawn again, and now; else the next frame will. */
  #isToRedraw(): boolean {
    const now = performance.now();
    if (this.#last.length === 0 || now - this.#redrawnAt < MIN_REDRAW_MS) return false;
    this.#redrawnAt = now;
    return true;
  }

  /** The lines, from where the cursor is. */
  #frame(lines: readonly string[], columns: number): string {
    this.#columns = columns;
    this.#drawn = lines;
    return `${NO_WRAP}${lines.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J${WRAP}`;
  }

  /** Erases the lines. The first one apart from the others, as tmux keeps for its history what a whole screen had. */
  #erase(): string {
    if (this.#drawn.length === 0) return "";
    const begin = this.#up();
    this.#drawn = [];
    return `${begin}\x1b[K\x1b[1B\x1b[J\x1b[1A`;
  }

  /** Moves the cursor to the first line. When a window gets narrower, terminals wrap what was wider, so that it takes more rows. */
  #up(): string {
    const { columns, rows } = this.#output.size;
    let height = 0;
    for (const line of this.#drawn) height += Math.max(1, Math.ceil(widthOf(line.replace(COLOURS, "")) / columns));
    return height === 0 ? "\r" : `\r\x1b[${Math.min(height, rows - 1)}A`;
  }
}

let stderr: ProgressOutput | undefined;

/** The standard error of the program: each time the same output. */
export function standardError(): ProgressOutput {
  return stderr ??= openStandardError();
}

/** Writes to an output. If that fails, there is no other place to say so, and the tasks need not know. */
export function writeTo(output: ProgressOutput, text: string): void {
  try {
    const writing: unknown = output.write(text);
    if (writing instanceof Promise) writing.catch(() => {});
  } catch { /* it was closed, say */ }
}

function openStandardError(): ProgressOutput {
  const encoder = new TextEncoder();
  return {
    isTerminal: Deno.stderr.isTerminal(),
    get size() {
      try {
        const { columns, rows } = Deno.consoleSize();
        if (columns > 0 && rows > 0) return { columns, rows };
      } catch { /* neither input nor output is a terminal */ }
      return { columns: 80, rows: 24 };
    },
    write(text) {
      let bytes = encoder.encode(text);
      while (bytes.length > 0) bytes = bytes.subarray(Deno.stderr.writeSync(bytes));
    },
  };
}
