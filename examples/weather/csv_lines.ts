/**
 * The fields of each line of a CSV file.
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

/** Lines that are parsed in one go. */
const BATCH = 1_000;

/**
 * Parses all lines that are not blank. One line is one record, so that a quote that somebody forgot to close spoils its
 * own line, and not the rest of the file.
 */
export function* csvLines(text: string): Generator<CsvLine> {
  const lines = text.split(/\r\n|\n|\r/)
    .map((content, index) => ({ number: index + 1, content }))
    .filter(({ content }) => content.trim() !== "");
  for (let start = 0; start < lines.length; start += BATCH) {
    const batch = lines.slice(start, start + BATCH);
    const records = parseRecords(batch.map(({ content }) => content).join("\n"));
    // An error, or fewer records than lines as one in quotes goes on in the next line: then line by line, which takes
    // longer, but shows which one it is.
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
