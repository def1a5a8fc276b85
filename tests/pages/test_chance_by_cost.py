"""The picture of plans by cost and chance: what nothing beats is joined, each has its interval, costs fill the room."""

from __future__ import annotations

import polars as pl

from pages.ui.figures import chance_by_cost
from pages.ui.style.theme import LIGHT

FRAME = pl.DataFrame(
    [
        ("0", "all from <b>A</b>", 760.0, 0.92, 0.88, 0.95, True, "92%"),
        ("1", "B + C", 738.0, 0.75, 0.6, 0.8, True, "75%"),
        ("2", "B + A", 742.0, 0.7, 0.6, 0.8, False, "70%"),
    ],
    schema=["id", "label", "cost", "chance", "low", "high", "is_unbeaten", "text"],
    orient="row",
)


def test_plans_are_marks_with_their_intervals() -> None:
    figure = chance_by_cost(FRAME, LIGHT).to_dict()
    whiskers, unbeaten, _, beaten = figure["data"]
    assert list(unbeaten["x"]) == [738.0, 760.0]  # by cost, joined
    assert "lines" in unbeaten["mode"]
    assert list(whiskers["y"])[:2] == [0.6, 0.8]
    assert [each[0] for each in beaten["customdata"]] == ["2"]
    assert unbeaten["customdata"][1][1] == "all from &lt;b&gt;A&lt;/b&gt;"
    assert unbeaten["marker"]["symbol"] != beaten["marker"]["symbol"]
    low, high = figure["layout"]["xaxis"]["range"]
    assert 730 < low < 738
    assert 760 < high < 770
    assert not chance_by_cost(FRAME.clear(), LIGHT).data
