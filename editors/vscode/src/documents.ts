// What the server is told of: Python, notebooks' cells, and configs.

/** A document selector's entry, as the client library wants it. */
export interface Selected {
  language: string;
  scheme: string;
}

/** Languages by VS Code's identifiers; TOML has one only where an extension brings it. */
const LANGUAGES = ["python", "yaml", "json", "jsonc", "toml"] as const;

/** Saved files, new files and cells of notebooks. */
export function selector(): Selected[] {
  const files = LANGUAGES.flatMap((language) => [
    { language, scheme: "file" },
    { language, scheme: "untitled" },
  ]);
  return [...files, { language: "python", scheme: "vscode-notebook-cell" }];
}

/** Files whose change on disk can change findings. */
export const WATCHED = "**/{*.py,*.ipynb,*.yaml,*.yml,*.json,*.toml}";
