"""KPIs in words: how sure the page is, where a target comes from, and what adds up to something else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cubes.analysis.due_target import DueTarget, Phasing, TargetPeriod
from cubes.analysis.target_status import TargetStatus
from cubes.catalogue.kpis import kpi_named
from data.model.calendar import Days
from data.operational.targets import TargetPlace
from pages.value.kpi_words import kpi_tile, member_words, phasing_words, sentence, verdict_words

MARCH = Days(20513, 20543)  # of 2026
ASKED = TargetPeriod("month", 2026 * 12 + 2, MARCH, replace(MARCH, last=20521))
DUE = DueTarget(400_000.0, 120_000.0, Phasing.SHAPED, "2026")
BEHIND = TargetStatus(kpi_named("revenue"), ASKED, 100_000.0, DUE, 5_000.0)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (BEHIND, "▼ Behind, and not by chance"),
        (replace(BEHIND, error=15_000.0), "▼ Behind, may be chance"),
        (replace(BEHIND, error=None), "▼ Behind (chance is not told)"),
        (replace(BEHIND, value=120_000.0), "● Reached"),
        (replace(BEHIND, value=None), "nothing known in this period"),
        (replace(BEHIND, target=None), "no target"),
        (replace(BEHIND, kpi=kpi_named("return_rate")), "▲ Ahead, and not by chance"),
    ],
)
def test_a_figure_is_ahead_or_behind_and_how_sure_that_is(status: TargetStatus, says: str) -> None:
    assert verdict_words(status) == says


def test_the_sentence_holds_nine_days_against_nine_days() -> None:
    said = sentence(BEHIND, "EUR")
    assert "€100.0K against €120.0K due by 9 Mar 2026 (of €400.0K in all)" in said
    assert "±€9.8K (95%)" in said
    assert "set one below" in sentence(replace(BEHIND, target=None), "EUR")


def test_it_says_where_the_target_comes_from_and_what_does_not_agree() -> None:
    assert phasing_words(DUE, BEHIND, "EUR") == (
        "Its part of the target for 2026, by what the same days had of the year before."
        " What is due by now follows the same days of the year before."
    )
    gap = replace(DUE, phasing=Phasing.SET, due=400_000.0, of="2026-03", gap=-20_000.0)
    assert phasing_words(gap, BEHIND, "EUR") == (
        "Set for Mar 2026. The targets of its parts add up to €20.0K less, and both stand."
    )


def test_targets_of_members_are_added_beside_that_of_the_firm_where_they_add_up() -> None:
    held = {
        TargetPlace("revenue", "country", "Italy"): {"2026": Decimal(300_000)},
        TargetPlace("revenue", "country", "France"): {"2026": Decimal(90_000), "2025": Decimal(1)},
        TargetPlace("orders", "country", "France"): {"2026": Decimal(7)},
    }
    said = list(member_words(held, BEHIND, str.capitalize, "EUR"))
    assert said == ["Targets of 2 countries for 2026 add up to €390.0K; both stand."]
    ratio = replace(BEHIND, kpi=kpi_named("return_rate"))
    assert list(member_words(held, ratio, str.capitalize, "EUR")) == []


def test_a_tile_colours_only_what_is_no_chance_and_draws_no_bar_where_less_is_wanted() -> None:
    tile = kpi_tile(BEHIND, "Revenue", "revenue", "", "EUR")
    assert (tile.good, tile.trend, tile.target_text) == (False, -1, "▼ Behind, and not by chance")
    assert tile.target == pytest.approx(100 / 120)
    assert kpi_tile(replace(BEHIND, error=15_000.0), "Revenue", "revenue", "", "EUR").good is None
    assert kpi_tile(replace(BEHIND, kpi=kpi_named("return_rate")), "Returns", "r", "", "EUR").target is None
    assert kpi_tile(replace(BEHIND, target=replace(DUE, due=0.0)), "Revenue", "r", "", "EUR").target is None
    assert kpi_tile(None, "Revenue", "revenue", "", "EUR").value == "–"
