/**
 * A terminal, as far as progress uses one: lines above that scroll away, and what is on the screen.
 *
 * @module
 */

import type { ProgressOutput } from "../../../src/observe/progress/live_screen.ts";
import { widthOf } from "../../../src/observe/printable.ts";

/** Takes what is written, and keeps all lines as they stand. */
export class Terminal implements ProgressOutput {
  readonly isTerminal: boolean;
  size: { columns: number; rows: number };
  /** All that was written. */
  written = "";
  /** Whether lines are wrapped, and whether output is being synchronised. */
  wraps = true;
  isSynchronised = false;
  /** Called before each write. */
  onWrite: () => void = () => {};
  #lines: string[] = [""];
  #row = 0;

  constructor(columns = 80, rows = 24, isTerminal = true) {
    this.size = { columns, rows };
    this.isTerminal = isTerminal;
  }

  /** All lines, also those that have scrolled away, without blank ones at the end. */
  get lines(): string[] {
    return this.#lines.join("\n").trimEnd().split("\n");
  }

  /** The row of the cursor, from the first line ever. */
  get cursor(): number {
    return this.#row;
  }

  write(text: string): void {
    this.onWrite();
    this.written += text;
    // deno-lint-ignore no-control-regex
    for (const [part] of text.matchAll(/\x1b\[[?\d;]*[a-zA-Z]|[\r\n]|[^\x1b\r\n]+/g)) this.#put(part);
  }

  #put(part: string): void {
    const lines = this.#lines;
    // deno-lint-ignore no-control-regex
    const [, count, command] = /^\x1b\[(\??\d*)([a-zA-Z])$/.exec(part) ?? [];
    switch (command) {
      case "A":
        this.#row = Math.max(0, lines.length - this.size.rows, this.#row - Number(count || 1));
        return;
      case "B":
        this.#row = Math.min(lines.length - 1, this.#row + Number(count || 1));
        return;
      case "J":
        lines.length = this.#row + 1;
        lines[this.#row] = "";
        return;
      case "K":
        if (this.#isAtStart) lines[this.#row] = "";
        return;
      case "m":
        return;
      case "h":
      case "l":
        if (count === "?7") this.wraps = command === "h";
        else if (count === "?2026") this.isSynchronised = command === "h";
        else throw new Error(`not known: ${JSON.stringify(part)}`);
        return;
      case undefined:
        break;
      default:
        throw new Error(`not known: ${JSON.stringify(part)}`);
    }
    if (part === "\n") {
      this.#row++;
      if (this.#row === lines.length) lines.push("");
      this.#isAtStart = true;
    } else if (part === "\r") this.#isAtStart = true;
    else {
      const line = this.#isAtStart ? part : lines[this.#row] + part;
      this.#isAtStart = false;
      if (widthOf(line) > this.size.columns && !this.wraps) throw new Error(`wider than the window: ${line}`);
      lines[this.#row] = line;
    }
  }

  #isAtStart = true;
}
