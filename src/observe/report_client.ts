/**
 * The program in the page of a report: the list of tasks with its filter, and what is opened.
 *
 * @module
 */

/** What the program uses of an element. */
interface PageElement {
  textContent: string | null;
  className: string;
  value: string;
  hidden: boolean;
  title: string;
  tabIndex: number;
  scrollTop: number;
  readonly clientHeight: number;
  readonly dataset: Record<string, string | undefined>;
  readonly style: Record<string, string>;
  append(...children: (PageElement | string)[]): void;
  replaceChildren(...children: PageElement[]): void;
  setAttribute(name: string, value: string): void;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  closest(selector: string): PageElement | null;
  scrollIntoView(options: { block: string }): void;
  focus(): void;
}

interface PageEvent {
  readonly target: PageElement;
  readonly key?: string;
  preventDefault(): void;
}

interface Page {
  readonly document: {
    getElementById(id: string): PageElement;
    createElement(name: string): PageElement;
    addEventListener(type: string, listener: (event: PageEvent) => void): void;
  };
  readonly location: { hash: string };
  readonly history: { replaceState(state: null, title: string, url: string): void };
  requestAnimationFrame(callback: () => void): void;
  addEventListener(type: string, listener: () => void): void;
}

/** A task in the data of a page, as an array, as there may be many. Times are in milliseconds after `epoch`. */
export type PageTask = readonly [
  name: number,
  status: number,
  id: string,
  label: string,
  startedAt: number,
  durationMs: number,
  waitedMs: number,
  attempts: readonly string[],
  args: string,
  pool: string,
  dependsOn: readonly number[],
  parent: number,
  error: string,
];

/** The data of a page. A number that is not known is -1. */
export interface PageData {
  readonly epoch: number;
  readonly names: readonly string[];
  readonly statuses: readonly string[];
  readonly signs: readonly string[];
  readonly tasks: readonly PageTask[];
}

/**
 * Runs in the page, to which its source is copied: it uses nothing from outside of itself. All strings of the data are set as
 * text, never as HTML.
 */
