"""The Qini curve drawn: what reaching the best part of customers first changed, against reaching them in any order."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from mining.campaigns.qini_curve import QiniCurve
from pages.ui.figures import layout, plain
from pages.ui.figures.categorical_marks import series_colour
from pages.ui.figures.figure_layout import legend_above
from pages.ui.figures.number_axes import value_axis
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import Palette

POINTS = 200
PERCENTS = (0, 0.2, 0.4, 0.6, 0.8, 1)


def qini_picture(
    curve: QiniCurve, colours: Palette, *, unit: str, currency: str, height: int = 300
) -> go.Figure:
    """Units gained by the share of customers reached, of the score and in any order (its chord)."""
    at = np.unique(np.linspace(0, len(curve.reached) - 1, POINTS).astype(np.int64))
    reached, gained = curve.reached[at].tolist(), curve.gained[at].tolist()
    figure = Sketch(layout(colours, height))
    lines = (
        ("By the score", reached, gained, {"color": series_colour(0, colours), "width": 2.5}),
        (
            "In any order",
            [0.0, 1.0],
            [0.0, gained[-1]],
            {"color": colours.muted, "width": 1.5, "dash": "dash"},
        ),
    )
    for name, x, y, look in lines:
        figure.add_scatter(
            x=x,
            y=y,
            name=name,
            mode="lines",
            line=look,
            customdata=[
                [formats.share_text(share), plain(formats.format_value(units, unit, currency, compact=True))]
                for share, units in zip(x, y, strict=True)
            ],
            hovertemplate=f"<b>{name}</b><br>%{{customdata[0]}} reached: %{{customdata[1]}}<extra></extra>",
        )
    figure.update_yaxes(**value_axis(gained, unit, currency, colours))
    figure.update_xaxes(
        tickvals=list(PERCENTS),
        ticktext=[formats.share_text(each) for each in PERCENTS],
        title={"text": "Part of the customers reached, the highest scores first", "font": {"size": 12}},
        range=[0, 1.01],
        showgrid=False,
    )
    figure.update_layout(showlegend=True, legend=legend_above(), margin={"t": 36, "r": 24})
    return figure.figure()
