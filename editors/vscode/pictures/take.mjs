// Takes the pictures of README.md in a real VS Code: code-server's build of it, driven by Playwright in Chromium.
//
//   npm install --no-save code-server playwright-core && npm run package
//   npx code-server --user-data-dir USER --extensions-dir EXTENSIONS --install-extension dist/trainlint.vsix
//   npx code-server --user-data-dir USER --extensions-dir EXTENSIONS --auth none --bind-addr 127.0.0.1:8899
//   node pictures/take.mjs http://127.0.0.1:8899/ FOLDER        FOLDER: a copy of examples/house_prices with its data beside
//
// USER/User/settings.json names the interpreter ("trainlint.interpreter") and switches "trainlint.inlayHints" on.
// It fails where a finding, a hover, an action, a hint or a verdict does not appear.
import { chromium } from "playwright-core";

const [url, folder, out = "pictures"] = process.argv.slice(2);
const patience = { timeout: 180_000 };
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 1100, height: 600 } });

const settle = (ms = 1500) => page.waitForTimeout(ms);
const shot = async (name, clip) => {
  await settle();
  await page.screenshot({ path: `${out}/${name}.png`, clip });
};
const side = () => page.keyboard.press("Control+B");
const open = async (name) => {
  await page.getByText(name, { exact: true }).first().dblclick();
  await page.locator(".tab.active", { hasText: name }).waitFor(patience);
  await settle();
};
const at = async (text, dx) => {
  const box = await page.locator(".view-line", { hasText: text }).first().boundingBox();
  return [box.x + dx, box.y + box.height / 2];
};

await page.goto(`${url}?folder=${folder}`);
await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor(patience);
await open("train_deep.py");
await page.getByText("from conf/deep.yaml:8").first().waitFor({ ...patience, state: "attached" });
await open("engine.py");
await page.locator(".squiggly-error").first().waitFor({ ...patience, state: "attached" });
await side();

await page.keyboard.press("Control+Shift+M");
await page.locator(".markers-panel .monaco-list-row").first().waitFor(patience);
await shot("problems");
await page.keyboard.press("Control+J");

let [x, y] = await at("clip_grad_norm_", 150);
await page.mouse.click(x, y);
await page.mouse.move(x + 10, y);
await page.locator(".monaco-hover", { hasText: "Why it hurts" }).waitFor(patience);
await shot("hover");
await page.keyboard.press("Escape");
await page.mouse.move(20, 560);
await page.keyboard.press("Control+.");
await page.getByText("Move the clip before the step").waitFor(patience);
await shot("actions");
await page.keyboard.press("Escape");

await side();
await open("train_deep.py");
await side();
await page.keyboard.press("Control+End");
await shot("hints");

await side();
await open("model.py");
await side();
await page.locator(".squiggly-warning").first().waitFor({ ...patience, state: "attached" });
[x, y] = await at("make_activation()", 230);
await page.mouse.click(x, y);
await page.keyboard.press("Control+.");
const menu = page.locator(".action-widget");
await menu.getByText("probe this finding").first().waitFor(patience);
await settle();
while ((await menu.locator(".monaco-list-row.focused", { hasText: "probe" }).count()) === 0) await page.keyboard.press("ArrowDown");
await page.keyboard.press("Enter");
await page.locator(".notification-toast", { hasText: /confirmed|reproduced|inconclusive/ }).waitFor(patience);
await shot("probe");
await browser.close();
