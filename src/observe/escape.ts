/**
 * Strings of users inside of other languages. None of these functions lets a string end what it stands in.
 *
 * @module
 */

import { harmless, oneLine } from "./printable.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For the content and the quoted attributes of XML and HTML. */
export function escapeXml(text: string): string {
  return harmless(text).replace(/[&<>"']/g, (char) => ENTITIES[char]!);
}

/** For a quoted string in DOT. */
export function escapeDot(text: string): string {
  return oneLine(text).replace(/["\\]/g, "\\$&").replaceAll("<", "‹").replaceAll(">", "›");
}

/** For a quoted label in Mermaid, which knows entities such as `#35;`, and would read some others as Markdown or HTML. */
export function escapeMermaid(text: string): string {
  return oneLine(text).replace(/["#&<>`\\;*_~[\]{}()|%:]/g, (char) => `#${char.charCodeAt(0)};`)
    .replace(/^(\d+)\./, "$1#46;").replace(/^([-+])/, (char) => `#${char.charCodeAt(0)};`);
}

/** JSON for a `<script type="application/json">`. */
export function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).toWellFormed().replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
