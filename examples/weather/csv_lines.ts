/**
 * The fields of each line of a CSV file: `npm:csv-parse`, one line at a time. The library takes a whole file, in which a
 * missing quote spoils all that follows; a report of bad rows must name the line, and continue with the next one.
 *
 * @module
 */

import { CsvError, parse } from "csv-parse/sync";

/** A line of a file: its fields, or why it has none. */
export interface CsvLine {
  /** Counted from 1, as editors do. */
  readonly number: number;
  readonly fields: readonly string[] | CsvError;
}

/** How many lines are parsed at a time. */
const BATCH = 1_000;

/**
 * Parses all lines that are not blank. One line is one record, so that a missing quote spoils its own line, and not the
 * rest of the file.
 */
export function* csvLines(text: string): Generator<CsvLine> {
  const lines = text.split(/\r\n|\n|\r/)
    .map((content, index) => ({ number: index + 1, content }))
    .filter(({ content }) => content.trim() !== "");
  for (let start = 0; start < lines.length; start += BATCH) {
    const batch = lines.slice(start, start + BATCH);
    const records = parseRecords(batch.map(({ content }) => content).join("\n"));
    // After an error, or with fewer records than lines (a quoted field that continues in the next line), each line is
    // parsed alone: this is slower, but shows which one is wrong.
    const isSound = Array.isArray(records) && records.length === batch.length;
    for (const [index, { number, content }] of batch.entries()) {
      yield { number, fields: isSound ? records[index]! : parseLine(content) };
    }
  }
}

function parseLine(line: string): readonly string[] | CsvError {
  const records = parseRecords(line);
  return Array.isArray(records) ? records[0]! : records;
}

function parseRecords(text: string): string[][] | CsvError {
  try {
    return parse(text, { relax_column_count: true, trim: true });
  } catch (error) {
    if (error instanceof CsvError) return error;
    throw error;
  }
}
