import { load } from "./engines.ts";

const [engine, address, name, worker, lease, concurrency] = Deno.args as [
  string,
  string,
  string,
  string,
  string,
  string,
];
if (engine === "ws") console.log("ready"); // it takes jobs once there is a runner, which tests may start after their workers
const { serve } = await load(engine, address);
await serve({
  name,
  worker,
  lease: Number(lease),
  concurrency: Number(concurrency),
  backend: "thread",
  modules: [import.meta.resolve("./tasks.ts")],
  onReady: () => console.log("ready"),
});
