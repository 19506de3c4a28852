import { TaskRunner } from "../../../mod.ts";
import { load } from "./engines.ts";
import { nap } from "./tasks.ts";

const [engine, address, name, path, lease, count, milliseconds] = Deno.args as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const { pool } = await load(engine, address);
await using runner = await TaskRunner.resume(path, {
  pools: { cluster: pool(name, Number(lease)) },
  onTaskError: "continue",
});
const handles = Array.from(
  { length: Number(count) },
  (_, x) => runner.submit(nap.with({ key: `task-${x}`, retries: 20 }), Number(milliseconds), `${x}`),
);
const run = runner.run();
console.log("ready");
await run;
const values = await Promise.all(handles.map((each) => each.result()));
const wrong = values.filter((value, x) => value !== `${x} took ${milliseconds}`).length;
console.log(`done ${handles.filter(({ status }) => status === "completed").length} wrong ${wrong}`);
