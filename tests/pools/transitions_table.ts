/**
 * Tests of tables of transitions.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { nextState, type Transitions } from "../../src/pools/transitions.ts";

/** Registers a test for each state: every legal event is accepted, and every other one refused. */
export function testTransitions<State extends string, Event extends string>(
  name: string,
  table: Transitions<State, Event>,
  legal: Transitions<State, Event>,
  events: readonly Event[],
): void {
  const states = Object.keys(legal) as State[];
  Deno.test(`${name} knows the states ${states.join(", ")}`, () => {
    assertEquals(Object.keys(table).sort(), [...states].sort());
  });
  for (const state of states) {
    Deno.test(`${name} accepts what is legal in the state "${state}", and nothing else`, () => {
      for (const event of events) {
        const expected = legal[state][event];
        if (expected !== undefined) {
          assertEquals([event, nextState(table, "it", state, event)], [event, expected]);
        } else {
          assertThrows(
            () => nextState(table, "it", state, event),
            RangeError,
            `"${event}" cannot happen to it that is "${state}"`,
          );
        }
      }
      assertEquals(Object.keys(table[state]).filter((event) => !events.includes(event as Event)), []);
    });
  }
}
