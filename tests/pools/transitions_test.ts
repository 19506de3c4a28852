import { assertEquals, assertThrows } from "@std/assert";
import { nextState, type Transitions } from "../../src/pools/transitions.ts";

const DOOR: Transitions<"open" | "shut", "push" | "pull"> = { open: { push: "shut" }, shut: { pull: "open" } };

Deno.test("nextState() follows the table, and refuses what is not in it", () => {
  assertEquals(nextState(DOOR, "a door", "open", "push"), "shut");
  assertEquals(nextState(DOOR, "a door", "shut", "pull"), "open");
  assertThrows(
    () => nextState(DOOR, "a door", "shut", "push"),
    RangeError,
    `"push" cannot happen to a door that is "shut"`,
  );
});
