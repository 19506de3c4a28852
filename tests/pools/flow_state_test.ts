import { assertEquals } from "@std/assert";
import { FLOW_TRANSITIONS, type FlowEvent, type FlowState, outcomeEvent } from "../../src/pools/flow_state.ts";
import { CONTINUES, IDLE, PAUSED } from "../../src/pools/protocol/messages.ts";
import { testTransitions } from "./transitions_table.ts";

/** The table once more, from the design, so that a slip in the source's own is noticed. */
const LEGAL: Record<FlowState, Partial<Record<FlowEvent, FlowState>>> = {
  idle: { assigned: "sent", creditRequested: "paused" },
  paused: { assigned: "sent", creditRequested: "paused" },
  sent: {
    begun: "running",
    continued: "running",
    pausedAfter: "paused",
    ranDry: "idle",
    creditRequested: "sent",
    revoked: "alone",
    emptied: "idle",
  },
  running: {
    continued: "running",
    pausedAfter: "paused",
    ranDry: "idle",
    creditRequested: "sent",
    revoked: "alone",
    emptied: "idle",
  },
  alone: {
    begun: "alone",
    continued: "paused",
    pausedAfter: "paused",
    ranDry: "paused",
    creditRequested: "alone",
    revoked: "alone",
    emptied: "paused",
  },
};

testTransitions("FLOW_TRANSITIONS", FLOW_TRANSITIONS, LEGAL, [
  "assigned",
  "begun",
  "continued",
  "pausedAfter",
  "ranDry",
  "creditRequested",
  "revoked",
  "emptied",
]);

Deno.test("outcomeEvent() says what the worker does next", () => {
  assertEquals(([CONTINUES, PAUSED, IDLE] as const).map(outcomeEvent), ["continued", "pausedAfter", "ranDry"]);
});
