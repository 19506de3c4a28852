/**
 * Summaries of weather: of a month from its days, of longer periods from the summaries of shorter ones.
 *
 * @module
 */

import type { DailyWeather } from "./daily_weather.ts";

/** The weather of a city over some days. */
export interface Summary {
  readonly location: string;
  /** Such as `2013-02`, `2013` or `2012-2015`. */
  readonly period: string;
  readonly days: number;
  /** Days with precipitation. */
  readonly wetDays: number;
  /** The sum, in mm. */
  readonly precipitation: number;
  /** In °C: the mean of each day's middle between highest and lowest. */
  readonly tempMean: number;
  /** In °C. */
  readonly tempMax: number;
  /** In °C. */
  readonly tempMin: number;
  /** In m/s, the mean. */
  readonly wind: number;
}

/** Sums up days. */
export function summarize(location: string, period: string, days: readonly DailyWeather[]): Summary {
  return combine(location, period, days.map((day) => ({ ...day, ...ofDay(day), period: day.date })));
}

/** Sums up summaries. */
export function combine(location: string, period: string, parts: readonly Summary[]): Summary {
  const total = (value: (part: Summary) => number) => parts.reduce((sum, part) => sum + value(part), 0);
  const days = total((part) => part.days);
  return {
    location,
    period,
    days,
    wetDays: total((part) => part.wetDays),
    precipitation: total((part) => part.precipitation),
    tempMean: total((part) => part.tempMean * part.days) / days,
    tempMax: Math.max(...parts.map((part) => part.tempMax)),
    tempMin: Math.min(...parts.map((part) => part.tempMin)),
    wind: total((part) => part.wind * part.days) / days,
  };
}

/** A list of months by one measure, the most extreme first. */
export interface Ranking {
  readonly title: string;
  readonly unit: string;
  readonly places: readonly { readonly month: Summary; readonly value: number }[];
}

/** Ranks months by several measures. */
export function rank(months: readonly Summary[], places: number): Ranking[] {
  const by = (title: string, unit: string, value: (month: Summary) => number, order: 1 | -1): Ranking => ({
    title,
    unit,
    // Sorting is stable: equal months keep their order.
    places: months.map((month) => ({ month, value: value(month) }))
      .toSorted((a, b) => order * (a.value - b.value)).slice(0, places),
  });
  return [
    by("Wettest", "mm", (month) => month.precipitation, -1),
    by("Driest", "mm", (month) => month.precipitation, 1),
    by("Hottest", "°C", (month) => month.tempMean, -1),
    by("Coldest", "°C", (month) => month.tempMean, 1),
    by("Windiest", "m/s", (month) => month.wind, -1),
  ];
}

function ofDay({ precipitation, tempMax, tempMin }: DailyWeather): Pick<Summary, "days" | "wetDays" | "tempMean"> {
  return { days: 1, wetDays: precipitation > 0 ? 1 : 0, tempMean: (tempMax + tempMin) / 2 };
}
