// A thin client: it starts `trainlint server`, and everything that is known of training comes from there.
import * as fs from "node:fs";
import * as vscode from "vscode";
import { LanguageClient, State, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";
import { selector, WATCHED } from "./documents";
import { type Found, locate, onPath } from "./locate";
import { fixAll, openRule } from "./commands";
import { onInterpreterChange, selectedInterpreter } from "./python";

const NAME = "trainlint";
const RESTARTING = ["path", "interpreter", "arguments", "enable"].map((key) => `${NAME}.${key}`);

let client: LanguageClient | undefined;
let starting: Promise<void> = Promise.resolve();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel(NAME, { log: true });
  const status = vscode.languages.createLanguageStatusItem(NAME, selector());
  status.name = NAME;
  status.command = { command: `${NAME}.showOutput`, title: "Output" };
  const restart = () => (starting = starting.then(() => start(output, status)));
  context.subscriptions.push(
    output,
    status,
    vscode.commands.registerCommand(`${NAME}.restart`, restart),
    vscode.commands.registerCommand(`${NAME}.showOutput`, () => output.show()),
    vscode.commands.registerCommand(`${NAME}.fixFile`, fixAll),
    vscode.commands.registerCommand(`${NAME}.openRule`, (code?: string) => openRule(client, code)),
    vscode.commands.registerCommand(`${NAME}.openSettings`, () =>
      vscode.commands.executeCommand("workbench.action.openSettings", `@ext:${context.extension.id}`),
    ),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (RESTARTING.some((key) => event.affectsConfiguration(key))) void restart();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    await onInterpreterChange(restart),
  );
  await restart();
}

export async function deactivate(): Promise<void> {
  await starting;
  await stop();
}

async function start(output: vscode.LogOutputChannel, status: vscode.LanguageStatusItem): Promise<void> {
  await stop();
  const settings = vscode.workspace.getConfiguration(NAME);
  if (!settings.get<boolean>("enable", true)) {
    show(status, "switched off", vscode.LanguageStatusSeverity.Information);
    return;
  }
  const found = await command(settings);
  if (found === undefined) {
    show(status, "not installed", vscode.LanguageStatusSeverity.Error);
    output.error("trainlint was found neither in the settings, nor with the selected interpreter, nor on PATH.");
    void offerHelp();
    return;
  }
  output.info(`${found.command} ${found.args.join(" ")} (${found.why})`);
  client = new LanguageClient(NAME, NAME, server(found), options(output));
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) show(status, "running", vscode.LanguageStatusSeverity.Information);
    if (newState === State.Stopped) show(status, "stopped", vscode.LanguageStatusSeverity.Warning);
  });
  try {
    await client.start();
  } catch (error) {
    show(status, "failed to start", vscode.LanguageStatusSeverity.Error);
    output.error(`The server did not start: ${String(error)}`);
    void offerHelp();
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  if (running?.needsStop()) await running.stop(2000).catch(() => undefined);
}

async function command(settings: vscode.WorkspaceConfiguration): Promise<Found | undefined> {
  const windows = process.platform === "win32";
  return locate({
    path: settings.get<string[]>("path", []),
    interpreter: settings.get<string>("interpreter", ""),
    arguments: settings.get<string[]>("arguments", []),
    workspace: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
    selected: await selectedInterpreter(),
    windows,
    exists: fs.existsSync,
    onPath: (name) => onPath(name, process.env["PATH"], windows, fs.existsSync),
  });
}

function server(found: Found): ServerOptions {
  return { command: found.command, args: found.args, options: { env: { ...process.env, PYTHONUNBUFFERED: "1" } } };
}

function options(output: vscode.LogOutputChannel): LanguageClientOptions {
  return {
    documentSelector: selector(),
    outputChannel: output,
    initializationOptions: { settings: vscode.workspace.getConfiguration(NAME) },
    synchronize: {
      configurationSection: NAME,
      fileEvents: vscode.workspace.createFileSystemWatcher(WATCHED),
    },
  };
}

function show(status: vscode.LanguageStatusItem, text: string, severity: vscode.LanguageStatusSeverity): void {
  status.text = `${NAME}: ${text}`;
  status.severity = severity;
}

async function offerHelp(): Promise<void> {
  const [settings, log] = ["Open settings", "Show output"];
  const answer = await vscode.window.showErrorMessage(
    "trainlint could not be started. Install it with: pip install 'trainlint-dl[server]'",
    settings as string,
    log as string,
  );
  if (answer === settings) await vscode.commands.executeCommand(`${NAME}.openSettings`);
  if (answer === log) await vscode.commands.executeCommand(`${NAME}.showOutput`);
}
