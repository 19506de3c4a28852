import { assertEquals } from "@std/assert";
import { isLoopback } from "../../src/core/loopback.ts";

Deno.test("isLoopback() knows addresses and names of this machine, and no others", () => {
  const own = ["127.0.0.1", "127.3.2.1", "localhost", "::1", "[::1]"];
  assertEquals(own.filter((each) => !isLoopback(each)), []);
  const others = ["0.0.0.0", "::", "", "127.0.0.1.example.com", "localhost.example.com", "10.0.0.1", "1127.0.0.1"];
  assertEquals(others.filter(isLoopback), []);
});
