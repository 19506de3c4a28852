import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Scheduler, task, TaskRunner, waitFor } from "../../../mod.ts";
import type { ErrorForm } from "../../../src/observe/api/json_form.ts";
import { toMermaid } from "../../../src/observe/pictures.ts";
import { snapshotOf } from "../../../src/observe/snapshot_of.ts";
import { turn } from "../../support.ts";
import { clientOf, TOKEN } from "./support.ts";

const square = task({ name: "square", label: (x: number) => `square of ${x}`, tags: ["maths"] }, (x: number) => x * x);
const fail = task({ name: "fail" }, (what: string) => {
  throw new TypeError(`no ${what}`, { cause: new Error("the reason") });
});

/** The task waits until it is told to end. */
function held() {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { hold: task({ name: "hold" }, () => promise), release: () => resolve("done") };
}

Deno.test("api: answers nothing without the token", async () => {
  await using runner = new TaskRunner();
  const { api } = clientOf({ runners: () => [runner] });
  for (const authorization of [undefined, "Bearer ", `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, TOKEN]) {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const response = await api(new Request("http://localhost/api/state", { headers }));
    assertEquals(response.status, 401, authorization);
    assertEquals(await response.json(), { v: 1, error: "The token is missing or wrong" });
  }
});

Deno.test("api: state has the program, the runners and the numbers of the newest open one", async () => {
  await using first = new TaskRunner();
  await using second = new TaskRunner();
  await second.submit(square, 2);
  const client = clientOf({ runners: () => [first, second], program: "main.ts" });
  const { status, body } = await client.get("/api/state");
  assertEquals(status, 200);
  assertEquals([body.v, body.pid, body.program, body.open, body.index], [1, Deno.pid, "main.ts", true, 1]);
  assertEquals([body.statistics?.completed, body.runners?.length], [1, 2]);
  assertEquals((await client.get("/api/state?runner=0")).body.statistics?.completed, 0);
  await second.shutdown();
  assertEquals((await client.get("/api/state")).body.index, 0);
  assertEquals((await client.get("/api/state?runner=7")).body, { v: 1, error: 'There is no runner "7"' });
});

Deno.test("api: a program without a runner has a state, and no tasks", async () => {
  const client = clientOf({ runners: () => [] });
  assertEquals((await client.get("/api/state")).body.runners, []);
  assertEquals((await client.get("/api/tasks")).status, 404);
});

Deno.test("api: tasks are filtered by status, name, tag and text, and come in pages", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  square.with({ runner }).map([1, 2, 3]);
  runner.submit(fail, "tea");
  await runner.run();
  const { get } = clientOf({ runners: () => [runner] });
  const labels = async (query: string) =>
    (await get(`/api/tasks?${query}`)).body.tasks?.map(({ label, name }) => label ?? name);
  assertEquals(await labels(""), ["square of 1", "square of 2", "square of 3", "fail"]);
  assertEquals(await labels("status=failed,cancelled"), ["fail"]);
  assertEquals(await labels("name=square&limit=1&offset=1"), ["square of 2"]);
  assertEquals(await labels("tag=maths&text=OF%203"), ["square of 3"]);
  assertEquals(await labels("text=no+tea"), ["fail"]);
  const { body } = await get("/api/tasks?limit=2");
  assertEquals([body.total, body.offset, body.limit, body.tasks?.length], [4, 0, 2, 2]);
  const one = body.tasks![0]!;
  assertEquals([one.name, one.status, one.attempts, one.tags], ["square", "completed", 1, ["maths"]]);
  assertEquals(new Date(one.finishedAt!).toISOString(), one.finishedAt);
  assertStringIncludes(String((await get("/api/tasks?status=fialed")).body.error), "there are pending, ready");
  assertEquals((await get("/api/tasks?limit=-1")).status, 400);
});

Deno.test("api: a task has its value or its error, with the cause, and says why", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const good = runner.submit(square, 4);
  const bad = runner.submit(fail.with({ key: "what is/it?" }), "tea");
  const next = runner.submit((x: number) => x, bad);
  await runner.run();
  const { get } = clientOf({ runners: () => [runner] });
  const { body: done } = await get(`/api/tasks/${encodeURIComponent(good.id)}`);
  assertEquals([done.id, done.value, done.error, done.dependsOn], [good.id, 16, undefined, []]);
  const { body: failed } = await get(`/api/tasks/${encodeURIComponent(bad.id)}`);
  const { stack: _, cause, ...error } = failed.error as ErrorForm;
  assertEquals([error, (cause as ErrorForm).message], [{ name: "TypeError", message: "no tea" }, "the reason"]);
  assertEquals(failed.why, bad.explain());
  assertEquals((await get(`/api/tasks/${encodeURIComponent(next.id)}`)).body.dependsOn, [bad.id]);
  const { body: list } = await get("/api/tasks?status=failed&full=true");
  const { args: _args, children: _children, value: _value, ...account } = failed;
  const [listed, consequence] = list.tasks as unknown as readonly (typeof account)[];
  assertEquals({ v: 1, ...listed }, account);
  assertEquals([consequence?.dependsOn, consequence?.why], [[bad.id], next.explain()]);
  assertEquals((await get("/api/tasks/none")).body, { v: 1, error: 'There is no task "none"' });
});

Deno.test("api: HEAD is answered as GET is, without a body", async () => {
  await using runner = new TaskRunner();
  const { api } = clientOf({ runners: () => [runner] });
  const ask = async (path: string, token = TOKEN) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await api(new Request(`http://localhost${path}`, { method: "HEAD", headers }));
    return [answer.status, answer.headers.get("content-type"), await answer.text()];
  };
  assertEquals(await ask("/api/state"), [200, "application/json", ""]);
  assertEquals(await ask("/api/tasks/none"), [404, "application/json", ""]);
  assertEquals(await ask("/api/pause"), [405, "application/json", ""]);
  assertEquals(await ask("/api/state", "another"), [401, "application/json", ""]);
});

Deno.test("api: actions need their header, and are refused when it is read-only", async () => {
  await using runner = new TaskRunner();
  const headers = { authorization: `Bearer ${TOKEN}` };
  const without = await clientOf({ runners: () => [runner] }).api(
    new Request("http://localhost/api/pause", { method: "POST", headers }),
  );
  assertEquals([without.status, (await without.json()).error], [403, "An action needs the header X-Workflowy: 1"]);
  const { post, get } = clientOf({ runners: () => [runner], readOnly: true });
  assertEquals((await post("/api/pause")).status, 403);
  assertEquals((await get("/api/pause")).body.error, "/api/pause takes POST");
  assertEquals((await get("/api/nothing")).status, 404);
  assertEquals(runner.statistics().pools["async"]?.paused, undefined);
});

Deno.test("api: cancels a task that runs, with the reason", async () => {
  await using runner = new TaskRunner();
  const { hold, release } = held();
  const handle = runner.submit(hold);
  const ended = handle.exception();
  const { post } = clientOf({ runners: () => [runner] });
  const path = `/api/tasks/${encodeURIComponent(handle.id)}/cancel`;
  const { body } = await post(path, { reason: "enough" });
  assertEquals([body.cancelled, body.task?.status], [true, "cancelled"]);
  assertStringIncludes(String(await ended), "enough");
  assertEquals((await post(path)).body.cancelled, false);
  release();
});

Deno.test("api: retries one task, and all that failed", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  let works = false;
  const flaky = task({ name: "flaky" }, (x: number) => {
    if (!works) throw new Error("down");
    return x;
  });
  const [first, second] = flaky.with({ runner }).map([1, 2]);
  const good = runner.submit(square, 1);
  await runner.run();
  works = true;
  const { post } = clientOf({ runners: () => [runner] });
  assertEquals((await post(`/api/tasks/${encodeURIComponent(good.id)}/retry`)).status, 409);
  const { body } = await post(`/api/tasks/${encodeURIComponent(first!.id)}/retry`);
  assertEquals(body.task?.id, first!.id);
  assertEquals(await runner.get(first!.id), 1);
  assertEquals<unknown>((await post("/api/retry-failed")).body, { v: 1, retried: 1, ids: [second!.id] });
  assertEquals(await runner.get(second!.id), 2);
});

