/**
 * Airports, and which of them are near a city.
 *
 * @module
 */

import { csvLines } from "./csv_lines.ts";
import { InputError } from "./input_error.ts";

/** A place on Earth, in degrees. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** An airport. */
export interface Airport extends Place {
  /** Its code, such as `SEA`. */
  readonly code: string;
  readonly name: string;
  readonly city: string;
  readonly state: string;
}

/** Airports near a city, nearest first; or why there are none. */
export interface NearestAirports {
  readonly location: string;
  readonly airports: readonly { readonly airport: Airport; readonly km: number }[];
  readonly problem?: string;
}

/** The centres of the cities in `data/weather.csv`. */
const CENTRES: ReadonlyMap<string, Place> = new Map([
  ["Seattle", { latitude: 47.6062, longitude: -122.3321 }],
  ["New York", { latitude: 40.7128, longitude: -74.006 }],
]);

const EARTH_RADIUS_KM = 6_371;

/**
 * Reads the airports of a CSV file with the columns of `data/airports.csv`.
 *
 * @throws {InputError} If a line is not an airport; this file is part of the program.
 */
export function readAirports(text: string): Airport[] {
  return csvLines(text).drop(1).map(({ number, fields }): Airport => {
    const [code = "", name = "", city = "", state = "", , latitude, longitude] = Array.isArray(fields) ? fields : [];
    const airport = { code, name, city, state, latitude: Number(latitude), longitude: Number(longitude) };
    if (Number.isFinite(airport.latitude) && Number.isFinite(airport.longitude)) return airport;
    throw new InputError(`Line ${number} of the airports has no coordinates`);
  }).toArray();
}

/** The airports nearest to a city; `airports` are `undefined` if they could not be loaded. */
export function nearestAirports(
  location: string,
  airports: readonly Airport[] | undefined,
  count: number,
): NearestAirports {
  if (airports === undefined) return { location, airports: [], problem: "the airports could not be loaded" };
  const place = CENTRES.get(location) ?? centreOf(location, airports);
  if (typeof place === "string") return { location, airports: [], problem: place };
  const nearest = airports.map((airport) => ({ airport, km: distance(place, airport) }))
    .toSorted((a, b) => a.km - b.km).slice(0, count);
  return { location, airports: nearest };
}

/** The middle of a city's own airports ("Portland", or "Portland, OR"); or why it is not known. */
function centreOf(location: string, airports: readonly Airport[]): Place | string {
  const own = airports.filter(({ city, state }) => city === location || `${city}, ${state}` === location);
  const states = [...new Set(own.map(({ state }) => state))].sort();
  if (states.length === 0) return "no airport is known in this city, so where it lies is not known either";
  if (states.length > 1) {
    return `there is such a city in each of ${states.join(", ")}: write "${location}, ${states[0]}"`;
  }
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  return { latitude: mean(own.map((each) => each.latitude)), longitude: mean(own.map((each) => each.longitude)) };
}

/** In km along the surface of the Earth, by the haversine formula. */
function distance(a: Place, b: Place): number {
  const radians = (degrees: number) => degrees * Math.PI / 180;
  const haversine = (angle: number) => Math.sin(angle / 2) ** 2;
  const h = haversine(radians(b.latitude - a.latitude)) +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * haversine(radians(b.longitude - a.longitude));
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}
