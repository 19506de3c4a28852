/**
 * The lines at the bottom of a terminal, shared by all that is shown there: a program may have several runners.
 *
 * @module
 */

import { runDetached } from "../../core/run_detached.ts";
import { ConsoleGuard } from "./console_guard.ts";
import { LiveScreen, type ProgressOutput } from "./live_screen.ts";

/** How many rows of the window stay free for what was printed above. */
const FREE_ROWS = 3;

/** Makes the lines of one runner. */
export type FrameMaker = (columns: number, rows: number, isOneOfSeveral: boolean) => string[];

/** Draws frames of several runners, one below the other, until the last one is removed. */
export class SharedScreen {
  /** Those in use. Two on one output would overwrite each other. */
  static readonly #used: SharedScreen[] = [];
  readonly #output: ProgressOutput;
  readonly #screen: LiveScreen;
  readonly #guard: ConsoleGuard;
  readonly #timer: number;
  readonly #makers = new Set<FrameMaker>();

  private constructor(output: ProgressOutput, intervalMs: number) {
    this.#output = output;
    this.#screen = new LiveScreen(output);
    this.#guard = new ConsoleGuard(this.#screen, Deno.stdout.isTerminal());
    const timer = runDetached(() => setInterval(() => this.#draw(), intervalMs));
    Deno.unrefTimer(this.#timer = timer as unknown as number);
  }

  /** The one of an output, if there is one. */
  static of(output: ProgressOutput): SharedScreen | undefined {
    return SharedScreen.#used.find((screen) => screen.#output === output);
  }

  /** Adds a runner to the screen of an output, and draws. @param intervalMs How often, if it is the first one there. */
  static join(output: ProgressOutput, maker: FrameMaker, intervalMs: number): SharedScreen {
    let screen = SharedScreen.of(output);
    if (screen === undefined) SharedScreen.#used.push(screen = new SharedScreen(output, intervalMs));
    screen.#makers.add(maker);
    screen.#draw();
    return screen;
  }

  /** Removes a runner; its lines are erased. */
  leave(maker: FrameMaker): void {
    this.#makers.delete(maker);
    if (this.#makers.size > 0) return this.#draw();
    this.#screen.clear();
    clearInterval(this.#timer);
    this.#guard[Symbol.dispose]();
    SharedScreen.#used.splice(SharedScreen.#used.indexOf(this), 1);
  }

  /** Writes text above the lines, whole. */
  print(text: string): void {
    this.#screen.print(text);
  }

  #draw(): void {
    const { columns, rows } = this.#output.size;
    const { size } = this.#makers;
    let left = rows - FREE_ROWS;
    let waiting = size;
    const lines: string[] = [];
    for (const maker of this.#makers) {
      // The last column stays free, as some terminals wrap there.
      const its = maker(columns - 1, Math.floor(left / waiting), size > 1);
      lines.push(...its);
      left -= its.length;
      waiting--;
    }
    this.#screen.draw(lines);
  }
}
