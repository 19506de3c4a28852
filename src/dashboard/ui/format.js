/**
 * Numbers, durations and times, as people read them.
 */

/** The statuses, by their codes. */
/** @type {["pending", "ready", "running", "retrying", "completed", "failed", "cancelled", "skipped"]} */
export const STATUSES = ["pending", "ready", "running", "retrying", "completed", "failed", "cancelled", "skipped"];
/** The code of a status. @param {string} status */
export function codeOf(status) {
  return /** @type {readonly string[]} */ (STATUSES).indexOf(status);
}

export const [PENDING, READY, RUNNING, RETRYING, COMPLETED, FAILED, CANCELLED, SKIPPED] = [0, 1, 2, 3, 4, 5, 6, 7];
/** The order in which they are listed: what went wrong first. */
export const BY_CONCERN = [FAILED, CANCELLED, SKIPPED, RETRYING, RUNNING, READY, PENDING, COMPLETED];
/** The order along a bar of progress. */
export const ALONG_BAR = [COMPLETED, FAILED, CANCELLED, SKIPPED, RUNNING, RETRYING, READY, PENDING];
/** Signs that tell statuses apart without colours. */
export const SIGNS = ["○", "◔", "▶", "↻", "✓", "✗", "⊘", "»"];

/** What changes the direction of the text around it, without being seen; as in `observe/printable.ts`. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/g;

/** A string of a user that cannot turn around what stands beside it. @param {string} text */
export function harmless(text) {
  return text.replace(DIRECTION, "\ufffd");
}

const whole = new Intl.NumberFormat();
const compactNumber = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

/** @param {number} number */
export function count(number) {
  return whole.format(number);
}

/** A number for a place with little room. @param {number} number */
export function short(number) {
  return number < 10_000 ? whole.format(number) : compactNumber.format(number);
}

/** A length of time. @param {number} ms Milliseconds. @returns {string} */
export function duration(ms) {
  if (!Number.isFinite(ms)) return "–";
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 1) return ms === 0 ? "0 ms" : "< 1 ms";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const s = ms / 1_000;
  if (s < 10) return `${s.toFixed(2)} s`;
  if (s < 60) return `${s.toFixed(1)} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return twoUnits(min, "min", Math.floor(s % 60), "s");
  const h = Math.floor(min / 60);
  if (h < 48) return twoUnits(h, "h", min % 60, "min");
  return twoUnits(Math.floor(h / 24), "d", h % 24, "h");
}

/** @param {number} many @param {string} large @param {number} few @param {string} small */
function twoUnits(many, large, few, small) {
  return few === 0 ? `${many} ${large}` : `${many} ${large} ${few} ${small}`;
}

/**
 * A length of time that is an estimate, or changes while one reads it: no parts of a second.
 *
 * @param {number} ms Milliseconds.
 */
export function roughly(ms) {
  if (!Number.isFinite(ms)) return "–";
  if (ms < 600_000) return ms < 60_000 ? `${Math.max(1, Math.round(ms / 1_000))} s` : duration(ms);
  return duration(Math.round(ms / 60_000) * 60_000);
}

/** A place on an axis of time. @param {number} ms Milliseconds. */
export function tick(ms) {
  if (ms === 0) return "0";
  return ms >= 1_000 && ms < 60_000 ? `${Number((ms / 1_000).toFixed(2))} s` : duration(ms);
}

/** A rate, each second. @param {number} perSecond */
export function rate(perSecond) {
  if (perSecond >= 100) return `${whole.format(Math.round(perSecond))}/s`;
  if (perSecond >= 1) return `${perSecond.toFixed(1)}/s`;
  if (perSecond >= 1 / 60) return `${(perSecond * 60).toFixed(1)}/min`;
  return perSecond > 0 ? `${(perSecond * 3_600).toFixed(1)}/h` : "0/s";
}

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/** A time in the zone of the viewer; with the day if that is another one. @param {number} at */
export function time(at) {
  if (!Number.isFinite(at)) return "–";
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  return (isToday ? timeOfDay : dayAndTime).format(at);
}

/** Times that are planned: with seconds only if one of them has some. @param {readonly number[]} times */
export function plannedTimes(times) {
  const words = times.map(time);
  const isWhole = words.every((each) => /^.*\d\d:\d\d:00\b/.test(each));
  return isWhole ? words.map((each) => each.replace(/^(.*\d\d:\d\d):00\b/, "$1")) : words;
}

/**
 * An id for a place with little room: most of the number of the run, of a key, and of the time of a job, says little to people.
 *
 * @param {string} id
 */
export function shortId(id) {
  return id.replace(/#[\da-f]{12,}(-\d+)$/, "#…$1").replace(/#([\da-f]{4})[\da-f]{8,}$/, "#$1…")
    .replace(/@(\d{4}-\d\d-\d\dT[\d:.]+Z)$/, (_, at) => ` · ${time(Date.parse(at))}`);
}

/** A sentence of the program, with times in the zone of the viewer. @param {string} text */
export function withTimes(text) {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (at) => time(Date.parse(at)));
}

/** A time with all that belongs to it. @param {number} at */
export function fullTime(at) {
  return Number.isFinite(at) ? full.format(at) : "";
}

/** How far away a time is. @param {number} at @param {number} now */
export function relative(at, now) {
  const ms = at - now;
  if (Math.abs(ms) < 1_000) return "now";
  return ms > 0 ? `in ${roughly(ms)}` : `${roughly(-ms)} ago`;
}

/** How many percent one number is of another, never 100 before all is done. @param {number} part @param {number} all */
export function percent(part, all) {
  if (all === 0) return 0;
  return part === all ? 100 : Math.min(99, Math.floor((100 * part) / all));
}

/** One form of a word, or the other. @param {number} n @param {string} one @param {string} many */
export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}
