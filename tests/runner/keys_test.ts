import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { NonRetryableError, task, TaskRunner } from "../../mod.ts";
import { never, turn } from "../support.ts";

const work = task(function work(x: number) {
  return x;
});

Deno.test("TaskHandle.id is the task's name and a number, or the key", async () => {
  await using runner = new TaskRunner();
  const handles = [
    work.with({ runner }).submit(1),
    work.with({ runner, key: "mine" }).submit(2),
    runner.submit(work, 3),
  ];
  assertEquals(handles.map(({ id }) => id), ["work#1", "mine", "work#3"]);
});

Deno.test("SubmitOptions.key that was given before gets ~2, ~3 after it", async () => {
  await using runner = new TaskRunner();
  const submit = (key: string) => work.with({ runner, key }).submit(1);
  const first = submit("daily");
  assertEquals(await first, 1);
  assertEquals([submit("daily").id, submit("daily").id, submit("other").id], ["daily~2", "daily~3", "other"]);
});

Deno.test("SubmitOptions.key that could be mistaken for an id of the runner's is refused, or given another one", async () => {
  await using runner = new TaskRunner();
  const ids: string[] = [];
  const submitAll = (keys: string[]) => {
    for (const key of keys) {
      try {
        ids.push(work.with({ runner, key }).submit(1).id);
      } catch (error) {
        assertInstanceOf(error, RangeError);
      }
    }
  };
  submitAll(["x", "x", "x~2", "x", "x~2", "work#7", "work#8", "x~3~2", "~2", "#1"]);
  for (let count = 0; count < 8; count++) ids.push(runner.submit(work, 1).id);
  submitAll(["work#1", "work#20", "x~4", "x"]);
  assertEquals(new Set(ids).size, ids.length, ids.join(" "));
});

Deno.test("SubmitOptions.dedupKey gives the handle of the active task of that name and key", async () => {
  await using runner = new TaskRunner();
  const submit = (dedupKey: string, x: number) => work.with({ runner, dedupKey }).submit(x);
  const first = submit("a", 1);
  assertStrictEquals(submit("a", 2), first);
  assertNotStrictEquals(submit("b", 3), first);
  assertNotStrictEquals(runner.submit(work, 4), first);
  assertEquals([first.dedupKey, runner.statistics().submitted], ["a", 3]);
  assertStrictEquals(runner.findActive("work", "a"), first);
  assertStrictEquals(runner.findActive("other", "a"), undefined);
  assertStrictEquals(runner.findActive("work", "c"), undefined);
  assertEquals(await first, 1);
  assertStrictEquals(runner.findActive("work", "a"), undefined);
  const second = submit("a", 5);
  assertNotStrictEquals(second, first);
  assertEquals(await second, 5);
});

Deno.test("SubmitOptions.dedupKey tells tasks of different names apart", async () => {
  await using runner = new TaskRunner();
  const other = task({ name: "other" }, (x: number) => x);
  const a = work.with({ runner, dedupKey: "k" }).submit(1);
  const b = other.with({ runner, dedupKey: "k" }).submit(2);
  assertNotStrictEquals<unknown>(a, b);
  const tricky = task({ name: "work\nk" }, (x: number) => x);
  assertNotStrictEquals<unknown>(tricky.with({ runner, dedupKey: "x" }).submit(1), a);
  const c = work.with({ runner, dedupKey: "k\nx" }).submit(1);
  assertEquals([c.name, runner.findActive("work\nk", "x")?.name], ["work", "work\nk"]);
});

Deno.test("dedupBy names the work that arguments stand for", async () => {
  await using runner = new TaskRunner();
  const sync = task({ name: "sync", dedupBy: (user: string) => user.toLowerCase() }, (user: string) => user);
  const [ada, ADA, bob] = ["ada", "ADA", "bob"].map((user) => runner.submit(sync, user));
  assertStrictEquals(ada, ADA);
  assertNotStrictEquals(ada, bob);
  assertEquals([ada!.dedupKey, await ADA, await bob], ["ada", "ada", "bob"]);
  const wins = sync.with({ runner, dedupKey: "bob" });
  assertStrictEquals(wins.submit("carl"), wins.submit("dora"));
});

Deno.test("dedupBy that returns no text, or throws, fails the submission and nothing is submitted", async () => {
  await using runner = new TaskRunner();
  const wrong = task({ name: "wrong", dedupBy: () => 7 as unknown as string }, () => {});
  assertThrows(() => runner.submit(wrong), TypeError, `dedupBy of task "wrong" must return a text`);
  const throws = task({
    name: "throws",
    dedupBy: (): string => {
      throw new NonRetryableError("no key");
    },
  }, () => {});
  assertThrows(() => runner.submit(throws), NonRetryableError, "no key");
  assertEquals(runner.statistics().submitted, 0);
});

Deno.test("TaskRunner.findActive() finds a task while it waits, runs and retries, and not once it failed or was cancelled", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue", maxWorkers: 1 });
  const flaky = task({ name: "flaky", retries: 1, backoff: () => "1h" }, () => Promise.reject(new Error("no")));
  const retrying = flaky.with({ runner, dedupKey: "r" }).submit();
  const running = task({ name: "running" }, never).with({ runner, dedupKey: "r" }).submit();
  const pending = work.with({ runner, dedupKey: "p", dependsOn: running }).submit(1);
  const run = runner.run();
  await turn();
  assertEquals([retrying.status, running.status, pending.status], ["retrying", "running", "pending"]);
  assertStrictEquals(runner.findActive("flaky", "r"), retrying);
  assertStrictEquals(runner.findActive("running", "r"), running);
  assertStrictEquals(runner.findActive("work", "p"), pending);
  running.cancel();
  retrying.cancel();
  await run;
  assertEquals(pending.status, "failed");
  for (const [name, key] of [["flaky", "r"], ["running", "r"], ["work", "p"]] as const) {
    assertStrictEquals(runner.findActive(name, key), undefined);
  }
  const again = work.with({ runner, dedupKey: "p" }).submit(2);
  assert(again !== pending);
  assertEquals(await again, 2);
});

Deno.test("SubmitOptions.key is the id also where it looks like one of another task's", async () => {
  await using runner = new TaskRunner();
  for (let count = 0; count < 50; count++) runner.submit(work, count);
  assertEquals(work.with({ runner, key: "issue#42" }).submit(1).id, "issue#42");
});

Deno.test("TaskOptions.dedupBy gets ids where handles were given", async () => {
  await using runner = new TaskRunner();
  const mail = task({ name: "mail", dedupBy: (user: number) => `user ${user}` }, (user: number) => user);
  const users = [1, 2].map((x) => runner.submit(() => x));
  const handles = users.map((user) => runner.submit(mail, user));
  assertEquals(await Promise.all(handles), [1, 2]);
  assertEquals(handles[0]!.dedupKey, `user ${users[0]!.id}`);
});
