// The interpreter that the user selected in the Python extension, if that is installed.
import * as vscode from "vscode";

interface PythonApi {
  environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(at: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

async function api(): Promise<PythonApi["environments"]> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  return extension === undefined ? undefined : (await extension.activate()).environments;
}

/** The path of the selected interpreter, of the first workspace folder where there are several. */
export async function selectedInterpreter(): Promise<string | undefined> {
  const environments = await api();
  if (environments === undefined) return undefined;
  const active = environments.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri);
  return (await environments.resolveEnvironment(active))?.executable.uri?.fsPath;
}

/** Call back when another interpreter is selected. */
export async function onInterpreterChange(then: () => unknown): Promise<vscode.Disposable> {
  const environments = await api();
  return environments?.onDidChangeActiveEnvironmentPath(() => then()) ?? { dispose: () => undefined };
}
