import { assertEquals } from "@std/assert";
import { collect } from "../../observe/collector.ts";
import { SHOP } from "./world.ts";

const MAIN = new URL("../../../src/cli/main.ts", import.meta.url);

Deno.test("run --otel reports the run and its tasks to OpenTelemetry, and nothing without it", async () => {
  const names = async (...options: string[]) => {
    const { spans } = await collect(MAIN, ["run", "--progress", "none", ...options, SHOP, "broken"]);
    return spans.map(({ name, failed }) => `${name}${failed ? " failed" : ""}`).sort();
  };
  assertEquals(await names(), []);
  assertEquals((await names("--otel")).filter((name) => name.startsWith("run") || name.includes("failed")).length, 2);
});
