import { poolCases } from "../../src/testing/mod.ts";
import { MemoryEngines, poolOn, serveOn } from "./memory_pool.ts";

const engines = new MemoryEngines();

for (
  const { name, run } of poolCases({
    pool: (name) => poolOn(engines.of(name), name),
    serve: (name, request) => serveOn(engines.of(name), { name, ...request }),
  })
) Deno.test(`the engine in memory: ${name}`, run);
