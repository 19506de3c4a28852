import { assert, assertEquals, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { currentTask, task, TaskRunner } from "../../../mod.ts";
import { showProgress } from "../../../src/observe/progress/show_progress.ts";
import { runProgram, tempFolder, textOf, until } from "../../support.ts";
import { Terminal } from "./terminal.ts";

const fail = task({ name: "parse" }, (line: string) => {
  throw new TypeError(`no row in ${line}`);
});

/** A task that fails until what it fetches has appeared. */
function fetchedLater() {
  let isThere = false;
  const fetched = task({ name: "fetch" }, () => {
    if (!isThere) throw new Error("not there yet");
  });
  return { fetched, appear: () => void (isThere = true) };
}

/** Lets a test of this room see what is shown elsewhere than on GitHub, also when it runs there. */
function offGitHub(): Disposable {
  const before = Deno.env.get("GITHUB_ACTIONS");
  Deno.env.delete("GITHUB_ACTIONS");
  return { [Symbol.dispose]: () => before === undefined ? undefined : Deno.env.set("GITHUB_ACTIONS", before) };
}

Deno.test("Plain lines report failures at once and again at the end", async () => {
  using _elsewhere = offGitHub();
  const terminal = new Terminal(80, 24, false);
  await using runner = new TaskRunner({ onTaskError: "continue" });
  {
    using _ = showProgress(runner, { output: terminal, interval: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    runner.submit(task({ name: "wait" }, () => promise));
    runner.submit(fail, "a");
    const run = runner.run();
    await until("a line was written", () => terminal.written.includes("1/2 done (50%), 1 failed, 1 running"));
    assertStringIncludes(terminal.written, "✗ parse#2 failed\n    TypeError: no row in a\n        at ");
    resolve();
    await run;
  }
  assertEquals(terminal.written.split("TypeError: no row in a").length, 3, "at once, and again at the end");
  assert(/✗ 1 task completed, 1 failed in .*\n$/.test(terminal.written));
  assertEquals(terminal.written.includes("\x1b"), false);
});

Deno.test("What was retried counts once, as it ended last", async () => {
  using _elsewhere = offGitHub();
  const terminal = new Terminal(80, 24, false);
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const { fetched, appear } = fetchedLater();
  {
    using _ = showProgress(runner, { output: terminal });
    const first = runner.submit(fetched);
    runner.submit(fail.with({ dependsOn: [first] }), "a").exception();
    await runner.run();
    appear();
    runner.retry(first);
    await runner.run();
  }
  assertStringIncludes(terminal.written, "Failures, also of what was retried:");
  assert(/✗ 1 task completed, 1 failed in .*\n$/.test(terminal.written), terminal.written);
  const { submitted, failed, retried } = runner.statistics();
  assertEquals([submitted, failed, retried.failed], [4, 3, 2]);
});

Deno.test("Progress ends well if all that failed was retried with success", async () => {
  using _elsewhere = offGitHub();
  const terminal = new Terminal(80, 24, false);
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const { fetched, appear } = fetchedLater();
  {
    using _ = showProgress(runner, { output: terminal });
    runner.submit(fetched);
    await runner.run();
    appear();
    runner.retryFailed();
    await runner.run();
  }
  assertStringIncludes(terminal.written, "Failures that were retried:");
  assert(/✓ 1 task completed in .*\n$/.test(terminal.written), terminal.written);
});

Deno.test("Live, what tasks log and failures stand above the lines that change", async () => {
  using _elsewhere = offGitHub();
  const terminal = new Terminal(100, 20);
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const log = task({ name: "log" }, (n: number) => currentTask()!.log.warn(`line ${n}\nand \x1b[2J more`));
  {
    using _ = showProgress(runner, { output: terminal, mode: "live", interval: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    runner.submit(task({ name: "wait", label: () => "for it" }, async () => {
      currentTask()!.progress(0.5, "half way");
      await promise;
    }));
    log.with({ runner }).map([1, 2, 3]);
    runner.submit(fail, "b");
    const run = runner.run();
    const barIn = () => terminal.lines.findIndex((line) => line.includes("4/5"));
    await until("it is drawn", () => barIn() >= 0 && terminal.lines.some((line) => line.includes("half way")));
    const bar = barIn();
    assert(bar > 6 && terminal.lines.slice(bar + 1).some((line) => line.startsWith("▶ wait for it")));
    resolve();
    await run;
  }
  const { lines } = terminal;
  for (const n of [1, 2, 3]) {
    const at = lines.indexOf(`[log#${n + 1}] line ${n}`);
    assert(at >= 0);
    assertEquals(lines[at + 1], "and ␛[2J more");
  }
  assert(lines.at(-1)!.startsWith("✗ 4 tasks completed, 1 failed in "));
  assertEquals(lines.some((line) => line.includes("█") || line.startsWith("▶")), false, "no frame is left");
});

Deno.test("It can be shown in the middle of a run, and ended twice", async () => {
  const terminal = new Terminal();
  await using runner = new TaskRunner();
  const { promise, resolve } = Promise.withResolvers<void>();
  const handle = runner.submit(task({ name: "wait" }, () => promise));
  handle.exception();
  await until("it runs", () => handle.status === "running");
  const progress = showProgress(runner, { output: terminal, mode: "live", interval: 1 });
  assertEquals(terminal.lines.some((line) => line.startsWith("▶ wait#1")), true);
  resolve();
  await handle;
  progress[Symbol.dispose]();
  progress[Symbol.dispose]();
  assertEquals(terminal.written.match(/task completed/g)?.length, 1);
});

Deno.test("Two runners are shown one below the other, and plain lines of a third above them", async () => {
  const terminal = new Terminal();
  await using first = new TaskRunner({ name: "first" });
  await using second = new TaskRunner({ name: "second" });
  await using third = new TaskRunner({ name: "third" });
  const options = { output: terminal, interval: 1 };
  const shown = [
    showProgress(first, { ...options, mode: "live" }),
    showProgress(second, { ...options, mode: "live" }),
    showProgress(third, { ...options, mode: "plain" }),
  ];
  third.submit(task({ name: "work" }, () => {}));
  const heads = () => terminal.lines.filter((line) => line.includes("░")).map((line) => line.split(" ")[0]);
  await until("all are shown", () => heads().join() === "first,second" && terminal.lines[0]!.includes("0/1 done"));
  await second.shutdown();
  await until("what was shut down is not shown", () => heads().join() === "first");
  shown[0]![Symbol.dispose]();
  shown[2]![Symbol.dispose]();
  shown[1]![Symbol.dispose]();
  assertEquals(terminal.lines.filter((line) => line.includes("0 tasks completed")).length, 3);
  assertEquals(heads(), []);
  await third.run();
});

Deno.test("Nothing is shown with mode none; options are checked", async () => {
  const terminal = new Terminal();
  await using runner = new TaskRunner();
  showProgress(runner, { output: terminal, mode: "none" })[Symbol.dispose]();
  assertEquals(terminal.written, "");
  assertThrows(() => showProgress(undefined as never), TypeError, "What showProgress() is given must be a TaskRunner");
  assertThrows(() => showProgress(runner, { mode: "loud" as never }), RangeError, "mode of showProgress()");
  assertThrows(() => showProgress(runner, { interval: 0 }), RangeError, "interval of showProgress()");
  assertThrows(() => showProgress(runner, { colour: true } as never), TypeError, 'Unknown option "colour"');
});

const PROGRAM = `
const { showProgress } = await import(${
  JSON.stringify(new URL("../../../src/observe/progress/show_progress.ts", import.meta.url).href)
});
const runner = new workflowy.TaskRunner({ onTaskError: "continue" });
const progress = showProgress(runner);
runner.submit(workflowy.task({ name: "parse" }, () => { throw new TypeError("::set-env name=x::\\n::warning::y"); }));
await runner.run();
console.log("printed");
`;

Deno.test("A program that ends without disposing of it has its summary all the same", async () => {
  const { code, stdout, stderr } = await runProgram(PROGRAM);
  assertEquals([code, stdout], [0, "printed"]);
  assertStringIncludes(stderr, "✗ 0 tasks completed, 1 failed in ");
});

Deno.test("On GitHub, failures are annotations, and the step has a summary", async () => {
  await using folder = await tempFolder();
  const path = folder.file("summary.md");
  const { stderr } = await runProgram(
    `Deno.env.set("GITHUB_ACTIONS", "true"); Deno.env.set("GITHUB_STEP_SUMMARY", ${JSON.stringify(path)});${PROGRAM}`,
  );
  const commands = stderr.split("\n").filter((line) => line.trimStart().startsWith("::"));
  assertEquals(commands.length, 1);
  assert(commands[0]!.startsWith("::error title=parse#1::TypeError: ::set-env name=x::%0A::warning::y"));
  assertStringIncludes(textOf(path), "| ✗ failed | 1 |");
});

Deno.test("Without any permission, no one is asked for one", async () => {
  const source = `${PROGRAM.replace("await runner.run();", "await runner.run(); progress[Symbol.dispose]();")}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--config", new URL("../../../deno.json", import.meta.url).pathname, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { CI: "true", GITHUB_ACTIONS: "true" },
  }).spawn();
  const writer = child.stdin.getWriter();
  const head = `import * as workflowy from ${JSON.stringify(new URL("../../../mod.ts", import.meta.url).href)};\n`;
  await writer.write(new TextEncoder().encode(head + source));
  await writer.close();
  const { code, stderr } = await child.output();
  const text = new TextDecoder().decode(stderr);
  assertEquals(code, 0, text);
  assertEquals(/permission|prompt|allow-env/i.test(text), false);
  assertEquals(text.includes("::error"), false, "it may not know that this is GitHub");
});

Deno.test("Where the environment has CI or NO_COLOR, a terminal gets plain lines", async () => {
  const source = `
    import { TaskRunner } from ${JSON.stringify(new URL("../../../mod.ts", import.meta.url).href)};
    import { showProgress } from ${
    JSON.stringify(new URL("../../../src/observe/progress/show_progress.ts", import.meta.url).href)
  };
    let written = "";
    const output = { write: (text) => void (written += text), isTerminal: true, size: { columns: 80, rows: 24 } };
    showProgress(new TaskRunner(), { output })[Symbol.dispose]();
    console.log(written.includes("\\x1b[?2026h") ? "live" : "plain");`;
  const { CI: _, NO_COLOR: __, TERM: ___, ...env } = Deno.env.toObject();
  const modeWith = async (more: Record<string, string>): Promise<string> => {
    const args = ["eval", "--quiet", "--no-config", source];
    const child = new Deno.Command(Deno.execPath(), { args, clearEnv: true, env: { ...env, ...more } });
    const { stdout, stderr } = await child.output();
    return new TextDecoder().decode(stdout).trim() || new TextDecoder().decode(stderr);
  };
  const modes = [{}, { CI: "true" }, { CI: "false" }, { NO_COLOR: "1" }, { TERM: "dumb" }].map(modeWith);
  assertEquals(await Promise.all(modes), ["live", "plain", "live", "plain", "plain"]);
});

Deno.test("an output that fails shows nothing, and harms neither the tasks nor the console", async () => {
  const log = console.log;
  for (const mode of ["live", "plain"] as const) {
    for (
      const fail of [() => {
        throw new Error("closed");
      }, () => Promise.reject(new Error("closed"))]
    ) {
      let writes = 0;
      const write = () => {
        writes++;
        return fail();
      };
      const output = { write, isTerminal: mode === "live", size: { columns: 80, rows: 24 } };
      await using runner = new TaskRunner();
      {
        using _ = showProgress(runner, { mode, interval: 1, output });
        const atStart = writes; // what follows is written by a timer
        await runner.submit(task({ name: "watched" }, () => until("it has written", () => writes > atStart)));
      }
    }
  }
  assertStrictEquals(console.log, log);
});
