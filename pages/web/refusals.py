"""A plain page where there is no other: what stands in the way, in a sentence, and a way back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

PAGE = Path(__file__).parents[1] / "static" / "refused.html"


def refused(
    status: int, state: str, title: str, sentence: str, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """A plain page that says why there is no other."""
    page = Template(PAGE.read_text(encoding="utf-8")).substitute(state=state, title=title, sentence=sentence)
    return HTMLResponse(page, status_code=status, headers=headers)
