/**
 * The report, in Markdown.
 *
 * @module
 */

import type { NearestAirports } from "./airports.ts";
import type { BadRow, CheckedRows } from "./daily_weather.ts";
import type { Ranking, Summary } from "./summary.ts";
import { markdownTable, type Table } from "./table.ts";

/** The content of the report. */
export interface Findings {
  /** The name of the file that was read. */
  readonly source: string;
  readonly rows: CheckedRows;
  readonly months: readonly Summary[];
  readonly years: readonly Summary[];
  readonly cities: readonly Summary[];
  readonly airports: readonly NearestAirports[];
  readonly rankings: readonly Ranking[];
}

/** The report as Markdown. */
export function composeReport(findings: Findings): string {
  const { source, rows, months, years, cities, airports, rankings } = findings;
  const all = rows.good.length + rows.bad.length;
  return [
    "# Weather report",
    "",
    `${count(rows.good.length)} of ${count(all)} rows of \`${source}\` were used; ${count(rows.bad.length)} were bad.`,
    ...section("Cities", markdownTable(summaryTable(cities))),
    ...section("Years", markdownTable(summaryTable(years))),
    ...section("Extreme months", markdownTable(rankingTable(rankings))),
    ...section("Nearest airports", airports.map(describeAirports)),
    ...section("Months", markdownTable(summaryTable(months))),
    ...section("Bad rows", rows.bad.length === 0 ? ["None."] : rows.bad.map((row) => `- ${describeBadRow(row)}`)),
    "",
  ].join("\n");
}

/** Summaries as a table. */
export function summaryTable(summaries: readonly Summary[]): Table {
  return [
    ["city", "period", "days", "wet days", "precip mm", "mean °C", "lowest", "highest", "wind m/s"],
    ...summaries.map((each) => [
      each.location,
      each.period,
      count(each.days),
      count(each.wetDays),
      count(Math.round(each.precipitation)),
      each.tempMean.toFixed(1),
      each.tempMin.toFixed(1),
      each.tempMax.toFixed(1),
      each.wind.toFixed(1),
    ]),
  ];
}

/** Rankings as a table, one per line. */
export function rankingTable(rankings: readonly Ranking[]): Table {
  const places = Math.max(...rankings.map((ranking) => ranking.places.length));
  return [
    ["months", ...Array.from({ length: places }, (_, index) => `no. ${index + 1}`)],
    ...rankings.map(({ title, unit, places }) => [
      title,
      ...places.map(({ month, value }) => `${month.location} ${month.period}: ${value.toFixed(1)} ${unit}`),
    ]),
  ];
}

/** A bad row in one line. */
export function describeBadRow({ line, problems }: BadRow): string {
  return `line ${line}: ${problems.join("; ")}`;
}

function describeAirports({ location, airports, problem }: NearestAirports): string {
  const nearest = airports.map(({ airport, km }) => `${airport.name} (${airport.code}, ${km.toFixed(1)} km)`);
  return `- ${location}: ${problem === undefined ? nearest.join(", ") : `unknown, as ${problem}`}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return ["", `## ${title}`, "", ...lines];
}

/** A number with commas between thousands. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}
