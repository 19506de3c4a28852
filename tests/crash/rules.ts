/**
 * What must hold however often a program is killed, seen from outside: from what bodies wrote down, what the checkpoint
 * holds, and what the program said.
 *
 * @module
 */

import type { TaskRecord, TaskStatus } from "../../mod.ts";
import type { DiaryEntry } from "./diary.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Results } from "./order.ts";
import { type Assignment, assignmentsOf, EQUAL, multiplicities, type Plan } from "./plan.ts";
import { type Records, recordsOf } from "./store.ts";

/** How a run went that was not interrupted. */
export interface Expected {
  /** By label: how the step ended, and the fingerprint of its value or error. */
  readonly ends: ReadonlyMap<string, { readonly status: string; readonly print: string }>;
  /** By label: the fingerprint of the value on record. */
  readonly values: ReadonlyMap<string, string>;
  /** The labels of those whose bodies began. */
  readonly begun: ReadonlySet<string>;
}

/** What was seen of one run of the program. */
export interface Observation {
  readonly round: number;
  /** All that bodies have written so far. */
  readonly diary: readonly DiaryEntry[];
  /** What the checkpoint held before the run and after it. */
  readonly before: Records;
  readonly after: Records;
  /** What the program said, if it came so far. */
  readonly results: Results | undefined;
  readonly keptFailed: boolean;
  /** Whether completions were to be on record before anything could see them. */
  readonly writesAhead: boolean;
  /** Whether orphans were submitted by themselves, in this run or an earlier one. */
  readonly hasResubmitted: boolean;
  /** Whether what was not synchronised may be gone. */
  readonly lostPower: boolean;
  /** Whether the end of the file was cut off before the run. */
  readonly isCut?: boolean;
}

/** Looks for what must not be. */
export class Rules {
  readonly #assignments: ReadonlyMap<string, Assignment>;
  readonly #counts: ReadonlyMap<string, number>;
  readonly #plan: Plan;
  readonly #expected: Expected;

  constructor(plan: Plan, expected: Expected) {
    this.#plan = plan;
    this.#assignments = assignmentsOf(plan);
    this.#counts = multiplicities(plan);
    this.#expected = expected;
  }

  /** Every breach of a rule, as a sentence each. */
  breaches(all: Observation): string[] {
    const seen: Observation = {
      ...all,
      diary: all.diary.filter(({ what }) => what !== "delivered"),
      before: recordsOf("bodies", all.before),
      after: recordsOf("bodies", all.after),
    };
    const now = seen.diary.filter(({ round }) => round === seen.round);
    return [
      ...this.#runAgain(seen, now),
      ...this.#runOnceTooOften(seen, now),
      ...this.#sameAttemptTwice(now),
      ...(all.isCut ? [] : deliveredTwice(all.diary)), // a cut may take a delivery with it
      ...changedWaits(all),
      ...this.#goneFromRecord(seen, now),
      ...this.#wrongOnRecord(seen),
      ...this.#neverRun(seen),
      ...(seen.writesAhead ? this.#seenTooEarly(seen, now) : []),
      ...(seen.results === undefined ? [] : this.#wrongResults(seen, seen.results)),
      ...(seen.results === undefined ? [] : this.#leftUndone(seen, seen.results)),
    ];
  }

  /** What is on record as over does not begin again. */
  #runAgain({ before, keptFailed }: Observation, now: readonly DiaryEntry[]): string[] {
    const attempts = new AttemptsOfParents();
    return now.flatMap(({ what, id, label, attempt }) => {
      attempts.note(what, label);
      const status = before.get(id)?.status;
      if (what !== "begin" || !isKept(status, keptFailed)) return [];
      if (status === "failed" && attempts.of(label) > 1) return []; // its parent asks for it once more
      return [`${label} (${id}) began attempt ${attempt}, although it was on record as ${status}`];
    });
  }

  /** Of each step, no more begin than have not completed: whatever ids they have. */
  #runOnceTooOften({ before, hasResubmitted }: Observation, now: readonly DiaryEntry[]): string[] {
    const ids = new Map<string, Set<string>>();
    const add = (label: string, id: string) => ids.getOrInsertComputed(label, () => new Set()).add(id);
    for (const { id, label } of now) add(label, id);
    for (const record of before.values()) if (record.status === "completed") add(labelOf(record), record.id);
    return [...ids].flatMap(([label, { size }]) => {
      const most = this.#counts.get(label);
      if (most === undefined) return [`there are tasks labelled ${label}, which is no step of the plan`];
      // An orphan that a body had submitted, and the same that its body submits again, are two.
      if (size <= most || (hasResubmitted && isNested(label))) return [];
      return [`${label} began or had completed under ${size} ids, of which it should have ${most} at most`];
    });
  }

  /** A child that failed runs again with the next attempt of its parent. */
  #sameAttemptTwice(now: readonly DiaryEntry[]): string[] {
    const begun = new Set<string>();
    const attempts = new AttemptsOfParents();
    return now.flatMap(({ what, id, label, attempt }) => {
      attempts.note(what, label);
      // It may begin again with the next attempt of whichever parent it is of.
      if (label.startsWith(`${EQUAL}.`)) return [];
      if (what === "end" && isNested(label)) return []; // a body that was cancelled with its parent may end beside the next one
      const name = `${what} ${attempt} ${id} in attempt ${attempts.of(label)}`;
      if (!begun.has(name)) return begun.add(name) && [];
      return [`${label} (${id}) wrote "${what}" of attempt ${attempt} twice in one run`];
    });
  }

