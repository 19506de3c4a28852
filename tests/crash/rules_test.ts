import { assertEquals, assertMatch } from "@std/assert";
import type { TaskRecord } from "../../mod.ts";
import { WAITING_MODULE } from "../../src/tasks/waiting.ts";
import type { DiaryEntry } from "./diary.ts";
import { fingerprint } from "./fingerprint.ts";
import type { StepResult } from "./order.ts";
import type { Assignment, Plan, Step } from "./plan.ts";
import { type Observation, Rules } from "./rules.ts";

const child = assignment("b.0");
const PLAN: Plan = {
  steps: [
    step("a"),
    step("b", { inputs: [{ on: 0, via: "argument" }], assignment: { ...assignment("b"), children: [childOf(child)] } }),
    step("twin", { copies: 2 }),
    step("c", { inputs: [{ on: 2, via: "dependsOn" }] }),
  ],
  inserted: 3,
};
const LABELS = ["a", "b", "b.0", "twin", "c"];
const RULES = new Rules(PLAN, {
  ends: new Map(LABELS.map((label) => [label, { status: "completed", print: fingerprint(valueOf(label)) }])),
  values: new Map(LABELS.map((label) => [label, fingerprint(valueOf(label))])),
  begun: new Set(LABELS),
});

function assignment(label: string): Assignment {
  return { label, result: "text", ms: 0, pause: "none", failures: 0, end: "returns", children: [] };
}

function childOf(of: Assignment): Assignment["children"][number] {
  return { backend: "async", policy: "fail", assignment: of, waits: "awaited", dedupKey: null };
}

function step(label: string, more: Partial<Step> = {}): Step {
  return {
    backend: "async",
    policy: "fail",
    assignment: assignment(label),
    payload: { kind: "null", seed: 0 },
    inputs: [],
    copies: 1,
    key: undefined,
    version: undefined,
    rename: undefined,
    ...more,
  };
}

function valueOf(label: string): string {
  return `value of ${label}`;
}

/** Records as `label` or `label status`, of that id. */
function records(...lines: string[]): Map<string, TaskRecord> {
  return new Map(lines.map((line) => {
    const [id = "", status = "completed", value] = line.split(" ");
    const label = id.replace(/~.*/, "");
    const record = { id, name: "task", status, attempts: 1, args: [assignment(label)], dependsOn: [] } as TaskRecord;
    return [id, status === "completed" ? { ...record, value: value ?? valueOf(label) } : record];
  }));
}

/** The record of a sleep, or of a signal that was delivered. */
function wait(id: string, more: Partial<TaskRecord> = {}): [string, TaskRecord] {
  const record = {
    id,
    name: "sleep",
    module: WAITING_MODULE,
    status: "pending",
    attempts: 0,
    args: [30],
    dependsOn: [],
  };
  return [id, { ...record, dueAt: 100, ...more } as TaskRecord];
}

/** What was written, as `begin id` or `end id`, in that round. */
function diary(round: number, ...lines: string[]): DiaryEntry[] {
  return lines.map((line) => {
    const [what, id = "", attempt = "1"] = line.split(" ");
    const label = id.replace(/~.*/, "");
    return { round, what: what as DiaryEntry["what"], id, label, attempt: Number(attempt), pid: 1, at: 0 };
  });
}

function result(label: string, more: Partial<StepResult> = {}): StepResult {
  const print = fingerprint(valueOf(label));
  return { step: 0, label, id: label, status: "completed", print, text: "", wasPrimed: false, ...more };
}

/** The breaches of an observation of the second round; in the first one, all that is on record ran. */
function breachesOf(seen: Partial<Observation>): string[] {
  const before = seen.before ?? new Map();
  return RULES.breaches({
    round: 2,
    before,
    after: before,
    results: undefined,
    keptFailed: false,
    writesAhead: true,
    hasResubmitted: false,
    lostPower: false,
    ...seen,
    diary: [...diary(1, ...[...before.keys()].map((id) => `end ${id}`)), ...(seen.diary ?? [])],
  });
}

const SOUND: Readonly<Record<string, Partial<Observation>>> = {
  "nothing that happens": {},
  "a step that continues": { before: records("a"), diary: diary(2, "begin b", "begin b.0") },
  "a step that was interrupted and runs again": {
    before: records("a", "b running"),
    after: records("a", "b", "b.0"),
    diary: diary(2, "begin b", "begin b.0", "end b.0", "end b"),
  },
  "several attempts": { diary: diary(2, "begin a", "begin a 2") },
  "equal submissions": {
    before: records("twin"),
    after: records("twin", "twin~2"),
    diary: diary(2, "begin twin~2", "end twin~2", "begin c"),
  },
  "a failure that runs again": { before: records("a failed"), diary: diary(2, "begin a") },
  "what the interval allows": { diary: diary(2, "begin a", "end a", "begin b"), writesAhead: false },
  "a loss of power before anything was made of what is on record": {
    before: records("a"),
    after: records(),
    lostPower: true,
  },
  "sleeps and signals that are as they were, or have ended": {
    before: new Map([wait("sleep#1"), wait("sleep#2"), wait("signal:k", { status: "completed", value: "v" })]),
    after: new Map([wait("sleep#1", { status: "completed" }), wait("signal:k", { status: "completed", value: "v" })]),
    diary: diary(2, "delivered k", "delivered l"),
  },
  "a sleep that was cancelled, and is another one now": {
    before: new Map([wait("sleep#1", { status: "cancelled" })]),
    after: new Map([wait("sleep#1", { dueAt: 200 })]),
  },
  "the right results": {
    before: records("a"),
    results: { steps: [result("a", { wasPrimed: true })], saves: 0, fileOperations: 0 },
  },
};

