// The manifest against the code: what is promised there exists here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { selector } from "../src/documents";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const source = ["src/extension.ts", "src/commands.ts", "src/locate.ts"].map((f) => readFileSync(f, "utf8")).join("\n");

test("every command of the manifest is registered", () => {
  for (const { command } of manifest.contributes.commands) {
    assert.ok(source.includes(`registerCommand(\`\${NAME}.${command.split(".")[1]}\``), command);
  }
});

// The client library registers each command of the server in VS Code; one that is there already keeps the client from starting.
test("the server has the commands that are sent, and none of the extension's own", () => {
  const server = ["features.py", "actions.py"].map((f) => readFileSync(`../../trainlint/server/${f}`, "utf8")).join("\n");
  const served = [...server.matchAll(/"(trainlint\.\w+)"/g)].map((found) => found[1]);
  const sent = [...source.matchAll(/command: "(trainlint\.\w+)"/g)].map((found) => found[1]);
  assert.ok(sent.length > 0);
  for (const command of sent) assert.ok(served.includes(command), command);
  for (const { command } of manifest.contributes.commands) assert.ok(!served.includes(command), command);
});

test("settings that a restricted workspace must not set are those that name what is run", () => {
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, [
    "trainlint.path",
    "trainlint.interpreter",
    "trainlint.arguments",
  ]);
});

test("every setting has a default of its type and a description", () => {
  for (const [name, setting] of Object.entries<Record<string, unknown>>(manifest.contributes.configuration.properties)) {
    const kind = Array.isArray(setting["default"]) ? "array" : typeof setting["default"];
    assert.equal(kind, setting["type"], name);
    assert.ok(setting["description"] ?? setting["markdownDescription"], name);
  }
});

test("files of the walkthrough are there", () => {
  for (const step of manifest.contributes.walkthroughs[0].steps) {
    assert.ok(readFileSync(step.media.markdown, "utf8").length > 50, step.id);
  }
});

test("Python, its notebooks and configs are sent to the server", () => {
  const languages = new Set(selector().map((s) => s.language));
  for (const language of ["python", "yaml", "json", "toml"]) assert.ok(languages.has(language), language);
  assert.ok(selector().some((s) => s.scheme === "vscode-notebook-cell"));
});
