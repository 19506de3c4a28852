/**
 * The files that `workflowy run` leaves behind.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { describeError } from "../../core/describe.ts";
import type { RunSnapshot } from "../../observe/run_snapshot.ts";
import { REPORT_FILE, SNAPSHOT_FILE } from "../attach/options.ts";
import type { JsonReport } from "../attach/run_data.ts";
import { CliError } from "../context.ts";

/** The formats of a report. */
type ReportFormat = "html" | "json" | "junit" | "trace";

/** A file that is wanted. */
export interface WantedFile {
  /** As the user named it. */
  readonly path: string;
  readonly format: ReportFormat;
}

const FORMATS: Readonly<Record<string, ReportFormat>> = {
  html: "html",
  htm: "html",
  json: "json",
  xml: "junit",
  junit: "junit",
};

/**
 * The report that a name stands for.
 *
 * @throws {CliError} If its extension is none of a report.
 */
export function wantedReport(path: string): WantedFile {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  const format = Object.hasOwn(FORMATS, extension) ? FORMATS[extension] : undefined;
  if (format !== undefined) return { path, format };
  throw new CliError(`The name of a report must end with .html, .json, .xml (JUnit) or .junit, not "${path}"`);
}

/** Whether a file is made from a snapshot, and not from the report in JSON. */
export function needsSnapshot({ format }: WantedFile): boolean {
  return format === "html" || format === "trace";
}

/**
 * Writes the files from what the program has left in the folder of its session.
 *
 * @returns What could not be written, in sentences.
 */
export async function writeFiles(folder: string, wanted: readonly WantedFile[]): Promise<string[]> {
  const problems: string[] = [];
  const missing: string[] = [];
  for (const file of wanted) {
    try {
      await Deno.writeTextFile(resolve(file.path), await contentOf(file, folder));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) missing.push(file.path);
      else problems.push(`${file.path} was not written: ${describeError(error)}`);
    }
  }
  if (missing.length > 0) {
    const were = missing.length === 1 ? "was" : "were";
    problems.push(`${missing.join(", ")} ${were} not written, as the program was ended from outside`);
  }
  return problems;
}

async function contentOf({ format }: WantedFile, folder: string): Promise<string> {
  switch (format) {
    case "json":
      return `${JSON.stringify(await read<JsonReport>(folder, REPORT_FILE), undefined, 2)}\n`;
    case "junit":
      return (await import("./junit.ts")).junitReport(await read<JsonReport>(folder, REPORT_FILE));
    case "html":
      return await (await import("../../observe/pictures.ts")).htmlReport(
        await read<RunSnapshot>(folder, SNAPSHOT_FILE),
      );
    case "trace":
      return await (await import("../../observe/pictures.ts")).chromeTrace(
        await read<RunSnapshot>(folder, SNAPSHOT_FILE),
      );
  }
}

async function read<T>(folder: string, file: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(join(folder, file))) as T;
}
