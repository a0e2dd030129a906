"""Bytes to trees with positions: discovery, Python, notebooks, YAML, JSON, TOML and suppression comments."""

from __future__ import annotations
