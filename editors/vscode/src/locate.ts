// Which command starts the server. Nothing of VS Code in here, so that it can be tested without it.
import * as os from "node:os";
import * as path from "node:path";

/** What decides. Paths as the user wrote them; `exists` says whether a file is there. */
export interface Choice {
  path: readonly string[];
  interpreter: string;
  arguments: readonly string[];
  workspace: string | undefined;
  selected: string | undefined; // the Python extension's interpreter
  windows: boolean;
  exists: (file: string) => boolean;
  onPath: (command: string) => string | undefined;
}

/** A command with its arguments, and where it came from, in words for the output channel. */
export interface Found {
  command: string;
  args: string[];
  why: string;
}

/** The server's command: the paths of the settings, then the interpreter's module, then PATH; undefined if there is none. */
export function locate(choice: Choice): Found | undefined {
  const more = [...choice.arguments];
  for (const written of choice.path) {
    const file = expand(written, choice.workspace);
    const command = path.isAbsolute(file) ? (choice.exists(file) ? file : undefined) : choice.onPath(file);
    if (command !== undefined) {
      return { command, args: ["server", ...more], why: `setting trainlint.path: ${written}` };
    }
  }
  const interpreter = expand(choice.interpreter, choice.workspace);
  if (interpreter !== "") {
    return { command: interpreter, args: module(more), why: "setting trainlint.interpreter" };
  }
  if (choice.selected !== undefined) {
    const script = beside(choice.selected, choice.windows);
    if (choice.exists(script)) {
      return { command: choice.selected, args: module(more), why: "the selected interpreter" };
    }
  }
  const found = choice.onPath("trainlint");
  return found === undefined ? undefined : { command: found, args: ["server", ...more], why: "PATH" };
}

function module(more: string[]): string[] {
  return ["-m", "trainlint", "server", ...more];
}

/** The script that pip puts beside an interpreter when trainlint is installed there. */
function beside(interpreter: string, windows: boolean): string {
  const where = windows ? path.win32 : path.posix;
  const folder = where.dirname(interpreter);
  if (!windows) return where.join(folder, "trainlint");
  const scripts = where.basename(folder).toLowerCase() === "scripts" ? folder : where.join(folder, "Scripts");
  return where.join(scripts, "trainlint.exe");
}

/** `~` and `${workspaceFolder}` in a path; without a workspace the variable stays, and the file is not found. */
export function expand(written: string, workspace: string | undefined): string {
  const home = written === "~" || written.startsWith("~/") ? os.homedir() + written.slice(1) : written;
  return workspace === undefined ? home : home.replaceAll("${workspaceFolder}", workspace);
}

/** Where a command lies on PATH. */
export function onPath(
  command: string,
  variable: string | undefined,
  windows: boolean,
  exists: (file: string) => boolean,
): string | undefined {
  const where = windows ? path.win32 : path.posix;
  const endings = windows ? [".exe", ".cmd", ".bat", ""] : [""];
  for (const folder of (variable ?? "").split(windows ? ";" : ":")) {
    for (const ending of endings) {
      const file = where.join(folder, command + ending);
      if (folder !== "" && exists(file)) return file;
    }
  }
  return undefined;
}
