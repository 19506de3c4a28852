import { assertEquals } from "@std/assert";
import { findWords } from "./words.ts";

const found = (text: string) => findWords(text).map(({ found }) => found);

Deno.test("findWords() finds what is hard to read, in code, comments and messages", () => {
  for (
    const [text, ...expected] of [
      [
        "// Resolves once the run is over, for what was not over before anybody asked.",
        "is over",
        "was not over",
        "anybody",
      ],
      ['throw new TypeError("must be a text, not 5")', "a text"],
      ["/** Whoever heeds it bears that anew. */", "Whoever", "heeds", "bears", "anew"],
      ["takes back what is behind; takes it back", "takes back", "takes it back"],
      ["What becomes of it, and what goes on", "becomes of", "goes on"],
      ["a line that is no record", "is no record"],
      ["const MOST_TRIES = 3, LONGEST_WAIT_MS = DEEPEST;", "MOST_TRIES", "LONGEST_WAIT_MS", "DEEPEST"],
    ] as const
  ) assertEquals(found(text), expected);
});

Deno.test("findWords() leaves ordinary English alone", () => {
  for (
    const text of [
      "There is no such file; it is no longer there, and is no more than 5 bytes long.",
      "The average is over 5 seconds. Bearer tokens. Most of them, at least one.",
      "What is to be written back? It will be turned over. Force. forgoes. const textsize = ALMOST;",
      "of which there is no copy, a case in which is no use",
    ]
  ) assertEquals(found(text), []);
});

Deno.test("findWords() finds expressions over the end of a line of a comment, and says where they begin", () => {
  const text = "/**\n * Resolves once everything is\n * over, and goes\n * on.\n */\n// that is\n// over";
  assertEquals(findWords(text).map(({ line, found }) => [line, found]), [
    [2, "is over"],
    [3, "goes on"],
    [6, "is over"],
  ]);
});
