import { assertEquals, assertStringIncludes } from "@std/assert";
import { task, TaskRunner } from "@workflowy/workflowy";
import { dashboard } from "@workflowy/workflowy/dashboard";
import { recordingLogger, tempFolder, until } from "../support.ts";
import { browserTest, newPage, problemsOf } from "./browser.ts";

const square = task({ name: "square" }, (x: number) => x * x);

const HOSTILE = [
  `<img src=x onerror=alert(1)>`,
  `</script><script>alert(1)</script>`,
  `"><svg/onload=alert(1)>`,
  `javascript:alert(1)`,
  "a/b?c=d&e#f %2F \u202e\u0000",
  "${alert(1)}",
];

browserTest(
  "names and values of any kind are shown as they are, and run nothing",
  {},
  async ({ page, runner, open }) => {
    for (const name of HOSTILE) {
      const hostile = task({ name, tags: [name], label: () => name }, (value: string) => {
        if (value.length % 2 === 0) throw new Error(value, { cause: { name, toString: () => name } });
        return { [value]: value, ["__proto__"]: name };
      });
      runner.submit(hostile, name);
      runner.submit(hostile, `${name}!`);
    }
    await runner.run();
    for (const path of ["/", "/tasks", "/graph?by=groups", "/graph?by=tasks", "/timeline", "/history"]) {
      await open(path);
      await page.getByText("12 of 12").first().waitFor();
      if (path === "/tasks") await page.locator(".row").getByText(HOSTILE[0]!).first().waitFor();
    }
    for (const handle of runner.handles()) {
      await open(`/tasks/${encodeURIComponent(handle.id)}`);
      await page.locator(".why").waitFor();
    }
    assertEquals(await page.locator("#app img:not(.brand img), #app script").count(), 0);
  },
);

browserTest(
  "pages of two people show the same, and one that comes back shows it again",
  {},
  async ({ browser, page, runner, ui }) => {
    const other = await newPage(browser);
    const problems = problemsOf(other);
    await other.goto(ui.url);
    const served = runner.serve();
    await Promise.all(square.with({ runner }).map([1, 2, 3]));
    for (const each of [page, other]) await each.getByText("3 of 3").first().waitFor();
    assertEquals([new URL(page.url()).hash, new URL(other.url()).hash], ["", ""]); // the token does not stay in the address
    await other.close();
    await runner.submit(square, 4);
    await page.getByText("4 of 4").first().waitFor();
    await runner.stop();
    await served;
    assertEquals(problems, []);
  },
);

browserTest("a link can be opened in a new tab", {}, async ({ page, runner, ui }) => {
  await runner.submit(square, 1);
  const tab = await page.context().newPage(); // shares no session with the first one
  await tab.goto(ui.url.replace(/\/#.*/, "/tasks/square%231"));
  await tab.locator(".why").getByText("completed").waitFor();
});

browserTest("an address that is wrong has a page that says so", {}, async ({ page, runner, open }) => {
  for (const path of ["/tasks/%zz", "/tasks/nope%231"]) {
    await open(path);
    await page.getByText("There is no task").waitFor();
  }
  await runner.submit(task({ name: "load" }, () => 42));
  await open("/graph?depth=far&task=load%231");
  await page.getByText("1 node").first().waitFor();
  await open("/tasks"); // which a page that does nothing but draw would not come to
  await page.getByText("1 task").first().waitFor();
});

browserTest("a page without the token asks for it", {}, async ({ browser, ui }) => {
  const page = await newPage(browser);
  await page.goto(ui.url.replace(/#.*/, ""));
  await page.getByText("This dashboard needs its token").waitFor();
  await page.getByLabel("Token or address").fill("wrong");
  await page.getByRole("button", { name: "Open" }).click();
  await page.getByText("This dashboard needs its token").waitFor();
  await page.getByLabel("Token or address").fill(ui.url);
  await page.getByRole("button", { name: "Open" }).click();
  await page.getByText("No tasks yet").waitFor();
});

browserTest("a page connects again when the program is back", {}, async ({ browser }) => {
  const logger = recordingLogger();
  await using first = new TaskRunner({ logger });
  const one = dashboard(first, { token: "same" });
  const { port } = new URL(one.url);
  const page = await newPage(browser);
  await page.goto(one.url);
  await first.submit(square, 1);
  await page.getByText("1 of 1").first().waitFor();
  await one[Symbol.asyncDispose]();
  await page.getByText("Reconnecting …").waitFor();
  await page.getByText("1 of 1").first().waitFor(); // what was known stays
  await using second = new TaskRunner({ logger });
  await using _again = dashboard(second, { token: "same", port: Number(port) });
  await Promise.all(square.with({ runner: second }).map([1, 2]));
  await page.getByText("2 of 2").first().waitFor();
});

Deno.test("a client that never reads does not keep the dashboard from closing", async () => {
  await using runner = new TaskRunner({ logger: recordingLogger() });
  const ui = dashboard(runner);
  const { hostname, port, host } = new URL(ui.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const lines = [
    "GET /live HTTP/1.1",
    `host: ${host}`,
    "connection: Upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    `sec-websocket-protocol: workflowy.v1, token.${ui.token}`,
  ];
  await connection.write(new TextEncoder().encode([...lines, "", ""].join("\r\n")));
  const answer = new Uint8Array(12);
  await connection.read(answer);
  assertStringIncludes(new TextDecoder().decode(answer), "101");
  for (let round = 0; round < 20; round++) {
    await Promise.all(square.with({ runner }).map(Array.from({ length: 1_000 }, (_, n) => n)));
  }
  assertEquals(runner.statistics().completed, 20_000);
  await ui[Symbol.asyncDispose]();
});

Deno.test("an open page does not keep a program from ending", async () => {
  const program = `
    import { task, TaskRunner } from "@workflowy/workflowy";
    import { dashboard } from "@workflowy/workflowy/dashboard";
    const runner = new TaskRunner();
    const ui = dashboard(runner);
    console.log(ui.url);
    await runner.submit(task({ name: "wait" }, () => new Promise((resolve) => setTimeout(resolve, 500))));
  `;
  await using folder = await tempFolder();
  const file = folder.file("program.ts");
  await Deno.writeTextFile(file, program);
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", "--no-check", "--config", config, file],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  const [address, token] = value.trim().split("/#token=") as [string, string];
  const socket = new WebSocket(`${address.replace("http", "ws")}/live`, ["workflowy.v1", `token.${token}`]);
  const closed = Promise.withResolvers<number>();
  let messages = 0;
  socket.onmessage = () => void messages++;
  socket.onclose = ({ code }) => closed.resolve(code);
  assertEquals(await closed.promise, 4_001);
  assertEquals((await child.status).success, true);
  await until("the page has got something", () => messages > 0);
  await reader.cancel();
});
