"""The language server: what a run finds, at the keystroke. `serve` starts it on standard input and output."""
