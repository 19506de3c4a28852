/**
 * Tables, as commands print them: as wide as what is in them, and not wider than the window.
 *
 * @module
 */

import { cut, widthOf as widthOfLine } from "../observe/printable.ts";
import type { Style } from "./style.ts";

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly right?: boolean;
  /** To how many columns of the window it may be cut, and can still be read. Its cells have no colours. Default: it is not cut. */
  readonly least?: number;
  /** Whether a narrow window does without it. */
  readonly isSpare?: boolean;
}

/** To how many columns whatever may be cut is cut in a very narrow window. */
const MIN_COLUMNS = 8;
/** What stands between two columns. */
const GAP = "  ";

// deno-lint-ignore no-control-regex
const COLOUR_CODES = /\x1b\[\d+m/g;

function widthOf(cell: string): number {
  return widthOfLine(cell.replaceAll(COLOUR_CODES, ""));
}

interface UsedColumn extends Column {
  readonly index: number;
  readonly width: number;
}

/**
 * A table with a head, without columns that are empty.
 *
 * @param limit How many columns the window has; `undefined` if it is none, and everything is to be printed.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
  limit: number | undefined,
): string {
  const used = fitted(
    columns.map((column, index): UsedColumn => ({
      ...column,
      index,
      width: rows.reduce((width, row) => Math.max(width, widthOf(row[index]!)), 0),
    })).filter(({ width }) => width > 0).map((each) => ({ ...each, width: Math.max(each.width, each.title.length) })),
    limit,
  );
  const line = (cells: readonly string[]) =>
    used.map(({ index, width, right = false }) => {
      const cell = cells[index]!;
      const taken = widthOf(cell);
      if (taken > width) return cut(cell, width);
      const fill = " ".repeat(width - taken);
      return right ? fill + cell : cell + fill;
    }).join(GAP).trimEnd();
  return [style.dim(line(columns.map(({ title }) => title))), ...rows.map(line)].map((each) => `${each}\n`).join("");
}

/** The columns that a window has room for, and how wide they are there. */
function fitted(columns: readonly UsedColumn[], limit: number | undefined): readonly UsedColumn[] {
  if (limit === undefined) return columns;
  const shown = [...columns];
  const gaps = () => GAP.length * (shown.length - 1);
  const leastOf = ({ least, width }: UsedColumn) => Math.min(least ?? width, width);
  const isTooWide = () => shown.reduce((sum, each) => sum + leastOf(each), gaps()) > limit;
  while (isTooWide()) {
    const spare = shown.findLastIndex(({ isSpare }) => isSpare === true);
    if (spare === -1) break;
    shown.splice(spare, 1);
  }
  const widths = shown.map(({ width }) => width);
  const narrow = (leasts: readonly number[]) => {
    for (let excess = widths.reduce((sum, each) => sum + each, gaps()) - limit; excess > 0; excess--) {
      let widest = -1;
      for (const [at, width] of widths.entries()) {
        if (width > leasts[at]! && (widest === -1 || width > widths[widest]!)) widest = at;
      }
      if (widest === -1) return;
      widths[widest]!--;
    }
  };
  narrow(shown.map(leastOf));
  narrow(shown.map(({ least, width }) => least === undefined ? width : MIN_COLUMNS));
  return shown.map((each, at) => ({ ...each, width: widths[at]! }));
}
