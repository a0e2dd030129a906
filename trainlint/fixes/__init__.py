"""Mends for findings: libcst finds statements in Python, positions serve YAML, JSON and TOML; all of them end as edits."""
