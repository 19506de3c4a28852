/**
 * Strings of users, made harmless and cut to a width, for terminals and pictures.
 *
 * @module
 */

/** What changes the direction of the text around it, without being seen. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Control characters, and those that no XML may contain. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]/g;

/**
 * A string without control characters (those that are seen stand for them, so that nothing is hidden), marks of direction, and
 * halves of characters. Line breaks and tabs stay.
 */
export function harmless(text: string): string {
  return text.toWellFormed().replaceAll("\r\n", "\n").replaceAll("\r", "\n")
    .replace(CONTROL, (char) => {
      const code = char.charCodeAt(0);
      return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\ufffd";
    })
    .replace(DIRECTION, "\ufffd");
}

/** The same in one line, without blanks around it. */
export function oneLine(text: string): string {
  return isPlain(text) ? text : harmless(text).replace(/\s+/g, " ").trim();
}

/** Most strings: printable ASCII with single blanks inside. */
function isPlain(text: string): boolean {
  return /^[!-~]+(?: [!-~]+)*$/.test(text);
}

/** What takes no column: marks that combine with the letter before them, joiners, selectors. */
const ZERO_WIDTH = /[\p{Mn}\p{Me}\u200b-\u200d\u2060\ufe00-\ufe0e\ufeff]/u;

/** What takes two columns: the scripts of East Asia, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18dff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** How many columns one character takes in a terminal. */
function columnsOf(char: string): number {
  if (char.length === 1 && char < "\u0300") return 1;
  return ZERO_WIDTH.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
}

/**
 * How many columns a line takes in a terminal, at most: terminals that draw several emoji as one take fewer. The line has no
 * control characters.
 */
export function widthOf(line: string): number {
  if (isPlain(line)) return line.length;
  let width = 0;
  for (const char of line) width += columnsOf(char);
  return width;
}

/** A line cut to a number of columns; an ellipsis stands for what is missing. */
export function cut(line: string, columns: number): string {
  if (line.length <= columns && widthOf(line) <= columns) return line;
  if (columns < 1) return "";
  let kept = "";
  let width = 0;
  for (const char of line) {
    width += columnsOf(char);
    if (width > columns - 1) break;
    kept += char;
  }
  return `${kept}…`;
}

/** A line cut or filled up with blanks to a number of columns. */
export function fit(line: string, columns: number): string {
  const shortened = cut(line, columns);
  return shortened + " ".repeat(Math.max(0, columns - widthOf(shortened)));
}

/** A number with commas, such as `1,234.5`; as `toLocaleString()`, which takes 20 ms to load its data. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?<!\.\d*)(?=(?:\d{3})+(?!\d))/g, ",");
}

/** A time in milliseconds since the epoch, to the second: `2026-11-30 07:29:49 UTC`. */
export function inUtc(time: number): string {
  return `${new Date(time).toISOString().replace("T", " ").slice(0, "2026-11-30 07:29:49".length)} UTC`;
}
