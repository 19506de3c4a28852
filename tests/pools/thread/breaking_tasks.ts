import { task } from "@workflowy/workflowy";

/** Breaks what a thread itself needs; the thread has to be its own. */
export const breakBuiltIn = task({ name: "break-built-in", pool: "thread" }, (which: "iterator" | "push" | "get") => {
  const broken = { value: () => fail() };
  if (which === "iterator") Object.defineProperty(Array.prototype, Symbol.iterator, { value: undefined });
  else if (which === "push") Object.defineProperty(Array.prototype, "push", broken);
  else Object.defineProperty(Map.prototype, "get", broken);
  return which;
});

export const answer = task({ name: "answer", pool: "thread", retries: 1, backoffBase: 1 }, () => 42);
export const answerOnce = task({ name: "answer-once", pool: "thread", retries: 0 }, () => 42);

function fail(): never {
  throw new Error("broken");
}
