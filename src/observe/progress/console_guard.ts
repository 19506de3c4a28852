/**
 * Keeps what a program prints by `console` from being overwritten by lines that change.
 *
 * @module
 */

import type { LiveScreen } from "./live_screen.ts";

/** Which methods print, and whether to the standard error. */
const METHODS = {
  log: false,
  info: false,
  debug: false,
  dir: false,
  table: false,
  warn: true,
  error: true,
  trace: true,
  assert: true,
  dirxml: false,
  group: false,
  groupCollapsed: false,
  time: true,
  timeEnd: false,
  timeLog: false,
  count: false,
  countReset: true,
} as const;

type Method = keyof typeof METHODS;

type Print = (...data: unknown[]) => void;

/**
 * Hides the lines while `console` prints. What tasks print need not come here: observers get it. Once it is disposed of, the methods
 * are those that they were, or, where another one has wrapped them meanwhile, only pass on.
 */
export class ConsoleGuard implements Disposable {
  readonly #screen: LiveScreen;
  readonly #undo: (() => void)[] = [];
  #isActive = true;

  /** @param isStdoutSeen Whether the standard output is the same terminal. */
  constructor(screen: LiveScreen, isStdoutSeen: boolean) {
    this.#screen = screen;
    for (const method of Object.keys(METHODS) as Method[]) {
      if (METHODS[method] || isStdoutSeen) this.#wrap(method);
    }
  }

  #wrap(method: Method): void {
    const methods = console as unknown as Record<Method, Print>;
    const print = methods[method];
    const guarded: Print = (...data) => {
      if (!this.#isActive) return print.apply(console, data);
      this.#screen.hide();
      try {
        print.apply(console, data);
      } finally {
        this.#screen.shown();
      }
    };
    methods[method] = guarded;
    this.#undo.push(() => {
      if (methods[method] === guarded) methods[method] = print;
    });
  }

  [Symbol.dispose](): void {
    this.#isActive = false;
    for (const undo of this.#undo.splice(0)) undo();
  }
}
