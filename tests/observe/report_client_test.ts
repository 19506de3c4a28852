import { assert, assertEquals } from "@std/assert";
import { reportClient } from "../../src/observe/report_client.ts";

Deno.test("The program of a page uses nothing from outside of itself", () => {
  const source = `${reportClient}`;
  assertEquals(/\bimport\b|\bexport\b|innerHTML|<\/script/.test(source), false);
  assert(typeof new Function(`return (${source})`)() === "function");
});
