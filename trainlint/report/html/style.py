"""The look of the report, light and dark, and its few lines of script (levels shown, light or dark)."""

STYLE = """
:root { color-scheme: light dark; --page: #fbfbfa; --card: #ffffff; --ink: #1d2126; --soft: #5b6470; --line: #d9dde2;
  --code: #f3f4f6; --link: #0b5cad; --error: #b3261e; --warning: #8a5a00; --advice: #1b6b3a; --error-fill: #fde7e5;
  --warning-fill: #fdf0d2; --advice-fill: #e0f3e6; --weights: #e6eefb; --norm: #efe9f8; --activation: #e5f4ef; --curve: #0b5cad; }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { DARK } }
:root[data-theme="dark"] { color-scheme: dark; DARK }
:root[data-theme="light"] { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main, header { max-width: 1240px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 22px; display: flex; flex-wrap: wrap; gap: 6px 22px; align-items: baseline; }
h1 { font-size: 22px; margin: 0; } h2 { font-size: 18px; margin: 34px 0 10px; } h3 { font-size: 14px; margin: 0 0 6px; color: var(--soft); }
header .end { margin-left: auto; display: flex; gap: 14px; align-items: baseline; }
label { cursor: pointer; white-space: nowrap; } button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; padding: 2px 10px; cursor: pointer; }
a { color: var(--link); } .soft, .small { color: var(--soft); } p { margin: 6px 0; }
.program { display: grid; grid-template-columns: minmax(0, 1fr); gap: 18px; }
@media (min-width: 1000px) { .program.pictured { grid-template-columns: minmax(0, 7fr) minmax(0, 5fr); } .pictures { position: sticky; top: 10px; align-self: start; } }
.card, figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; margin: 0 0 14px; }
figure { overflow: auto; } figure.network { max-height: 620px; } figcaption { margin-bottom: 8px; font-size: 13px; color: var(--soft); }
figcaption b { color: var(--ink); }
.card { border-left: 5px solid var(--line); scroll-margin-top: 10px; } .card.error { border-left-color: var(--error); }
.card.warning { border-left-color: var(--warning); } .card.advice { border-left-color: var(--advice); }
.card:target { outline: 3px solid var(--link); outline-offset: 2px; }
.head { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; } .head .place { margin-left: auto; }
.place, code, pre, svg text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12px; }
.badge { font-size: 12px; font-weight: 600; border-radius: 99px; padding: 1px 9px; }
.badge.error { color: var(--error); background: var(--error-fill); } .badge.warning { color: var(--warning); background: var(--warning-fill); }
.badge.advice, .badge.confirmed { color: var(--advice); background: var(--advice-fill); } .badge.plain { color: var(--soft); background: var(--code); }
pre { background: var(--code); border-radius: 6px; padding: 8px 10px; margin: 8px 0; overflow-x: auto; line-height: 1.55; }
pre .number { color: var(--soft); user-select: none; } pre .meant { font-weight: 600; }
mark { color: inherit; border-radius: 3px; padding: 1px 0; } .error mark { background: var(--error-fill); } .warning mark { background: var(--warning-fill); }
.advice mark { background: var(--advice-fill); } ins { background: var(--advice-fill); text-decoration: none; } del { background: var(--error-fill); }
details { margin-top: 6px; } summary { cursor: pointer; color: var(--soft); font-size: 13px; } .scroll { overflow-x: auto; }
svg { display: block; } svg text { fill: var(--ink); } svg .small, svg .path { font-size: 11px; fill: var(--soft); } svg a { text-decoration: none; }
.graph .edge { fill: none; stroke: var(--soft); stroke-width: 1.3; } .graph .box rect { fill: var(--code); stroke: var(--line); }
.graph .weights > rect { fill: var(--weights); } .graph .norm > rect { fill: var(--norm); } .graph .activation > rect { fill: var(--activation); }
.graph .input > rect, .graph .loss > rect { stroke-dasharray: 4 3; } .graph .flagged > rect { stroke-width: 2.5; }
.graph .flagged.error > rect { stroke: var(--error); } .graph .flagged.warning > rect { stroke: var(--warning); } .graph .flagged.advice > rect { stroke: var(--advice); }
.graph .chip.error rect { fill: var(--error-fill); stroke: var(--error); } .graph .chip.warning rect { fill: var(--warning-fill); stroke: var(--warning); }
.graph .chip.advice rect { fill: var(--advice-fill); stroke: var(--advice); }
.chart .frame { fill: none; stroke: var(--line); } .chart .grid { stroke: var(--line); stroke-dasharray: 2 4; } .chart .curve, .plot .curve { fill: none; stroke: var(--curve); stroke-width: 2; }
.chart .bound { stroke-width: 1.3; stroke-dasharray: 6 4; } .chart line.error { stroke: var(--error); } .chart line.warning { stroke: var(--warning); }
.chart text.error { fill: var(--error); } .chart text.warning { fill: var(--warning); }
.chain .way { stroke: var(--line); stroke-width: 2; } .chain circle { fill: var(--card); stroke: var(--soft); stroke-width: 2; } .chain .literal { fill: var(--link); stroke: var(--link); }
.chain .end.error { fill: var(--error); stroke: var(--error); } .chain .end.warning { fill: var(--warning); stroke: var(--warning); } .chain .end.advice { fill: var(--advice); stroke: var(--advice); }
.chain .tip { fill: var(--soft); } .chain .place { font-weight: 600; } .chain .code { fill: var(--soft); }
body.no-error .card.error, body.no-warning .card.warning, body.no-advice .card.advice { display: none; }
footer { color: var(--soft); font-size: 13px; margin: 30px 0 40px; }
@media print { header .end { display: none; } figure.network { max-height: none; } }
""".replace(
    "DARK",
    "--page: #14171b; --card: #1c2026; --ink: #e4e7eb; --soft: #9aa4b1; --line: #353c46; --code: #242a32; --link: #7db7f5; "
    "--error: #ff9d94; --warning: #f0c15c; --advice: #86d6a2; --error-fill: #4a211e; --warning-fill: #43340f; --advice-fill: #173a25; "
    "--weights: #213350; --norm: #35294b; --activation: #1c3b33; --curve: #7db7f5;",
)

SCRIPT = """
"use strict";
for (const box of document.querySelectorAll("input[data-level]"))
  box.addEventListener("change", () => document.body.classList.toggle("no-" + box.dataset.level, !box.checked));
document.querySelector("#theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
"""