Deno.test("api: pauses and unpauses a pool, or all of them", async () => {
  await using runner = new TaskRunner({ pools: { api: { maxWorkers: 2 } } });
  const { post } = clientOf({ runners: () => [runner] });
  const paused = () =>
    Object.entries(runner.statistics().pools).filter(([, pool]) => pool.paused).map(([name]) => name);
  assertEquals<unknown>((await post("/api/pause", { pool: "api" })).body, { v: 1, paused: true, pool: "api" });
  assertEquals(paused(), ["api"]);
  await post("/api/pause");
  assertEquals(paused().length, 4);
  await post("/api/unpause");
  assertEquals(paused(), []);
  const { status, body } = await post("/api/pause", { pool: "apu" });
  assert(status === 400 && String(body.error).includes("apu"), JSON.stringify(body));
  assertEquals((await post("/api/pause", { pool: 1 })).status, 400);
});

Deno.test("api: delivers a signal", async () => {
  await using runner = new TaskRunner();
  const approval = task({ name: "approval" }, async () => await waitFor<{ by: string }>("order-7"));
  const handle = runner.submit(approval);
  const { post } = clientOf({ runners: () => [runner] });
  handle.exception(); // starts it
  while (!runner.handles().some(({ name }) => name === "waitFor")) await turn();
  const deliver = async (key: string, value: unknown) => {
    const { delivered, awaited } = (await post("/api/deliver", { key, value })).body;
    return { delivered, awaited };
  };
  assertEquals(await deliver("order-8", 5), { delivered: true, awaited: false }); // kept
  assertEquals(await deliver("order-7", { by: "Ada" }), { delivered: true, awaited: true });
  assertEquals(await handle, { by: "Ada" });
  assertEquals(await deliver("order-7", null), { delivered: false, awaited: false });
  assertEquals((await post("/api/deliver", {})).status, 400);
});

