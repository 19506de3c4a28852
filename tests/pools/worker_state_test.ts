import { WORKER_TRANSITIONS, type WorkerEvent, type WorkerState } from "../../src/pools/worker_state.ts";
import { testTransitions } from "./transitions_table.ts";

/** The table once more, from the design, so that a slip in the source's own is noticed. */
const LEGAL: Record<WorkerState, Partial<Record<WorkerEvent, WorkerState>>> = {
  starting: { started: "serving", retired: "draining", ended: "gone" },
  serving: { retired: "draining", stopped: "stopping", quarantined: "quarantined", ended: "gone" },
  draining: { drained: "ending", stopped: "stopping", quarantined: "quarantined", ended: "gone" },
  stopping: { drained: "ending", quarantined: "quarantined", ended: "gone" },
  quarantined: { released: "draining", ended: "gone" },
  ending: { ended: "gone" },
  gone: {},
};

testTransitions("WORKER_TRANSITIONS", WORKER_TRANSITIONS, LEGAL, [
  "started",
  "retired",
  "drained",
  "stopped",
  "quarantined",
  "released",
  "ended",
]);
