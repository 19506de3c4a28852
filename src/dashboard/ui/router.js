/**
 * Which page is shown. Page and filters are in the address, so that they survive a reload and can be passed on.
 */

/** @import { Route } from "./types.d.ts" */

import { BASE } from "./live.js";
import { useEffect, useState } from "./preact.js";

const listeners = new Set();

/** The page, what it is about, and its settings. @returns {Route} */
export function currentRoute() {
  const [, page = "", ...rest] = location.pathname.slice(BASE.length).split("/");
  return {
    page: page === "" ? "overview" : page,
    rest: rest.map(decoded).join("/"),
    query: new URLSearchParams(location.search),
  };
}

/** A part of an address as it is meant; as it stands there, if it is not encoded as it must be. @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a page. @param {string} path @param {Record<string, string | undefined>} [query] */
export function hrefOf(path, query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") search.set(name, value);
  return BASE + path + (search.size === 0 ? "" : `?${search}`);
}

/** The address of a task. @param {string} id */
export function taskHref(id) {
  return hrefOf(`/tasks/${encodeURIComponent(id)}`);
}

/** Goes to an address of the dashboard. @param {string} href @param {{ replace?: boolean }} [options] */
export function go(href, { replace = false } = {}) {
  if (href === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", href);
  for (const listener of listeners) listener();
}

/** Changes settings of this page. @param {Record<string, string | undefined>} changes */
export function setQuery(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  go(location.pathname + (query.size === 0 ? "" : `?${query}`), { replace: true });
}

export function useRoute() {
  const [route, setRoute] = useState(currentRoute);
  useEffect(() => {
    const update = () => setRoute(currentRoute());
    listeners.add(update);
    addEventListener("popstate", update);
    return () => {
      listeners.delete(update);
      removeEventListener("popstate", update);
    };
  }, []);
  return route;
}

/** Follows links within the page without loading it again. */
export function followLinks() {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin || link.hasAttribute("download")) {
      return;
    }
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
