"""Who went from which segment to which, as ribbons between two days."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures import layout, plain
from pages.ui.style import formats
from pages.ui.style.theme import Palette

LONGEST = 26


def segment_flow(
    moved: pl.DataFrame, tints: Mapping[str, str], colours: Palette, *, height: int = 0
) -> go.Figure:
    """`before`, `after`, `members`: a node a segment on either day, in the order of `tints`, a ribbon a move; those who
    stayed are paler than those who went."""
    sides = {side: [name for name in tints if name in set(moved[side])] for side in ("before", "after")}
    place = {(side, name): at for at, (side, name) in enumerate((s, n) for s in sides for n in sides[s])}
    rows = moved.sort("before", "after").to_dicts()
    figure = go.Figure(layout=layout(colours, height or 120 + 30 * max(map(len, sides.values()), default=1)))
    figure.add_sankey(
        arrangement="snap",
        textfont={"size": 11, "color": colours.text},
        node={
            "label": [plain(_short(name)) for _, name in place],
            "color": [tints[name] for _, name in place],
            "pad": 10,
            "thickness": 12,
            "line": {"width": 0},
            "hovertemplate": "%{label}<extra></extra>",
        },
        link={
            "source": [place["before", row["before"]] for row in rows],
            "target": [place["after", row["after"]] for row in rows],
            "value": [row["members"] for row in rows],
            "color": [
                _faint(colours.others if row["before"] == row["after"] else tints[row["before"]],
                       0.25 if row["before"] == row["after"] else 0.5)
                for row in rows
            ],
            "customdata": [
                f"{formats.count_text(row['members'], 'customer')}: {plain(row['before'])} → {plain(row['after'])}"
                for row in rows
            ],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    )  # fmt: skip
    return figure


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


def _faint(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
