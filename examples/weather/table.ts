/**
 * Tables with aligned columns.
 *
 * @module
 */

/** Rows of strings; the first one has the titles. */
export type Table = readonly (readonly string[])[];

/** For the console. */
export function consoleTable(table: Table): string[] {
  return aligned(table).map((row) => row.join("  ").trimEnd());
}

/** For Markdown. */
export function markdownTable(table: Table): string[] {
  const numeric = numericColumns(table);
  const [titles, ...rows] = aligned(table.map((row) => row.map((cell) => cell.replaceAll("|", "\\|"))));
  const rules = titles!.map(({ length }, column) =>
    numeric[column] ? `${"-".repeat(length - 1)}:` : "-".repeat(length)
  );
  return [titles!, rules, ...rows].map((row) => `| ${row.join(" | ")} |`);
}

/** Cells as wide as their columns, with numbers to the right. */
function aligned(table: Table): string[][] {
  const numeric = numericColumns(table);
  const widths = table[0]!.map((_, column) => table.reduce((width, row) => Math.max(width, row[column]!.length), 0));
  return table.map((row) =>
    row.map((cell, column) => numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))
  );
}

function numericColumns([titles, ...rows]: Table): boolean[] {
  return titles!.map((_, column) => rows.every((row) => /^-?[\d.,]+$/.test(row[column]!)));
}