export function reportClient(): void {
  const page = globalThis as unknown as Page;
  const { document } = page;
  const byId = (id: string) => document.getElementById(id);
  const { epoch, names, statuses, signs, tasks } = JSON.parse(byId("data").textContent ?? "") as PageData;
  const [search, order, list, rows, space, shown, details] = [
    byId("search"),
    byId("order"),
    byId("list"),
    byId("rows"),
    byId("space"),
    byId("shown"),
    byId("details"),
  ] as [PageElement, PageElement, PageElement, PageElement, PageElement, PageElement, PageElement];
  const rowHeight = 28;
  const selected = new Set<number>();
  let visible: number[] = [];
  let opened = -1;

  const make = (tag: string, className: string, text: string): PageElement => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  };
  const duration = (ms: number): string => {
    if (ms < 0) return "";
    if (ms < 1_000) return `${Math.round(ms)} ms`;
    if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
    if (ms < 3_600_000) return `${(ms / 60_000).toFixed(1)} min`;
    return `${(ms / 3_600_000).toFixed(1)} h`;
  };

  const drawRows = (): void => {
    const first = Math.max(0, Math.floor(list.scrollTop / rowHeight) - 5);
    const count = Math.ceil(list.clientHeight / rowHeight) + 10;
    rows.style["transform"] = `translateY(${first * rowHeight}px)`;
    rows.replaceChildren(
      ...visible.slice(first, first + count).map((index) => {
        const [name, status, id, label, , took, waited, attempts] = tasks[index]!;
        const row = make("div", index === opened ? "row open" : "row", "");
        row.dataset["task"] = String(index);
        row.tabIndex = 0;
        row.setAttribute("role", "row");
        row.append(
          make("span", `s s-${statuses[status]}`, `${signs[status]} ${statuses[status]}`),
          make("bdi", "n", names[name]!),
          make("bdi", "l", label === "" ? id : label),
          make("span", "d", attempts.length > 1 ? `${attempts.length} attempts` : ""),
          make("span", "d", waited > 0 ? `waited ${duration(waited)}` : ""),
          make("span", "d", duration(took)),
        );
        return row;
      }),
    );
  };

  const filter = (): void => {
    const words = search.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    visible = [];
    tasks.forEach(([name, status, id, label, , , , , args, pool, , , error], index) => {
      if (selected.size > 0 && !selected.has(status)) return;
      if (words.length > 0) {
        const all = `${names[name]}\n${id}\n${label}\n${args}\n${pool}\n${error}`.toLowerCase();
        if (!words.every((word) => all.includes(word))) return;
      }
      visible.push(index);
    });
    if (order.value === "duration") visible.sort((a, b) => tasks[b]![5] - tasks[a]![5]);
    if (order.value === "wait") visible.sort((a, b) => tasks[b]![6] - tasks[a]![6]);
    if (order.value === "start") visible.sort((a, b) => tasks[a]![4] - tasks[b]![4]);
    shown.textContent = `${visible.length.toLocaleString()} of ${tasks.length.toLocaleString()}`;
    space.style["height"] = `${visible.length * rowHeight}px`;
    list.scrollTop = 0;
    drawRows();
    keepState();
  };

  const keepState = (): void => {
    const chosen = [...selected].map((status) => statuses[status]).join(",");
    const task = opened < 0 ? "" : `&t=${opened}`;
    page.history.replaceState(null, "", `#q=${encodeURIComponent(search.value)}&s=${chosen}${task}`);
  };

  const link = (index: number): PageElement => {
    const [name, status, id, label] = tasks[index]!;
    const button = make("button", "link", "");
    button.dataset["task"] = String(index);
    button.append(
      make("span", `s-${statuses[status]}`, `${signs[status]} `),
      make("bdi", "", label === "" ? id : `${names[name]} ${label}`),
    );
    return button;
  };

  const open = (index: number): void => {
    const task = tasks[index];
    if (task === undefined) return;
    opened = index;
    const [name, status, id, label, startedAt, took, waited, attempts, args, pool, dependsOn, parent, error] = task;
    const facts = document.createElement("dl");
    const fact = (title: string, ...values: (PageElement | string)[]) => {
      const value = document.createElement("dd");
      value.append(...values);
      facts.append(make("dt", "", title), value);
    };
    fact("id", make("bdi", "code", id));
    if (label !== "") fact("label", make("bdi", "", label));
    if (args !== "") fact("arguments", make("bdi", "code", args));
    if (pool !== "") fact("pool", make("bdi", "", pool));
    if (startedAt >= 0) fact("started", new Date(epoch + startedAt).toISOString());
    if (took >= 0) fact("took", duration(took));
    if (waited > 0) fact("waited", duration(waited));
    if (attempts.length > 0) fact("attempts", ...attempts.map((attempt) => make("div", "", attempt)));
    if (dependsOn.length > 0) {
      fact(
        "depends on",
        ...dependsOn.slice(0, 50).map(link),
        dependsOn.length > 50 ? `… ${dependsOn.length - 50} more` : "",
      );
    }
    if (parent >= 0) fact("submitted by", link(parent));
    const heading = make("h3", "", "");
    heading.append(make("span", `s-${statuses[status]}`, `${signs[status]} `), make("bdi", "", names[name]!));
    const close = make("button", "close", "close");
    close.addEventListener("click", () => {
      opened = -1;
      details.hidden = true;
      keepState();
      drawRows();
    });
    details.replaceChildren(close, heading, ...error === "" ? [] : [make("pre", "error", error)], facts);
    details.hidden = false;
    details.scrollIntoView({ block: "nearest" });
    keepState();
    drawRows();
  };

  const chips = [...statuses.keys()].map((status) => ({ status, chip: byId(`chip-${status}`) as PageElement | null }));
  const mark = () => {
    for (const { status, chip } of chips) chip?.setAttribute("aria-pressed", String(selected.has(status)));
  };
  for (const { status, chip } of chips) {
    chip?.addEventListener("click", () => {
      if (!selected.delete(status)) selected.add(status);
      mark();
      filter();
    });
  }
  document.addEventListener("click", ({ target }) => {
    const task = target.closest("[data-task]")?.dataset["task"];
    const name = target.closest("[data-name]")?.dataset["name"];
    if (task !== undefined) open(Number(task));
    else if (name !== undefined) {
      search.value = name;
      filter();
      list.scrollIntoView({ block: "center" });
    }
  });
  document.addEventListener("keydown", (event) => {
    const task = event.target.closest?.(".row")?.dataset["task"];
    if (task !== undefined && event.key === "Enter") open(Number(task));
  });
  let isDue = false;
  const drawSoon = () => {
    if (isDue) return;
    isDue = true;
    page.requestAnimationFrame(() => {
      isDue = false;
      drawRows();
    });
  };
  list.addEventListener("scroll", drawSoon);
  page.addEventListener("resize", drawSoon);
  search.addEventListener("input", filter);
  order.addEventListener("change", filter);

  const state = new Map(page.location.hash.slice(1).split("&").map((part) => part.split("=") as [string, string]));
  try {
    search.value = decodeURIComponent(state.get("q") ?? "");
  } catch { /* the address was changed by hand */ }
  for (const status of (state.get("s") ?? "").split(",")) {
    if (statuses.includes(status)) selected.add(statuses.indexOf(status));
  }
  const task = Number(state.get("t") ?? -1);
  mark();
  filter();
  open(task);
}
