"""The log of a repository's findings: what was found, confirmed and fixed, and when."""