  /**
   * What was on record as completed stays there as it was; after a loss of power, if the run has made use of it: the run
   * before may have been killed before it had synchronised it.
   */
  #goneFromRecord({ before, after, lostPower, results }: Observation, now: readonly DiaryEntry[]): string[] {
    if (lostPower && now.length === 0 && results === undefined) return [];
    return [...before.values()].flatMap((old) => {
      if (old.status !== "completed") return [];
      const now = after.get(old.id);
      if (now === undefined) return [`the completed ${labelOf(old)} (${old.id}) is no longer on record`];
      if (now.status === "completed" && fingerprint(now.value) === fingerprint(old.value)) return [];
      return [`the completed ${labelOf(old)} (${old.id}) is on record with another end: ${now.status}`];
    });
  }

  /** What is on record as completed has the value that it should have. */
  #wrongOnRecord({ after }: Observation): string[] {
    return [...after.values()].flatMap((record) => {
      const label = labelOf(record);
      const expected = this.#expected.values.get(label);
      // What a body has submitted may be cancelled or not, as its siblings fail sooner or later.
      if (record.status !== "completed" || (expected === undefined && isNested(label))) return [];
      if (fingerprint(record.value) === expected) return [];
      return [
        `${label} (${record.id}) is on record with a wrong value: ${
          JSON.stringify(Deno.inspect(record.value)).slice(0, 200)
        }`,
      ];
    });
  }

  /** What is on record as completed has run to its end. */
  #neverRun({ diary, after }: Observation): string[] {
    const ended = new Set(diary.filter(({ what }) => what === "end").map(({ id }) => id));
    return [...after.values()].flatMap((record) => {
      if (record.status !== "completed" || ended.has(record.id)) return [];
      return [`${labelOf(record)} (${record.id}) is on record as completed, but its body never came to its end`];
    });
  }

  /** What has begun can only have seen what is on record: the results of its inputs, and bodies those of their children. */
  #seenTooEarly({ after }: Observation, now: readonly DiaryEntry[]): string[] {
    const onRecord = new Map<string, number>();
    for (const record of after.values()) {
      if (record.status !== "completed" && record.status !== "failed") continue;
      const label = labelOf(record);
      onRecord.set(label, (onRecord.get(label) ?? 0) + 1);
    }
    const seen = (label: string, least: number, by: string) => {
      // What never begins is ended by the runner, which may decide that again.
      if (!this.#expected.begun.has(label) || (onRecord.get(label) ?? 0) >= least) return [];
      return [`${by} has seen the end of ${label}, which is not on record`];
    };
    return now.flatMap(({ what, label }) => {
      const inputs = this.#plan.steps.find(({ assignment }) => assignment.label === label)?.inputs ?? [];
      const children = (what === "end" ? this.#assignments.get(label)?.children ?? [] : [])
        .filter(({ waits }) => waits === "awaited");
      return [
        ...inputs.flatMap(({ on }) => {
          const input = this.#plan.steps[on]!;
          const least = input.key === undefined ? input.copies : 1; // a key stands for one piece of work
          return seen(input.assignment.label, least, `${label}, which began,`);
        }),
        ...children.flatMap(({ assignment }) => seen(assignment.label, 1, `${label}, which ended,`)),
      ];
    });
  }

  /** What a body submitted without waiting for it is done by the end of the run, whichever run the body was in. */
  #leftUndone({ after }: Observation, { steps }: Results): string[] {
    const done = new Set(after.values().filter(({ status }) => status === "completed").map(labelOf));
    return steps.flatMap(({ label, status }) => {
      const left = status === "completed" ? this.#assignments.get(label)!.children : [];
      return left.filter(({ waits, assignment }) => waits === "detached" && !done.has(assignment.label))
        .map(({ assignment }) =>
          `${assignment.label}, which ${label} has left to itself, is not on record as completed`
        );
    });
  }

  /** The program reported the same as one that was not interrupted, and all of it is saved. */
  #wrongResults({ before, after, keptFailed }: Observation, { steps }: Results): string[] {
    return steps.flatMap(({ label, id, status, print, text, wasPrimed }) => {
      const expected = this.#expected.ends.get(label);
      if (expected?.status !== status) return [`${label} (${id}) is ${status}, not ${expected?.status}: ${text}`];
      if (expected.print !== print) return [`${label} (${id}) ended with something else: ${text}`];
      const known = before.get(id)?.status;
      // A record ends a task once its dependencies have ended as they did then; that it does not begin again is another rule.
      const waits = this.#plan.steps.some(({ assignment, inputs }) => assignment.label === label && inputs.length > 0);
      if (isKept(known, keptFailed) && !waits && !wasPrimed) {
        return [`${label} (${id}) had not finished at once, but on record as ${known}`];
      }
      const found = after.get(id)?.status;
      return found === status ? [] : [`${label} (${id}) is ${status}, but on record as ${found}`];
    });
  }
}

