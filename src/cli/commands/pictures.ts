/**
 * `workflowy graph` and `workflowy timeline`.
 *
 * @module
 */

import type { Checkpointer } from "../../core/checkpointer.ts";
import { chromeTrace, htmlReport, timelineSvg, toDot, toMermaid, toSvg } from "../../observe/pictures.ts";
import type { RunSnapshot } from "../../observe/run_snapshot.ts";
import { snapshotOf } from "../../observe/snapshot_of.ts";
import { type CliContext, CliError } from "../context.ts";
import type { Source } from "../state/source.ts";
import { type SubjectFlags, subjectOf } from "../state/subject.ts";
import { didYouMean } from "../suggest.ts";

/** The options. */
export interface PictureFlags extends SubjectFlags {
  readonly format?: string;
  readonly out?: string;
  readonly theme: "auto" | "light" | "dark";
}

/** The options of `graph`. */
export interface GraphFlags extends PictureFlags {
  readonly group: "auto" | "always" | "never";
}

type Drawing = (run: RunSnapshot, flags: PictureFlags & Partial<GraphFlags>) => Promise<string>;

/** By format, which is also the extension of a file. The first one is printed unless another is asked for. */
const GRAPHS: Readonly<Record<string, Drawing>> = {
  mermaid: (run, { group }) => toMermaid(run, { group }),
  mmd: (run, { group }) => toMermaid(run, { group }),
  dot: (run, { group }) => toDot(run, { group }),
  svg: (run, { group, theme }) => toSvg(run, { group, theme }),
  html: (run, { group, theme }) => htmlReport(run, { group, theme }),
};

const TIMELINES: Readonly<Record<string, Drawing>> = {
  svg: (run, { theme }) => timelineSvg(run, { theme }),
  json: (run) => chromeTrace(run),
  html: (run, { theme }) => htmlReport(run, { theme }),
};

/** Draws the graph of a checkpoint, or of a program that runs. */
export function graph(this: CliContext, flags: GraphFlags, name?: string): Promise<void> {
  return draw(this, GRAPHS, flags, name);
}

/** Draws the timeline of one. */
export function timeline(this: CliContext, flags: PictureFlags, name?: string): Promise<void> {
  return draw(this, TIMELINES, flags, name);
}

async function draw(
  { process: { stdout } }: CliContext,
  formats: Readonly<Record<string, Drawing>>,
  flags: PictureFlags,
  name: string | undefined,
): Promise<void> {
  const { out } = flags;
  const drawing = drawingFor(formats, flags);
  const { program, checkpoint } = subjectOf(name, flags);
  const run = program === undefined
    ? await snapshotIn(checkpoint)
    : (await program.get<{ snapshot: RunSnapshot }>("/api/snapshot")).snapshot;
  const picture = await drawing(run, flags);
  const text = picture.endsWith("\n") ? picture : `${picture}\n`;
  if (out === undefined) return stdout.write(text);
  try {
    await Deno.writeTextFile(out, text);
  } catch (error) {
    throw new CliError(`Cannot write ${out}: ${error instanceof Error ? error.message : error}`);
  }
}

function drawingFor(formats: Readonly<Record<string, Drawing>>, { format, out }: PictureFlags): Drawing {
  const known = Object.keys(formats);
  const wanted = format ?? (out === undefined ? known[0]! : /\.([^./\\]+)$/.exec(out)?.[1]?.toLowerCase() ?? "");
  const drawing = Object.hasOwn(formats, wanted) ? formats[wanted] : undefined;
  if (drawing !== undefined) return drawing;
  const given = format === undefined
    ? `The name of the file must end with .${known.join(", .")}`
    : `There are ${known.join(", ")}`;
  throw new CliError(`${given}, not "${wanted}"${didYouMean(wanted, known)}`);
}

/** What is on record. */
async function snapshotIn(source: Source): Promise<RunSnapshot> {
  const reader: Checkpointer = {
    codec: "structured",
    load: () => source.read(),
    save: readOnly,
    delete: readOnly,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { ...await snapshotOf(reader), title: source.name };
}

function readOnly(): Promise<never> {
  return Promise.reject(new Error("a checkpoint that is looked at is not written"));
}
