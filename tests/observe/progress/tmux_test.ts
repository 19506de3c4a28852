import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { widthOf } from "../../../src/observe/printable.ts";
import { tempFolder, until } from "../../support.ts";
import { hasTmux, openWindow, type Window } from "./tmux.ts";

/** Runs a program in `programs/`. When it has ended, the terminal is asked, which needs one that is still used. */
function commandFor(program: string, flags: string, ...args: string[]): string {
  const path = fromFileUrl(new URL(`./programs/${program}`, import.meta.url));
  const words = [Deno.execPath(), "run", "--no-check", "--no-config", flags, path, ...args].map((word) => `'${word}'`);
  return `trap : INT; ${words.join(" ")}; echo "exit code $?"; exec cat`;
}

/** How many milliseconds 10,000 tasks may take on a busy machine. */
const PATIENCE_MS = 60_000;

/** A test that needs tmux. */
function inTerminal(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: hasTmux ? name : `${name} (ignored: no tmux here)`, ignore: !hasTmux, fn });
}

/** Whether the shell says that the program has ended. */
async function hasEnded(pane: Window): Promise<boolean> {
  return (await pane.screen()).some((line) => line.includes("exit code"));
}

/** The lines that change: from the bar on. */
function frameIn(screen: readonly string[]): string[] {
  const bar = screen.findIndex((line) => /^[█░]{10}/.test(line));
  return bar < 0 ? [] : screen.slice(bar);
}

inTerminal("In a terminal, 10,000 tasks are shown at the bottom, and what they print above, whole", async () => {
  await using folder = await tempFolder();
  const file = folder.file("end");
  await using pane = await openWindow(100, 30, commandFor("many_tasks.ts", "--allow-read", file));
  const isAtGate = async () => frameIn(await pane.screen())[0]?.includes("10,000/10,005") === true;
  await until("all but the last ones have finished", isAtGate, PATIENCE_MS);
  await until(
    "the reason of the wait is shown",
    async () => (await pane.screen()).some((line) => line.startsWith("◔ ")),
  );
  const [bar, ...others] = frameIn(await pane.screen());
  assert(/^█{24} 10,000\/10,005 99% {2}✗ 1 failed {2}↻ 1 /.test(bar!), bar);
  assertEquals(others.map((line) => line.replace(/\d+(?:\.\d)? (?:ms|s|min)\b/g, "TIME").replaceAll(/ +/g, " ")), [
    "▶ wait#1 TIME 50% for a file",
    "▶ limited#3 TIME",
    "↻ retried#2 attempt 2 of 2 in TIME Error: no answer yet",
    "◔ limited waits for its limit, 1 at a time (2 waiting)",
  ]);

  // A narrower window: nothing is wider, no line of the frame before is left, and the bar is shorter.
  await pane.resize(50, 12);
  const fits = async () => {
    const screen = await pane.screen();
    return screen.every((line) => widthOf(line) <= 50) &&
      screen.filter((line) => /10,000\/10,005/.test(line)).length === 1 &&
      screen.some((line) => /^█{10} 10,000/.test(line));
  };
  await until("the frame fits the window", fits);
  await pane.resize(100, 30);
  await until(
    "the frame is wide again",
    async () => frameIn(await pane.screen())[0]?.startsWith("█".repeat(24)) === true,
  );

  await Deno.writeTextFile(file, "");
  await until("the program has ended", () => hasEnded(pane), PATIENCE_MS);
  const history = (await pane.history()).map((line) => line.trimEnd());
  if (Deno.env.get("DUMP")) console.log(history.join("\n"));
  const count = (pattern: RegExp) => history.filter((line) => pattern.test(line)).length;
  assertEquals(count(/^the program begins$/), 1);
  assertEquals(count(/^(?:\[work no\. \d+ 日本語\] )?printed by \d+005$|printed by 5$/), 10);
  assertEquals(count(/^(?:\[work no\. \d+ 日本語\] )?error of \d*006$|error of 6$/), 10);
  assertEquals(count(/^its second line$/), 10);
  assertEquals(count(/^\[work no\. \d+ 日本語\] logged by \d*7$/), 10);
  assertEquals(count(/^✗ work no\. 4321 日本語 failed$/), 2, "at once and again at the end");
  assertEquals(count(/^ {4}Caused by: RangeError: column 7$/), 2);
  assertEquals(count(/^✗ 10,003 tasks completed, 1 failed, 1 cancelled in /), 1);
  assertEquals(count(/[█░]|^[▶↻◔] /), 0, "no frame is left");
  assertEquals(await pane.state(), { cursor: "1", wrap: "1" });
});

inTerminal("A program that is interrupted leaves the terminal as it was", async () => {
  await using folder = await tempFolder();
  await using pane = await openWindow(80, 24, commandFor("many_tasks.ts", "--allow-read", folder.file("end")));
  await until("it is under way", async () => frameIn(await pane.screen()).length > 1, PATIENCE_MS);
  await pane.press("C-c");
  await until("the program has ended", () => hasEnded(pane), PATIENCE_MS);
  assertEquals(await pane.state(), { cursor: "1", wrap: "1" });
});

inTerminal("What threads and subprocesses print stands above the lines that change, whole", async () => {
  await using pane = await openWindow(90, 24, commandFor("printing.ts", "-A"));
  await until("the program has ended", () => hasEnded(pane), PATIENCE_MS);
  const history = await pane.history();
  const expected = ["thread", "process", "loop"].flatMap((where) =>
    [1, 2].flatMap((n) =>
      [1, 2, 3, 4].flatMap((line) => [`${where} ${n} prints line ${line}`, `${where} ${n} has error ${line}`])
    )
  );
  const printed = history.flatMap((line) => /^\[[^\]]+\] (.*)$/.exec(line.trimEnd())?.[1] ?? []);
  assertEquals(printed.toSorted(), expected.toSorted());
  assertEquals(history.filter((line) => line.trimEnd() === "of two lines").length, expected.length / 2);
  assertEquals(history.filter((line) => /[█░]|^[▶↻◔] /.test(line)), [], "no frame is left");
});