/** What was said to be delivered is delivered for good. */
function deliveredTwice(diary: readonly DiaryEntry[]): string[] {
  const labels = diary.filter(({ what }) => what === "delivered").map(({ label }) => label);
  const twice = new Set(labels.filter((label, index) => labels.indexOf(label) !== index));
  return [...twice].map((label) => `what ${label} waits for was delivered twice`);
}

/** A sleep keeps its time, and what has slept or was delivered stays so. */
function changedWaits({ before, after, lostPower }: Observation): string[] {
  return [...recordsOf("waits", before).values()].flatMap((old) => {
    const now = after.get(old.id);
    if (old.status === "completed") {
      if (now?.status === "completed" && now.value === old.value) return [];
      return lostPower ? [] : [`${old.id}, which had ended, is on record as ${now?.status} with ${now?.value}`];
    }
    if (old.status !== "pending" || now?.status !== "pending" || now.dueAt === old.dueAt) return [];
    return [`${old.id} ends at another time than before: ${now.dueAt}, and not ${old.dueAt}`];
  });
}

/** Whether a task that was saved with this status does not run again. */
function isKept(status: TaskStatus | undefined, keptFailed: boolean): boolean {
  return status === "completed" || status === "skipped" || (keptFailed && status === "failed");
}

/** Whether a body submits it. */
function isNested(label: string): boolean {
  return label.includes(".");
}

/** What the plan calls the task of a record. */
export function labelOf({ args: [assignment] }: TaskRecord): string {
  return (assignment as Assignment).label;
}

/** How often the bodies of parents have begun, of the children with labels such as `s3.0`. */
class AttemptsOfParents {
  readonly #begun = new Map<string, number>();

  note(what: DiaryEntry["what"], label: string): void {
    if (what === "begin") this.#begun.set(label, (this.#begun.get(label) ?? 0) + 1);
  }

  of(label: string): number {
    return this.#begun.get(label.slice(0, Math.max(0, label.lastIndexOf(".")))) ?? 0;
  }
}
