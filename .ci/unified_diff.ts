/**
 * The difference of two strings, line by line, in the form of `diff -u`.
 *
 * @module
 */

/** Unchanged lines shown around a change. */
const CONTEXT = 3;

/**
 * One line of the comparison: kept (" "), only in the first text ("-"), or only in the second
 * ("+").
 */
interface Line {
  mark: " " | "-" | "+";
  text: string;
}

/** The differences between two strings; empty when they are equal. */
export function unifiedDiff(before: string, after: string): string {
  const lines = compare(before.split("\n"), after.split("\n"));
  const output: string[] = [];
  let [rowBefore, rowAfter] = [1, 1];
  let [from, until] = hunkAfter(lines, 0);
  for (let index = 0; index < lines.length; index++) {
    if (index === until) [from, until] = hunkAfter(lines, index);
    const line = lines[index]!;
    if (index === from) output.push(header(lines.slice(from, until), rowBefore, rowAfter));
    if (index >= from) output.push(line.mark + line.text);
    if (line.mark !== "+") rowBefore++;
    if (line.mark !== "-") rowAfter++;
  }
  return output.join("\n");
}

/** Start and end of the next stretch to show: changes whose contexts touch are shown together. */
function hunkAfter(lines: readonly Line[], start: number): [from: number, until: number] {
  const isChange = ({ mark }: Line) => mark !== " ";
  const first = lines.findIndex((line, index) => index >= start && isChange(line));
  if (first < 0) return [lines.length, lines.length];
  let last = first;
  for (let index = first; index < lines.length && index - last <= 2 * CONTEXT + 1; index++) {
    if (isChange(lines[index]!)) last = index;
  }
  return [Math.max(start, first - CONTEXT), Math.min(lines.length, last + CONTEXT + 1)];
}

function header(hunk: readonly Line[], rowBefore: number, rowAfter: number): string {
  const count = (other: Line["mark"]) => hunk.filter(({ mark }) => mark !== other).length;
  return `@@ -${rowBefore},${count("+")} +${rowAfter},${count("-")} @@`;
}

/**
 * Both merged along their longest common subsequence. Quadratic: for outputs a person reads.
 */
function compare(before: readonly string[], after: readonly string[]): Line[] {
  // common[i][j] is the length of the longest common subsequence of before[i..] and after[j..].
  const common = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i]![j] = before[i] === after[j]
        ? common[i + 1]![j + 1]! + 1
        : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ mark: " ", text: before[i]! });
      i++, j++;
    } else if (
      j === after.length || i < before.length && common[i + 1]![j]! >= common[i]![j + 1]!
    ) {
      lines.push({ mark: "-", text: before[i++]! });
    } else {
      lines.push({ mark: "+", text: after[j++]! });
    }
  }
  return lines;
}
