"""The server answers before the large libraries are there: they are imported while the first browser loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Plotly is imported by Streamlit itself.
LARGE = ("duckdb", "numpy", "pandas", "polars", "pyarrow", "scipy", "sklearn")
ROOT = Path(__file__).parents[2]


def test_what_starts_the_server_imports_no_large_library() -> None:
    told = f"import app, sys, pages.web.gate; print(*sorted({{*sys.modules}} & {{*{LARGE}}}))"
    found = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
