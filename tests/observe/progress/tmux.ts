/**
 * A real terminal: tmux, where there is one.
 *
 * @module
 */

import { tempFolder } from "../../support.ts";

/** Whether tmux can be used here. */
export const hasTmux = await new Deno.Command("tmux", { args: ["-V"], stdout: "null", stderr: "null" }).output()
  .then(({ success }) => success, () => false);

/** A window of a terminal in which a command runs. */
export interface Window extends AsyncDisposable {
  /** The lines that can be seen. */
  screen(): Promise<string[]>;
  /** All lines since the start, as long lines as they were written. */
  history(): Promise<string[]>;
  /** Presses keys, such as `Enter` or `C-c`. */
  press(...keys: string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Whether the cursor is visible, and lines are wrapped: `1` or `0`. */
  state(): Promise<{ cursor: string; wrap: string }>;
}

/** Opens a window. */
export async function openWindow(columns: number, rows: number, command: string): Promise<Window> {
  const folder = await tempFolder();
  const socket = folder.file("tmux");
  const configuration = folder.file("tmux.conf");
  await Deno.writeTextFile(configuration, "set -g history-limit 20000\n");
  const tmux = async (...args: string[]): Promise<string> => {
    const { CI: _, NO_COLOR: __, ...env } = Deno.env.toObject();
    const child = new Deno.Command("tmux", {
      args: ["-u", "-S", socket, "-f", configuration, ...args],
      clearEnv: true,
      env: { ...env, TERM: "xterm-256color" },
      stdin: "null",
      stderr: "piped",
    });
    const { success, stdout, stderr } = await child.output();
    if (!success) throw new Error(`tmux ${args[0]}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  };
  await tmux("new-session", "-d", "-x", String(columns), "-y", String(rows), command);
  const lines = (text: string) => text.trimEnd().split("\n");
  return {
    screen: async () => lines(await tmux("capture-pane", "-p")),
    history: async () => lines(await tmux("capture-pane", "-p", "-J", "-S", "-")),
    press: async (...keys) => void await tmux("send-keys", ...keys),
    resize: async (columns, rows) => void await tmux("resize-window", "-x", String(columns), "-y", String(rows)),
    async state() {
      const [cursor, wrap] = (await tmux("display-message", "-p", "#{cursor_flag} #{wrap_flag}")).trim().split(" ");
      return { cursor: cursor!, wrap: wrap! };
    },
    async [Symbol.asyncDispose]() {
      await tmux("kill-server").catch(() => {});
      await folder[Symbol.asyncDispose]();
    },
  };
}
