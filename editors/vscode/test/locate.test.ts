import assert from "node:assert/strict";
import { test } from "node:test";
import { type Choice, expand, locate, onPath } from "../src/locate";

const choice = (change: Partial<Choice>, files: string[] = []): Choice => ({
  path: [],
  interpreter: "",
  arguments: [],
  workspace: "/home/ada/project",
  selected: undefined,
  windows: false,
  exists: (file) => files.includes(file),
  onPath: () => undefined,
  ...change,
});

test("a path of the settings comes first, with the workspace's folder put in", () => {
  const files = ["/home/ada/project/.venv/bin/trainlint", "/usr/bin/trainlint"];
  const found = locate(choice({ path: ["/nowhere/trainlint", "${workspaceFolder}/.venv/bin/trainlint"], selected: "/usr/bin/python" }, files));
  assert.equal(found?.command, "/home/ada/project/.venv/bin/trainlint");
  assert.deepEqual(found.args, ["server"]);
});

test("a bare command of the settings is looked for on PATH", () => {
  const found = locate(choice({ path: ["trainlint-nightly"], onPath: (name) => `/opt/${name}` }));
  assert.equal(found?.command, "/opt/trainlint-nightly");
});

test("the interpreter of the settings runs the module", () => {
  const found = locate(choice({ interpreter: "/opt/python", arguments: ["--log-level", "debug"], selected: "/usr/bin/python" }));
  assert.equal(found?.command, "/opt/python");
  assert.deepEqual(found.args, ["-m", "trainlint", "server", "--log-level", "debug"]);
});

test("the selected interpreter is used only where trainlint is installed beside it", () => {
  const selected = "/home/ada/.venv/bin/python";
  assert.equal(locate(choice({ selected })), undefined);
  assert.equal(locate(choice({ selected }, ["/home/ada/.venv/bin/trainlint"]))?.command, selected);
});

test("on Windows the script lies in Scripts, whether or not the interpreter does", () => {
  const script = "C:\\envs\\lab\\Scripts\\trainlint.exe";
  for (const selected of ["C:\\envs\\lab\\python.exe", "C:\\envs\\lab\\Scripts\\python.exe"]) {
    assert.equal(locate(choice({ selected, windows: true }, [script]))?.command, selected);
  }
});

test("PATH comes last, and nothing is started where nothing is found", () => {
  assert.equal(locate(choice({ onPath: () => "/usr/bin/trainlint" }))?.why, "PATH");
  assert.equal(locate(choice({})), undefined);
});

test("the home directory is put in for a tilde, and only for a leading one", () => {
  assert.ok(!expand("~/bin/trainlint", undefined).startsWith("~"));
  assert.equal(expand("/a/~/b", undefined), "/a/~/b");
  assert.equal(expand("${workspaceFolder}/x", undefined), "${workspaceFolder}/x");
});

test("folders of PATH are tried in order, with the endings of Windows there", () => {
  const files = ["/b/trainlint", "/c/trainlint"];
  assert.equal(onPath("trainlint", "/a:/b:/c", false, (f) => files.includes(f)), "/b/trainlint");
  assert.equal(onPath("trainlint", "C:\\a;C:\\b", true, (f) => f === "C:\\b\\trainlint.exe"), "C:\\b\\trainlint.exe");
  assert.equal(onPath("trainlint", undefined, false, () => true), undefined);
});
