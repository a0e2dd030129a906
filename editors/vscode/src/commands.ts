import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

/** Apply every safe fix in the active editor: VS Code asks the server for the code action. */
export async function fixAll(): Promise<void> {
  if (vscode.window.activeTextEditor === undefined) {
    void vscode.window.showInformationMessage("Open a file first: trainlint fixes the one that is being edited.");
    return;
  }
  await vscode.commands.executeCommand("editor.action.codeAction", {
    kind: "source.fixAll.trainlint",
    apply: "first",
  });
}

/** Show a rule's page as Markdown, beside the editor; without a code, ask for one. */
export async function openRule(client: LanguageClient | undefined, code?: string): Promise<void> {
  const wanted = code ?? (await vscode.window.showInputBox({ prompt: "Code or name of a rule", placeHolder: "TL401" }));
  if (wanted === undefined || client === undefined) return;
  const page = await client.sendRequest<string | null>("workspace/executeCommand", {
    command: "trainlint.rulePage",
    arguments: [wanted],
  });
  if (page === null) {
    void vscode.window.showWarningMessage(`trainlint has no rule ${wanted}.`);
    return;
  }
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content: page });
  await vscode.commands.executeCommand("markdown.showPreviewToSide", document.uri);
}
