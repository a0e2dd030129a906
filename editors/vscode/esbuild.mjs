// Bundles the extension (or, with --tests, its unit tests) into dist/.
import { readdirSync } from "node:fs";
import { build } from "esbuild";

const production = process.argv.includes("--production");
const tests = process.argv.includes("--tests");

await build({
  entryPoints: tests ? readdirSync("test").filter((f) => f.endsWith(".test.ts")).map((f) => `test/${f}`) : ["src/extension.ts"],
  outdir: tests ? "dist/test" : "dist",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: production,
  sourcemap: !production,
  logLevel: "warning",
});
