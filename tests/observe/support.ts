/**
 * What tests of pictures share: runs, and checks of what is written.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { RunSnapshot, TaskSnapshot } from "../../src/observe/run_snapshot.ts";

/** Strings that break what does not escape them. */
export const NASTY: readonly string[] = [
  `<img src=x onerror=document.title='owned'>`,
  `</script><script>document.title='owned'</script>`,
  `"quotes" 'and' \`ticks\` \\ back ]]> --> <!-- %% #35; &amp; &`,
  `line\nbreaks\r\nand\ttabs\u2028and\u2029more`,
  `\u202Ereversed \u2066isolated \u200F`,
  `\x1b[31mred\x1b]0;title\x07 \0 \x9b`,
  `日本語 👩‍👩‍👧 שלום e\u0301 \ud800`,
  `:::end subgraph --> n0; click n0 href "javascript:alert(1)"`,
  `**bold** 1. list - [link](javascript:alert(1)) $x$`,
];

/** A task with a minimum of facts. */
export function taskSnapshot(name: string, more: Partial<TaskSnapshot> = {}): TaskSnapshot {
  return { id: name, name, status: "completed", dependsOn: [], attempts: 1, history: [], ...more };
}

/** A run of some tasks, which have their index in their ids. */
export function runOf(tasks: readonly TaskSnapshot[], takenAt = 10_000): RunSnapshot {
  return {
    version: 1,
    title: "run",
    takenAt,
    tasks: tasks.map((each, index) => ({ ...each, id: each.id === each.name ? `${each.name}#${index + 1}` : each.id })),
  };
}

/** A run whose every string is one of {@linkcode NASTY}. */
export function nastyRun(): RunSnapshot {
  const tasks = NASTY.map((text, index): TaskSnapshot => ({
    id: `${text}${index}`,
    name: text,
    label: text,
    tags: [text],
    args: text,
    pool: text,
    status: "failed",
    dependsOn: index === 0 ? [] : [index - 1],
    submittedAt: 1_000,
    readyAt: 1_000 + index,
    startedAt: 1_010 + index * 10,
    finishedAt: 1_200 + index * 10,
    attempts: 1,
    history: [{
      number: 1,
      status: "failed",
      startedAt: 1_010 + index * 10,
      finishedAt: 1_200 + index * 10,
      error: text,
      worker: text,
    }],
    error: { name: text, message: text, stack: text, cause: { name: "", message: text } },
  }));
  return { ...runOf([]), title: NASTY.join(" "), tasks };
}

/** A fan: one task, many after it, and one after those. */
export function fan(size: number): RunSnapshot {
  const middle = Array.from({ length: size }, () => taskSnapshot("fetch", { dependsOn: [0] }));
  return runOf([
    taskSnapshot("list"),
    ...middle,
    taskSnapshot("merge", { dependsOn: middle.map((_, index) => index + 1) }),
  ]);
}

/** Fails unless a document is well-formed XML without entities of its own. Returns the names of its elements. */
export function assertXml(document: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  for (const [part] of document.trim().matchAll(/<[^>]*>|[^<]+/g)) {
    if (!part.startsWith("<")) {
      assertEquals(part.replace(/&(?:amp|lt|gt|quot|#39);/g, "").includes("&"), false, `a bare & in ${part}`);
      // deno-lint-ignore no-control-regex
      assertEquals(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/.test(part), false, `a control character in ${part}`);
      continue;
    }
    const [, slash, name, attributes, end] = /^<(\/?)([\w-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>$/.exec(part) ?? [];
    assert(name !== undefined, `not a tag: ${part}`);
    if (slash === "/") assertEquals(open.pop(), name);
    else {
      names.push(name);
      assert(!/\son/.test(attributes ?? ""), `a handler in ${part}`);
      if (end !== "/") open.push(name);
    }
  }
  assertEquals(open, []);
  assert(document.isWellFormed());
  return names;
}
