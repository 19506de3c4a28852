/**
 * Errors for people.
 *
 * @module
 */

import type { ErrorForm } from "../../observe/api/json_form.ts";
import { manyLines, type Style } from "../style.ts";

/** How many frames of a stack are shown. */
const MAX_FRAMES = 6;
/** How many causes are shown. */
const MAX_CAUSES = 5;

/** Frames that say nothing about the user's own code: those of Deno, and of this package, wherever it was loaded from. */
const FOREIGN = /\b(?:ext|node):|\/@workflowy\/workflowy\/\d/;
const OWN_FOLDER = new URL("../../", import.meta.url).href;

/**
 * An error with the frames of the user's own code, and its causes.
 *
 * @returns Lines without line breaks.
 */
export function errorLines(error: ErrorForm, style: Style): string[] {
  const lines: string[] = [];
  let each: ErrorForm | undefined = error;
  for (let depth = 0; each !== undefined && depth < MAX_CAUSES; depth++) {
    const [first = "", ...rest] = manyLines(`${each.name}: ${each.message}`).split("\n");
    lines.push(
      `${depth === 0 ? "" : style.dim("caused by ")}${style.red(first)}`,
      ...rest.map((line) => style.red(line)),
    );
    lines.push(...framesOf(each).map((line) => style.dim(`  ${line}`)));
    each = errorIn(each["cause"]);
  }
  const { errors } = error;
  if (!Array.isArray(errors)) return lines;
  const inner = errors.slice(0, MAX_CAUSES).map(errorIn).filter((inside) => inside !== undefined);
  return [...lines, ...inner.flatMap((inside) => errorLines(inside, style).map((line) => `  ${line}`))];
}

function framesOf({ stack }: ErrorForm): string[] {
  if (typeof stack !== "string") return [];
  const frames = manyLines(stack).split("\n").map((line) => line.trim()).filter((line) => line.startsWith("at "));
  return frames.filter((line) => !FOREIGN.test(line) && !line.includes(OWN_FOLDER)).slice(0, MAX_FRAMES);
}

function errorIn(value: unknown): ErrorForm | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { name, message } = value as Partial<ErrorForm>;
  return typeof name === "string" && typeof message === "string" ? value as ErrorForm : undefined;
}
