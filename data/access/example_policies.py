"""A file of policies to begin with, as pages and documents show it."""

from __future__ import annotations

from pathlib import Path

EXAMPLE = Path(__file__).with_name("policies.example.toml").read_text(encoding="utf-8")
