/**
 * Numbers, durations and times, as people read them.
 */

/** The statuses, by their codes. */
export const STATUSES = ["pending", "ready", "running", "retrying", "completed", "failed", "cancelled", "skipped"];
export const [PENDING, READY, RUNNING, RETRYING, COMPLETED, FAILED, CANCELLED, SKIPPED] = [0, 1, 2, 3, 4, 5, 6, 7];
/** The order in which they are listed: what went wrong first. */
export const BY_CONCERN = [FAILED, CANCELLED, SKIPPED, RETRYING, RUNNING, READY, PENDING, COMPLETED];
/** The order along a bar of progress. */
export const ALONG_BAR = [COMPLETED, FAILED, CANCELLED, SKIPPED, RUNNING, RETRYING, READY, PENDING];
/** Signs that tell statuses apart without colours. */
export const SIGNS = ["○", "◔", "▶", "↻", "✓", "✗", "⊘", "»"];

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

/** A length of time. @param {number} ms Milliseconds. */
export function duration(ms) {
  if (!Number.isFinite(ms)) return "–";
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 1) return ms === 0 ? "0 ms" : "< 1 ms";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const s = ms / 1_000;
  if (s < 10) return `${s.toFixed(2)} s`;
  if (s < 60) return `${s.toFixed(1)} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min ${Math.floor(s % 60)} s`;
  const h = Math.floor(min / 60);
  if (h < 48) return `${h} h ${min % 60} min`;
  return `${Math.floor(h / 24)} d ${h % 24} h`;
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

/** A time with all that belongs to it. @param {number} at */
export function fullTime(at) {
  return Number.isFinite(at) ? full.format(at) : "";
}

/** How far away a time is. @param {number} at @param {number} now */
export function relative(at, now) {
  const ms = at - now;
  if (Math.abs(ms) < 1_000) return "now";
  return ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
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
