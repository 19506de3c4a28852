/**
 * Programs of users: the source of modules, to be written into a project.
 *
 * They tell where a task ran in one word, and print one line per fact.
 *
 * @module
 */

/** Tells where it is called: `async`, `thread`, or `process` if not in the program `host`. */
const PLACE = `
export function place(host: number): string {
  if (Deno.pid !== host) return "process";
  return globalThis.constructor.name === "Window" ? "async" : "thread";
}
`;

/** Tasks in a module of their own, one of them a class, and tasks in the program itself, some without a name. */
export const SHOP: Readonly<Record<string, string>> = {
  "helper.ts": `${PLACE}
export const double = (x: number): number => 2 * x;
`,
  "tasks/prices.ts": `
import { currentTask, task, TaskBase } from "@workflowy/workflowy";
import { double, place } from "helper";

export const price = task({ name: "price", retries: 1, backoff: "none" }, (host: number, base: number) => {
  const { attempt, name } = currentTask()!;
  if (attempt === 1) throw new Error("not yet");
  currentTask()!.progress(0.5, "half of " + base);
  return [place(host), name, double(base)];
});

export class Greet extends TaskBase<[host: number, name: string], string> {
  override name = "greet";
  async run(host: number, name: string): Promise<string> {
    const { greeting } = await import("./greeting.ts");
    return greeting(name) + " from a " + place(host);
  }
}
export const greet = new Greet();
`,
  "tasks/greeting.ts": `export const greeting = (name: string): string => "Hello, " + name;`,
  "main.ts": `
import { task, TaskRunner } from "@workflowy/workflowy";
import { double, place } from "helper";
import { greet, price } from "./tasks/prices.ts";

const own = task(function own(host: number, x: number) {
  return place(host) + " " + double(x);
});
const unnamed = task((host: number, x: number) => place(host) + " " + (x + 1));
const others = {
  async: task((host: number) => place(host)),
  thread: task({ backend: "thread" }, (host: number) => place(host)),
  process: task({ backend: "process" }, (host: number) => place(host)),
};

if (import.meta.main) {
  await using runner = new TaskRunner();
  runner.enter();
  const host = Deno.pid;
  for (const backend of Deno.args as (keyof typeof others)[]) {
    const handle = price.with({ backend }).submit(host, 21);
    console.log(...await handle, handle.progress, handle.progressMessage);
    console.log(await greet.with({ backend }).submit(host, "Zoë"));
    const sum = own.with({ backend }).submit(host, 1);
    console.log(await own.with({ backend, dependsOn: sum }).submit(host, 2), "and", await sum);
    console.log(await unnamed.with({ backend }).submit(host, 1), await others[backend].submit(host));
  }
  const { ok } = await runner.run();
  console.log(ok, /^main\\.ts:\\d+/.test(unnamed.name));
}
`,
};

/** What {@linkcode SHOP} prints if it is given the names of these backends. */
export function shopOutput(...backends: readonly string[]): string[] {
  const lines = backends.flatMap((place) => [
    `${place} price 42 1 half of 21`,
    `Hello, Zoë from a ${place}`,
    `${place} 4 and ${place} 2`,
    `${place} 2 ${place}`,
  ]);
  return [...lines, "true true"];
}

/** Submits the task \`subject\` of \`tasks.tsx\` on all backends, and prints what it yields. */
export const ON_ALL_BACKENDS = `
import { TaskRunner } from "@workflowy/workflowy";
import { subject } from "./tasks.tsx";

if (import.meta.main) {
  await using runner = new TaskRunner();
  for (const backend of ["async", "thread", "process"] as const) {
    console.log(backend, await subject.with({ backend, runner }).submit("1 day"));
  }
}
`;

/** A runtime for JSX that makes HTML of it. */
export const JSX_RUNTIME = `
type Props = Record<string, unknown> & { children?: unknown };
export function jsx(tag: string, { children = "", ...attributes }: Props): string {
  const head = Object.entries(attributes).map(([name, value]) => " " + name + "='" + value + "'").join("");
  return "<" + tag + head + ">" + [children].flat().join("") + "</" + tag + ">";
}
export const jsxs = jsx;
export namespace JSX {
  export type Element = string;
  export interface IntrinsicElements {
    [tag: string]: Record<string, unknown>;
  }
}
`;