for (const [what, seen] of Object.entries(SOUND)) {
  Deno.test(`Rules.breaches() finds nothing wrong with ${what}`, () => assertEquals(breachesOf(seen), []));
}

function results(...steps: StepResult[]): Pick<Observation, "results"> {
  return { results: { steps, saves: 0, fileOperations: 0 } };
}

const BREACHES: Readonly<Record<string, readonly [RegExp, Partial<Observation>]>> = {
  "a signal that was delivered twice": [
    /^what k waits for was delivered twice$/,
    { diary: [...diary(1, "delivered k"), ...diary(2, "delivered k")] },
  ],
  "a signal that is forgotten": [
    /^signal:k, which had ended, is on record as undefined/,
    { before: new Map([wait("signal:k", { status: "completed", value: "v" })]), after: new Map() },
  ],
  "a signal that has another value": [
    /^signal:k, which had ended, is on record as completed with w$/,
    {
      before: new Map([wait("signal:k", { status: "completed", value: "v" })]),
      after: new Map([wait("signal:k", { status: "completed", value: "w" })]),
    },
  ],
  "a sleep that begins again": [
    /^sleep#1 ends at another time than before: 200, and not 100$/,
    { before: new Map([wait("sleep#1")]), after: new Map([wait("sleep#1", { dueAt: 200 })]) },
  ],
  "a completed task that begins again": [
    /^a \(a\) began attempt 1, although it was on record as completed$/,
    { before: records("a"), diary: diary(2, "begin a") },
  ],
  "a skipped task that begins": [/on record as skipped$/, { before: records("a skipped"), diary: diary(2, "begin a") }],
  "a failed task that begins although failures are kept": [
    /on record as failed$/,
    { before: records("a failed"), diary: diary(2, "begin a"), keptFailed: true },
  ],
  "a step that runs again under another id": [
    /^a began or had completed under 2 ids, of which it should have 1/,
    { before: records("a"), diary: diary(2, "begin a~1") },
  ],
  "one equal submission too many": [
    /^twin began or had completed under 3 ids/,
    { before: records("twin"), diary: diary(2, "begin twin~2", "begin twin~3") },
  ],
  "an attempt that begins twice": [
    /^a \(a\) wrote "begin" of attempt 1 twice in one run$/,
    { diary: diary(2, "begin a", "begin a") },
  ],
  "a completion that is no longer on record": [
    /^the completed a \(a\) is no longer on record$/,
    { before: records("a"), after: records() },
  ],
  "a completion that a loss of power took away after it was made use of": [
    /^the completed twin \(twin\) is no longer on record$/,
    {
      before: records("twin", "twin~2", "a"),
      after: records("a", "twin~2"),
      diary: diary(2, "begin b"),
      lostPower: true,
    },
  ],
  "a completion that has become something else": [
    /^the completed a \(a\) is on record with another end: pending$/,
    { before: records("a"), after: records("a pending") },
  ],
  "a completion with a wrong value": [
    /^a \(a\) is on record with a wrong value: .*wrong/,
    { before: records("a completed wrong") },
  ],
  "a completion without a body": [
    /^a \(a\) is on record as completed, but its body never came to its end$/,
    { after: records("a") },
  ],
  "a result that was seen before it was on record": [
    /^b, which began, has seen the end of a, which is not on record$/,
    { diary: diary(2, "begin b") },
  ],
  "a child's result that was seen before it was on record": [
    /^b, which ended, has seen the end of b\.0, which is not on record$/,
    { before: records("a"), diary: diary(2, "begin b", "begin b.0", "end b.0", "end b") },
  ],
  "one of two equal submissions that is not on record": [
    /^c, which began, has seen the end of twin, which is not on record$/,
    { before: records("twin"), diary: diary(2, "begin c") },
  ],
  "a wrong status": [/^a \(a\) is failed, not completed/, { ...results(result("a", { status: "failed" })) }],
  "a wrong result": [/^a \(a\) ended with something else/, {
    before: records("a"),
    ...results(result("a", { print: "?" })),
  }],
  "a result that is not on record": [
    /^a \(a\) is completed, but on record as undefined$/,
    { ...results(result("a")) },
  ],
  "a completion that had to be waited for": [
    /^a \(a\) had not finished at once, but on record as completed$/,
    { before: records("a"), ...results(result("a")) },
  ],
  "a task that is not in the plan": [/^there are tasks labelled other,/, { diary: diary(2, "begin other") }],
};

for (const [what, [breach, seen]] of Object.entries(BREACHES)) {
  Deno.test(`Rules.breaches() finds ${what}`, () => {
    const breaches = breachesOf(seen);
    assertEquals(breaches.length, 1, breaches.join("\n"));
    assertMatch(breaches[0]!, breach);
  });
}
