/**
 * The files of the page, as strings. No module imports this before a browser asks for a file: Deno 2.7 and older cannot load it.
 * No file stands here that is imported as code elsewhere: those could not load it any more, either.
 *
 * @module
 */

import preact from "htm/preact/standalone" with { type: "text" };
import app from "./ui/app.js" with { type: "text" };
import canvas from "./ui/canvas.js" with { type: "text" };
import format from "./ui/format.js" with { type: "text" };
import graph from "./ui/graph.js" with { type: "text" };
import graphDraw from "./ui/graph_draw.js" with { type: "text" };
import graphModel from "./ui/graph_model.js" with { type: "text" };
import graphParts from "./ui/graph_parts.js" with { type: "text" };
import graphWorker from "./ui/graph_worker.js" with { type: "text" };
import history from "./ui/history.js" with { type: "text" };
import historyModel from "./ui/history_model.js" with { type: "text" };
import hooks from "./ui/hooks.js" with { type: "text" };
import html from "./ui/html.js" with { type: "text" };
import iconSvg from "./ui/icon.svg" with { type: "text" };
import indexHtml from "./ui/index.html" with { type: "text" };
import { LAYOUT_SOURCE } from "../observe/layout.js";
import live from "./ui/live.js" with { type: "text" };
import overview from "./ui/overview.js" with { type: "text" };
import pools from "./ui/pools.js" with { type: "text" };
import recent from "./ui/recent.js" with { type: "text" };
import router from "./ui/router.js" with { type: "text" };
import schedule from "./ui/schedule.js" with { type: "text" };
import selection from "./ui/selection.js" with { type: "text" };
import seqIndex from "./ui/seq_index.js" with { type: "text" };
import statistics from "./ui/statistics.js" with { type: "text" };
import steps from "./ui/steps.js" with { type: "text" };
import store from "./ui/store.js" with { type: "text" };
import task from "./ui/task.js" with { type: "text" };
import tasks from "./ui/tasks.js" with { type: "text" };
import timeline from "./ui/timeline.js" with { type: "text" };
import timelineDraw from "./ui/timeline_draw.js" with { type: "text" };
import timelineModel from "./ui/timeline_model.js" with { type: "text" };
import waits from "./ui/waits.js" with { type: "text" };
import widgets from "./ui/widgets.js" with { type: "text" };
import themeCss from "./ui/theme.css" with { type: "text" };
import frameCss from "./ui/frame.css" with { type: "text" };
import widgetsCss from "./ui/widgets.css" with { type: "text" };
import messagesCss from "./ui/messages.css" with { type: "text" };
import overviewCss from "./ui/overview.css" with { type: "text" };
import tasksCss from "./ui/tasks.css" with { type: "text" };
import taskCss from "./ui/task.css" with { type: "text" };
import picturesCss from "./ui/pictures.css" with { type: "text" };
import scheduleCss from "./ui/schedule.css" with { type: "text" };
import narrowCss from "./ui/narrow.css" with { type: "text" };

/** The content of files by their names. */
export type UiFiles = Readonly<Record<string, string>>;

/** All files of the page. Preact and htm come from npm as they are. */
export const UI_FILES: UiFiles = {
  "app.js": app,
  "canvas.js": canvas,
  "format.js": format,
  "graph.js": graph,
  "graph_draw.js": graphDraw,
  "graph_model.js": graphModel,
  "graph_parts.js": graphParts,
  "graph_worker.js": graphWorker,
  "history.js": history,
  "history_model.js": historyModel,
  "hooks.js": hooks,
  "html.js": html,
  "icon.svg": iconSvg,
  "index.html": indexHtml,
  "layout.js": LAYOUT_SOURCE,
  "live.js": live,
  "overview.js": overview,
  "pools.js": pools,
  "recent.js": recent,
  "router.js": router,
  "schedule.js": schedule,
  "selection.js": selection,
  "seq_index.js": seqIndex,
  "statistics.js": statistics,
  "steps.js": steps,
  "store.js": store,
  "task.js": task,
  "tasks.js": tasks,
  "timeline.js": timeline,
  "timeline_draw.js": timelineDraw,
  "timeline_model.js": timelineModel,
  "waits.js": waits,
  "widgets.js": widgets,
  "preact.js": preact,
  "theme.css": themeCss,
  "frame.css": frameCss,
  "widgets.css": widgetsCss,
  "messages.css": messagesCss,
  "overview.css": overviewCss,
  "tasks.css": tasksCss,
  "task.css": taskCss,
  "pictures.css": picturesCss,
  "schedule.css": scheduleCss,
  "narrow.css": narrowCss,
};