/** A task whose body is JSX. */
export const JSX_TASK = `
import { task } from "@workflowy/workflowy";
export const subject = task({ name: "page" }, (text: string) => <p class="due">due in {text}</p>);
`;

/** A task that uses a package from npm. */
export const NPM_TASK = `
import { task } from "@workflowy/workflowy";
import ms from "ms";
export const subject = task({ name: "milliseconds" }, (text: string) => ms(text as "1 day"));
`;

/** A task that uses something unstable. */
export const UNSTABLE_TASK = `
import { task } from "@workflowy/workflowy";
export const subject = task({ name: "remember" }, async (text: string) => {
  using kv = await Deno.openKv(":memory:");
  await kv.set(["due"], text);
  return (await kv.get(["due"])).value;
});
`;

/** Tasks made by one copy of the package, which they import as \`other\`, that use whatever a task can use of it. */
export const TASKS_OF_OTHER = `
import { currentTask, NonRetryableError, RetryAfterError, task, TaskBase } from "other";
${PLACE}
export const square = task({ name: "square" }, (host: number, x: number) => place(host) + " " + x * x);
export const unnamed = task((host: number) => place(host));
export const inside = task({ name: "inside" }, () => {
  const { name, attempt, log, progress, cancelled } = currentTask()!;
  currentTask()!.progress(0.25, "a quarter");
  currentTask()!.throwIfCancelled();
  log("a line");
  return [name, attempt, typeof progress, cancelled].join(" ");
});
export const hopeless = task({ name: "hopeless", retries: 3, backoff: "none" }, () => {
  throw new NonRetryableError("of no use");
});
export const busy = task({ name: "busy", retries: 1, backoffBase: "1d", backoffMax: "1d" }, () => {
  if (currentTask()!.attempt === 1) throw new RetryAfterError("later", { retryAfter: "1ms" });
  return "on attempt 2";
});
export const wait = task({ name: "wait" }, async () => {
  const { signal } = currentTask()!;
  currentTask()!.progress(0.5);
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  currentTask()!.throwIfCancelled();
});
export class Cube extends TaskBase<[host: number, x: number], string> {
  override name = "cube";
  run(host: number, x: number): string {
    return place(host) + " " + x ** 3;
  }
}
export const cube = new Cube();
export const nested = task({ name: "nested" }, async (host: number) => "nested " + await square.submit(host, 3));
`;

/** Runs them on a runner of the copy that it imports as \`@workflowy/workflowy\`. */
export const RUN_TASKS_OF_OTHER = (tasks: string): string => `
import { type NonRetryableError, TaskCancelledError, TaskRunner } from "@workflowy/workflowy";
import { busy, cube, hopeless, inside, nested, square, unnamed, wait } from "${tasks}";

if (import.meta.main) {
  const logger = { debug() {}, info: (...data: unknown[]) => console.log("logged", ...data), warn() {}, error() {} };
  await using runner = new TaskRunner({ onTaskError: "continue", logger });
  runner.enter();
  const host = Deno.pid;
  for (const backend of ["async", "thread", "process"] as const) {
    console.log(await square.with({ backend }).submit(host, 5), await cube.with({ backend }).submit(host, 2));
    console.log(await unnamed.with({ backend }).submit(host));
    const watched = inside.with({ backend, key: "inside " + backend }).submit();
    console.log(await watched, watched.progress, watched.progressMessage);
    const failed = hopeless.with({ backend }).submit();
    const error = await failed.exception();
    console.log(String(error), (error as NonRetryableError).code, failed.attempts);
    console.log(await busy.with({ backend }).submit());
    const waiting = wait.with({ backend }).submit();
    runner.addEventListener("progress", ({ handle }) => void (handle === waiting && handle.cancel("enough")));
    const end = await waiting.exception();
    console.log(waiting.status, end instanceof TaskCancelledError && end.reason);
  }
  console.log(await nested.submit(host));
}
`;

/** What they print. */
export const OUTPUT_OF_OTHER: readonly string[] = [
  ...["async", "thread", "process"].flatMap((place) => [
    `${place} 25 ${place} 8`,
    place,
    `logged [inside ${place}] a line`,
    "inside 1 function false 1 a quarter",
    "NonRetryableError: of no use NON_RETRYABLE 1",
    "on attempt 2",
    "cancelled enough",
  ]),
  "nested async 9",
];
