import { assert, assertEquals, assertRejects } from "@std/assert";
import { task, TaskRunner } from "../../mod.ts";
import {
  chromeTrace,
  htmlReport,
  type TimelineOptions,
  timelineSvg,
  toDot,
  toMermaid,
  toSvg,
} from "../../src/observe/mod.ts";
import { tempFolder } from "../support.ts";

Deno.test("Each picture can be made of a runner and of a checkpoint", async () => {
  await using folder = await tempFolder();
  const checkpointPath = folder.file();
  await using runner = new TaskRunner({ checkpointPath });
  await runner.submit(task({ name: "load" }, () => 42));
  await runner.flush();
  for (const draw of [toMermaid, toDot, toSvg, timelineSvg, chromeTrace, htmlReport]) {
    for (const source of [runner, checkpointPath]) assert((await draw(source)).includes("load"), draw.name);
  }
});

Deno.test("Options are checked, and have an effect", async () => {
  await using runner = new TaskRunner();
  const load = task({ name: "load" }, (page: number) => page);
  load.with({ runner }).map([1, 2]);
  assert((await toMermaid(runner, { group: "always" })).includes("2 tasks"));
  assertEquals((await toSvg(runner, { theme: "dark" })).includes("@media"), false);
  assert((await timelineSvg(runner, { width: 500 })).includes('width="500"'));
  assert((await htmlReport(runner, { title: "Tonight" })).includes("<title>Tonight</title>"));
  await runner.run();
  await assertRejects(() => toMermaid(runner, { group: "some" } as never), RangeError, "group of toMermaid()");
  await assertRejects(() => toSvg(runner, { colour: "red" } as never), TypeError, 'Unknown option "colour"');
  await assertRejects(() => timelineSvg(runner, { width: 10 }), RangeError, "width of timelineSvg()");
  const options = { width: "500" } as unknown as TimelineOptions;
  await assertRejects(
    () => timelineSvg(runner, options),
    TypeError,
    'width of timelineSvg() must be a number, not "500"',
  );
  await assertRejects(() => htmlReport(runner, { title: 7 } as never), TypeError, "title of htmlReport()");
  await assertRejects(() => toDot(7 as never), TypeError, "not 7");
});