Deno.test("api: lists jobs and runs one", async () => {
  await using runner = new TaskRunner();
  await using scheduler = new Scheduler({ runner, clock: () => Date.parse("2026-06-05T12:00:00Z") });
  scheduler.cron("0 9 * * *", { timezone: "UTC", name: "daily report" }).do(square, 3);
  scheduler.tick();
  const { get, post } = clientOf({ runners: () => [runner] });
  assertEquals<unknown>((await get("/api/schedule")).body.jobs, [
    { name: "daily report", scheduler: "scheduler", status: "active", nextFire: "2026-06-06T09:00:00.000Z" },
  ]);
  const { body } = await post("/api/schedule/daily%20report/run");
  assertEquals(await runner.get(body.task!.id), 9);
  assertEquals((await get("/api/schedule")).body.jobs?.[0]?.last?.status, "completed");
  assertEquals((await post("/api/schedule/nightly/run")).status, 404);
});

Deno.test("api: pauses and resumes the job of the scheduler that the request names", async () => {
  await using runner = new TaskRunner();
  await using first = new Scheduler({ runner, name: "first" });
  await using second = new Scheduler({ runner, name: "second" });
  const jobs = [first, second].map((scheduler) => scheduler.every("1h", { name: "a/b %" }).do(square, 3));
  const { post } = clientOf({ runners: () => [runner] });
  const path = "/api/schedule/a%2Fb%20%25";
  assertEquals((await post(`${path}/pause?scheduler=second`)).status, 200);
  assertEquals(jobs.map(({ status }) => status), ["active", "paused"]);
  assertEquals((await post(`${path}/resume?scheduler=second`)).status, 200);
  assertEquals(jobs.map(({ status }) => status), ["active", "active"]);
  assertEquals((await post(`${path}/pause?scheduler=third`)).status, 404);
  assertEquals((await post("/api/schedule/%zz/pause")).status, 400);
});

Deno.test("api: bodies other than JSON objects, and actions of a runner that was shut down, are refused", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const handle = runner.submit(fail, "tea");
  await runner.run();
  const { api, post } = clientOf({ runners: () => [runner] });
  const headers = { authorization: `Bearer ${TOKEN}`, "x-workflowy": "1" };
  for (const body of ["{", "[]", "7"]) {
    const response = await api(new Request("http://localhost/api/deliver", { method: "POST", headers, body }));
    assertEquals(response.status, 400);
    await response.body?.cancel();
  }
  await runner.shutdown();
  assertEquals((await post(`/api/tasks/${encodeURIComponent(handle.id)}/retry`)).status, 409);
});

Deno.test("api: shows the arguments as they may be shown", async () => {
  const login = task({ name: "login", redact: ([user]) => [user, "…"] }, (user: string, password: string) => {
    return user.length + password.length;
  });
  await using runner = new TaskRunner();
  const handle = runner.submit(login, "Ada", "secret");
  await handle;
  const { get } = clientOf({ runners: () => [runner] });
  const { body } = await get(`/api/tasks/${encodeURIComponent(handle.id)}`);
  assertEquals([body.args, body.history?.length], [["Ada", "…"], 1]);
});

Deno.test("api: the snapshot is what pictures are made from", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  runner.enter();
  square.submit(square.submit(2));
  fail.submit("tea");
  await runner.run();
  const client = clientOf({ runners: () => [runner], program: "main.ts" });
  const { status, body: { snapshot } } = await client.get("/api/snapshot");
  assertEquals([status, snapshot?.version, snapshot?.title], [200, 1, "main.ts"]);
  assertEquals(snapshot?.tasks, (await snapshotOf(runner)).tasks);
  assertStringIncludes(await toMermaid(snapshot!), "square of 4");
});

Deno.test("api: a dashboard is opened where the program can, and only as an action", async () => {
  await using runner = new TaskRunner();
  const able = clientOf({ runners: () => [runner], openDashboard: () => Promise.resolve("http://127.0.0.1:1/#t") });
  assertEquals((await able.post("/api/dashboard")).body.url, "http://127.0.0.1:1/#t");
  assertEquals((await able.get("/api/dashboard")).status, 405);
  const unable = await clientOf({ runners: () => [runner] }).post("/api/dashboard");
  assertEquals(unable.status, 409);
  assertStringIncludes(String(unable.body.error), "start it with workflowy run");
  const refused = await clientOf({ runners: () => [runner], readOnly: true, openDashboard: () => Promise.resolve("") })
    .post("/api/dashboard");
  assertEquals(refused.status, 403);
});
