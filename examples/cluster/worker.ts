import { serveTasks } from "@workflowy/workflowy/nats";

const [servers, worker] = Deno.args;
await serveTasks({
  name: "files",
  servers,
  worker,
  lease: "2s",
  concurrency: 2,
  modules: [import.meta.resolve("./tasks.ts")],
  onReady: () => console.log("ready"),
});
