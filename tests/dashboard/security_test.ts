import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { stub } from "@std/testing/mock";
import { currentTask, MemoryCheckpointer, task, TaskRunner } from "@workflowy/workflowy";
import { type Dashboard, dashboard, type DashboardOptions, type DashboardSource } from "@workflowy/workflowy/dashboard";
import { tempFolder, untilAborted } from "../support.ts";

/** What a server answers to raw lines of a request. */
async function raw(ui: Dashboard, lines: readonly string[], body = ""): Promise<string> {
  const { hostname, port } = new URL(ui.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode([...lines, "Connection: close", "", body].join("\r\n")));
  return await new Response(connection.readable).text();
}

function hostOf(ui: Dashboard): string {
  return new URL(ui.url).host;
}

function base(ui: Dashboard): string {
  return ui.url.replace(/#.*$/, "");
}

/** The status of a request by name, with other headers than a browser would let a page send. */
async function statusOf(
  ui: Dashboard,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<number> {
  const given = { host: hostOf(ui), ...headers };
  const lines = Object.entries(given).map(([name, value]) => `${name}: ${value}`);
  const answer = await raw(ui, [
    `${method} ${path} HTTP/1.1`,
    ...lines,
    ...(method === "POST" ? ["content-length: 0"] : []),
  ]);
  return Number(answer.split(" ")[1]);
}

async function withDashboard(options: DashboardOptions, run: (ui: Dashboard, runner: TaskRunner) => Promise<void>) {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  await using ui = dashboard(runner, options);
  await run(ui, runner);
}

Deno.test("a dashboard listens on this machine alone, and has its token behind #", async () => {
  await withDashboard({}, async (ui) => {
    assertMatch(ui.url, /^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{32}$/);
    assert(ui.url.endsWith(ui.token));
    const response = await fetch(ui.url);
    assertEquals(response.status, 200);
    assertMatch(await response.text(), /<script type="module" src="\/ui\/app\.js">/);
  });
});

Deno.test("two dashboards have different tokens", async () => {
  await using runner = new TaskRunner();
  await using one = dashboard(runner);
  await using other = dashboard(runner);
  assert(one.token !== other.token);
});

Deno.test("all answers have the headers that keep other pages out", async () => {
  await withDashboard({}, async (ui) => {
    for (const path of ["", "ui/app.js", "api/state", "nothing"]) {
      const response = await fetch(base(ui) + path);
      await response.body?.cancel();
      const policy = response.headers.get("content-security-policy")!;
      assertStringIncludes(policy, "default-src 'none'");
      assertStringIncludes(policy, "frame-ancestors 'none'");
      assertEquals(policy.includes("unsafe"), false);
      assertEquals(response.headers.get("x-content-type-options"), "nosniff");
      assertEquals(response.headers.get("referrer-policy"), "no-referrer");
      assertEquals(response.headers.get("cross-origin-resource-policy"), "same-origin");
      assertEquals(response.headers.get("cache-control"), "no-store");
      assertEquals(response.headers.get("set-cookie"), null);
      assertEquals(response.headers.get("access-control-allow-origin"), null);
    }
  });
});

Deno.test("the page has no inline code and asks for nothing from elsewhere", async () => {
  await withDashboard({}, async (ui) => {
    const page = await (await fetch(base(ui))).text();
    assertEquals(/<script(?![^>]*src=)|<style| style=| on\w+=|https?:/i.test(page), false);
    for (const name of page.match(/\/ui\/[\w.]+/g)!) {
      const file = await fetch(new URL(name, base(ui)));
      assertEquals(file.status, 200);
      assertEquals(/\b(?:src|href|url|import)\b\s*[=(]?\s*["'(]https?:/.test(await file.text()), false);
    }
  });
});

Deno.test("another Host is refused, so that no name can be made to point here", async () => {
  await withDashboard({}, async (ui) => {
    const { port } = new URL(ui.url);
    assertEquals(await statusOf(ui, "/", { host: `localhost:${port}` }), 200);
    for (
      const host of [
        "evil.com",
        `evil.com:${port}`,
        "127.0.0.1:1",
        "127.0.0.1.evil.com",
        "0.0.0.0",
        "localhost.evil.com:80",
      ]
    ) {
      assertEquals(await statusOf(ui, "/", { host }), 421, host);
      assertEquals(await statusOf(ui, "/api/state", { host, authorization: `Bearer ${ui.token}` }), 421, host);
    }
  });
});

Deno.test("another Origin and another site are refused", async () => {
  await withDashboard({}, async (ui) => {
    const authorization = `Bearer ${ui.token}`;
    for (const origin of ["http://evil.com", "null", "http://127.0.0.1:1", "http://localhost"]) {
      assertEquals(await statusOf(ui, "/api/state", { origin, authorization }), 403, origin);
    }
    assertEquals(await statusOf(ui, "/api/state", { origin: `http://${hostOf(ui)}`, authorization }), 200);
    assertEquals(await statusOf(ui, "/api/state", { "sec-fetch-site": "cross-site", authorization }), 403);
    assertEquals(await statusOf(ui, "/api/state", { "sec-fetch-site": "same-site", authorization }), 403);
    assertEquals(await statusOf(ui, "/api/state", { "sec-fetch-site": "same-origin", authorization }), 200);
    const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    assertEquals(await statusOf(ui, "/", link), 200); // a link to it may be followed
    assertEquals(await statusOf(ui, "/", { ...link, "sec-fetch-dest": "iframe" }), 403);
  });
});

Deno.test("nothing about tasks is told without the token", async () => {
  await withDashboard({ token: "right" }, async (ui) => {
    const paths = ["/api/state", "/api/tasks", "/live", "/live/about", "/live/task?id=x", "/live/poll", "/metrics"];
    for (const path of paths) {
      for (
        const authorization of [
          undefined,
          "Bearer wrong",
          "Bearer right2",
          "Bearer righ",
          "Bearer ",
          "Basic right",
          "right",
        ]
      ) {
        const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
        assertEquals(await statusOf(ui, path, headers), 401, `${path} ${authorization}`);
      }
    }
    assertEquals(await statusOf(ui, "/api/state?token=right", { cookie: "token=right" }), 401);
    assertEquals(await statusOf(ui, "/api/state", { authorization: "Bearer right" }), 200);
  });
});

Deno.test("a WebSocket needs the token among its protocols, and our origin", async () => {
  await withDashboard({ token: "right" }, async (ui) => {
    const upgrade = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const protocol = (list: string) => ({ ...upgrade, "sec-websocket-protocol": list });
    const status = async (headers: Record<string, string>) => {
      const { hostname, port } = new URL(ui.url);
      using connection = await Deno.connect({ hostname, port: Number(port) });
      const lines = [
        "GET /live HTTP/1.1",
        `host: ${hostOf(ui)}`,
        ...Object.entries(headers).map((each) => each.join(": ")),
      ];
      await connection.write(new TextEncoder().encode([...lines, "", ""].join("\r\n")));
      const bytes = new Uint8Array(1_024);
      const read = await connection.read(bytes) ?? 0;
      return Number(new TextDecoder().decode(bytes.subarray(0, read)).split(" ")[1]);
    };
    assertEquals(await status(upgrade), 401);
    assertEquals(await status(protocol("workflowy.v1")), 401);
    assertEquals(await status(protocol("workflowy.v1, token.wrong")), 401);
    assertEquals(await status(protocol("token.right")), 401);
    assertEquals(await status({ ...protocol("workflowy.v1, token.right"), origin: "http://evil.com" }), 403);
    assertEquals(await status({ ...protocol("workflowy.v1, token.right"), origin: `http://${hostOf(ui)}` }), 101);
  });
});

Deno.test("actions are refused unless they are turned on, and need a POST with both headers", async () => {
  const wait = task({ name: "wait" }, () => untilAborted(currentTask()!.signal));
  await withDashboard({ token: "t" }, async (ui, runner) => {
    const handle = runner.submit(wait);
    const authorization = "Bearer t";
    const path = `/api/tasks/${encodeURIComponent(handle.id)}/cancel`;
    assertEquals(await statusOf(ui, path, { authorization, "x-workflowy": "1" }, "POST"), 403);
    assertEquals(handle.done, false);
    handle.cancel();
  });
  await withDashboard({ token: "t", readOnly: false }, async (ui, runner) => {
    const handle = runner.submit(wait);
    const authorization = "Bearer t";
    const path = `/api/tasks/${encodeURIComponent(handle.id)}/cancel`;
    assertEquals(await statusOf(ui, path, { authorization, "x-workflowy": "1" }), 405);
    assertEquals(await statusOf(ui, path, { authorization }, "POST"), 403);
    assertEquals(await statusOf(ui, path, { "x-workflowy": "1" }, "POST"), 401);
    assertEquals(await statusOf(ui, path, { authorization, "x-workflowy": "1" }, "DELETE"), 405);
    assertEquals(
      await statusOf(ui, path, { authorization, "x-workflowy": "1", origin: "http://evil.com" }, "POST"),
      403,
    );
    assertEquals(handle.done, false);
    assertEquals(await statusOf(ui, path, { authorization, "x-workflowy": "1" }, "POST"), 200);
    assertEquals(handle.status, "cancelled");
  });
});

Deno.test("HEAD is answered as GET is, without a body, for a runner and for a checkpoint", async () => {
  await using folder = await tempFolder();
  const checkpointPath = `${folder.path}/state.jsonl`;
  await using runner = new TaskRunner({ checkpointPath });
  await runner.submit(task({ name: "load" }, () => 42));
  await runner.flush();
  const options = { listen: false, token: "t" } as const;
  await using live = dashboard(runner, options);
  await using recorded = dashboard(checkpointPath, options);
  for (const ui of [live, recorded]) {
    const ask = async (path: string, method: string, authorization = "Bearer t") => {
      const answer = await ui.handler(new Request(`http://localhost${path}`, { method, headers: { authorization } }));
      const body = await answer.text();
      return { status: answer.status, headers: [...answer.headers], hasBody: body !== "" };
    };
    for (const path of ["/", "/ui/app.js", "/api/state", "/api/none", "/live/about", "/metrics", "/live"]) {
      const got = await ask(path, "GET");
      assertEquals(await ask(path, "HEAD"), { ...got, hasBody: false }, path);
      assertEquals(got.hasBody, true, path);
    }
    assertEquals((await ask("/api/state", "HEAD", "Bearer another")).status, 401);
  }
});

Deno.test("an address that other machines can reach needs a token", async () => {
  await using runner = new TaskRunner();
  for (const hostname of ["0.0.0.0", "::", "192.168.1.2", "example.com"]) {
    assertThrows(() => dashboard(runner, { hostname }), TypeError, "give it a token");
  }
  await using ui = dashboard(runner, { hostname: "0.0.0.0", token: "a-long-token" });
  assertMatch(ui.url, /^http:\/\/127\.0\.0\.1:\d+\/#token=a-long-token$/);
  assertEquals(await statusOf(ui, "/", { host: `192.168.1.2:${new URL(ui.url).port}` }), 200); // an address cannot be rebound
  assertEquals(await statusOf(ui, "/", { host: `evil.com:${new URL(ui.url).port}` }), 421);
});

Deno.test("the interface to a checkpoint refuses what that to a runner refuses", async () => {
  await using folder = await tempFolder();
  const checkpointPath = `${folder.path}/state.jsonl`;
  {
    await using runner = new TaskRunner({ checkpointPath });
    await runner.submit(task({ name: "load" }, () => 42));
  }
  await using ui = dashboard(checkpointPath, { readOnly: false, listen: false, token: "t" });
  const ask = async (path: string, method = "GET") => {
    const headers = { authorization: "Bearer t", "x-workflowy": "1" };
    const answer = await ui.handler(new Request(`http://localhost${path}`, { method, headers }));
    return [answer.status, (await answer.json()).total];
  };
  assertEquals(await ask("/api/tasks?status="), [200, 1]);
  assertEquals(await ask("/api/tasks?status=completed,failed&limit=0"), [200, 1]);
  assertEquals(await ask("/api/tasks?status=lost"), [400, undefined]);
  assertEquals(await ask("/api/tasks?limit=-1"), [400, undefined]);
  assertEquals(await ask("/api/tasks/%zz"), [400, undefined]);
  assertEquals(await ask("/api/tasks", "POST"), [409, undefined]);
});

Deno.test("runners of one name are told apart, so that no two series of the metrics are the same", async () => {
  await using first = new TaskRunner({ name: "same" });
  await using second = new TaskRunner({ name: "same (2)" });
  const runners = [first, second];
  await using ui = dashboard(() => runners, { listen: false, token: "t" });
  const ask = async (path: string) => {
    const answer = await ui.handler(new Request(`http://localhost${path}`, { headers: { authorization: "Bearer t" } }));
    return await answer.text();
  };
  await using third = new TaskRunner({ name: "same" });
  runners.push(third);
  const titles = ["same", "same (2)", "same (3)"];
  assertEquals(JSON.parse(await ask("/live/about")).sources, titles);
  const lines = (await ask("/metrics")).split("\n").filter((line) =>
    line.startsWith("workflowy_tasks_submitted_total")
  );
  assertEquals(lines, titles.map((title) => `workflowy_tasks_submitted_total{runner="${title}"} 0`));
  runners.shift();
  assertEquals(JSON.parse(await ask("/live/about")).sources, titles.slice(1)); // a series keeps its name
});

Deno.test("a dashboard refuses what it cannot show", () => {
  const show = (source: unknown) => () => void dashboard(source as DashboardSource);
  assertThrows(show(new MemoryCheckpointer()), TypeError, "not a checkpointer");
  assertThrows(show({ fiel: "state.jsonl" }), TypeError, 'Unknown option "fiel"');
  assertThrows(show(""), RangeError, "must not be empty");
  assertThrows(show({ name: "state", read: 3 }), TypeError, "read of what a dashboard shows must be a function");
});

Deno.test("behind a proxy, its origin is trusted, and all paths have its prefix", async () => {
  await withDashboard({ basePath: "/jobs/", token: "t", trustedOrigins: ["https://tools.example.com"] }, async (ui) => {
    assertMatch(ui.url, /^http:\/\/127\.0\.0\.1:\d+\/jobs\/#token=t$/);
    const host = "tools.example.com";
    assertEquals(await statusOf(ui, "/jobs/", { host }), 200);
    assertEquals(await statusOf(ui, "/jobs", { host }), 308);
    assertEquals(await statusOf(ui, "/", { host }), 404);
    assertEquals(await statusOf(ui, "/jobs/ui/app.js", { host }), 200);
    const authorization = "Bearer t";
    assertEquals(
      await statusOf(ui, "/jobs/api/state", { host, authorization, origin: "https://tools.example.com" }),
      200,
    );
    assertEquals(await statusOf(ui, "/jobs/api/state", { authorization, origin: "https://tools.example.com" }), 200);
    assertEquals(
      await statusOf(ui, "/jobs/api/state", { host, authorization, origin: "https://other.example.com" }),
      403,
    );
    assertMatch(await (await fetch(ui.url)).text(), /src="\/jobs\/ui\/app\.js"/);
  });
});

Deno.test("the handler answers in a server of the program's own, with the same checks", async () => {
  await using runner = new TaskRunner();
  await using ui = dashboard(runner, { listen: false, basePath: "/jobs", token: "t" });
  assertEquals(ui.url, "/jobs/#token=t");
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => ui.handler(request));
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const status = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(origin + path, { headers });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status("/jobs/"), 200);
  assertEquals(await status("/jobs/api/state"), 401);
  assertEquals(await status("/jobs/api/state", { authorization: "Bearer t" }), 200);
  assertEquals((await ui.handler(new Request("http://evil.com/jobs/"))).status, 421);
  await server.shutdown();
});

Deno.test("wrong options are errors that say what is right", async () => {
  await using runner = new TaskRunner();
  const wrong: [object, string][] = [
    [{ prot: 1 }, 'Unknown option "prot" of a dashboard'],
    [{ port: "80" }, "port of a dashboard must be a number"],
    [{ port: 70_000 }, "a whole number from 0 to 65535"],
    [{ token: "" }, "token of a dashboard must not be empty"],
    [{ token: "a b" }, "letters, digits"],
    [{ basePath: "jobs" }, 'must be a path such as "/jobs"'],
    [{ basePath: "/<script>" }, 'must be a path such as "/jobs"'],
    [{ trustedOrigins: ["tools.example.com"] }, "must have origins such as"],
    [{ trustedOrigins: "https://a.com" }, "must be an array"],
    [{ readOnly: 0 }, "must be true or false"],
  ];
  for (const [options, message] of wrong) assertThrows(() => dashboard(runner, options), Error, message);
  assertThrows(
    () => dashboard(42 as never),
    TypeError,
    "A dashboard shows a runner, or the path of a checkpoint, not 42",
  );
});

Deno.test("once it was closed, nothing is left that listens", async () => {
  await using runner = new TaskRunner();
  const ui = dashboard(runner);
  await ui[Symbol.asyncDispose]();
  await ui[Symbol.asyncDispose]();
  await assertRejects(() => fetch(ui.url), TypeError);
  assertEquals((await ui.handler(new Request(ui.url))).status, 503);
});

Deno.test("what was done is written to standard error: what, and on what", async () => {
  using warn = stub(console, "warn", () => {});
  await withDashboard({ token: "t", readOnly: false }, async (ui, runner) => {
    const headers = { authorization: "Bearer t", "x-workflowy": "1", "content-type": "application/json" };
    const post = async (path: string, body: object) => {
      const response = await fetch(new URL(path, ui.url), { method: "POST", headers, body: JSON.stringify(body) });
      await response.body?.cancel();
      return response.status;
    };
    const handle = runner.submit(task({ name: "wait" }, () => untilAborted(currentTask()!.signal)));
    assertEquals(await post(`/api/tasks/${encodeURIComponent(handle.id)}/cancel`, {}), 200);
    assertEquals(await post("/api/pause", { pool: "async" }), 200);
    assertEquals(await post("/api/unpause", {}), 200);
    assertEquals(await post("/api/deliver", { key: "order-7", value: "secret" }), 200);
    assertEquals(await post("/api/tasks/nothing%231/cancel", {}), 404); // nothing was done
  });
  assertEquals(warn.calls.map(({ args }) => args.join(" ")), [
    'Dashboard: cancel task "wait#1"',
    'Dashboard: pause pool "async"',
    "Dashboard: unpause",
    'Dashboard: deliver "order-7"',
  ]);
});

Deno.test("the right to its port is all that it needs", async () => {
  const program = `
    import { task, TaskRunner } from "@workflowy/workflowy";
    import { dashboard } from "@workflowy/workflowy/dashboard";
    await using runner = new TaskRunner();
    await runner.submit(task({ name: "load" }, () => 42));
    await using ui = dashboard(runner);
    console.log(ui.url);
    for await (const _ of Deno.stdin.readable); // until the test has seen enough
  `;
  await using folder = await tempFolder();
  const file = folder.file("program.ts");
  await Deno.writeTextFile(file, program);
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const flags = ["--no-prompt", "--cached-only", "--no-check", "--allow-net=127.0.0.1:0", "--config", config];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", ...flags, file],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  const [address, token] = value.trim().split("/#token=") as [string, string];
  const page = await (await fetch(address)).text();
  const paths = [...page.matchAll(/\/ui\/[\w.]+/g)].map(([path]) => path);
  assert(paths.includes("/ui/app.js"));
  for (const path of [...paths, "/live/about", "/api/state", "/metrics"]) {
    const response = await fetch(address + path, { headers: { authorization: `Bearer ${token}` } });
    assertEquals([path, response.status], [path, 200]);
    await response.body?.cancel();
  }
  await child.stdin.close();
  assertEquals([(await child.status).success, await errors], [true, ""]);
  await reader.cancel();
});
