"""Segments beyond one run: names that a person gave and that go on, recipes that assign others, trust told in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from cubes.analysis.audience_customers import audience_customers
from cubes.analysis.audience_question import known_customers, of
from cubes.query import Cut
from data.model.segmentation import Segmentation
from data.store.segment_flow import standing
from mining.segments.cluster_stability import Stability
from mining.segments.segment_drift import drift
from mining.segments.threshold_segments import Thresholds
from pages.discover import found_segments as findings
from pages.discover import segment_trust as trust
from pages.discover.found_segments import FoundSegments, formed_by
from pages.discover.found_stability import asked_stability
from pages.discover.save_segments import place, save
from pages.discover.saved_segments import drift_words
from pages.discover.segment_frames import cautions, rows, tiles
from pages.discover.segment_recipe import recipe_in, recipe_of
from pages.discover.segments_view import Grouping, Method
from pages.ui import session
from pages.ui.segment_figures import segment_colours
from pages.ui.segment_flow_figure import segment_flow
from pages.ui.style.theme import LIGHT
from tests.tiny import Line, tiny_warehouse

LAST = date(2025, 6, 30)
KMEANS = Grouping(method=Method.KMEANS, k=2)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Fifteen who buy often and much, fifteen rarely and little."""
    lines = [
        Line(
            day=LAST - timedelta(days=10 * visit + at + (at > 14) * 200),
            order=f"o{at}-{visit}",
            customer=f"C{at:02}",
            revenue=str(900 + at if at < 15 else 30 + at),
            category=f"cat {visit % 3}",
        )
        for at in range(30)
        for visit in range(7 if at < 15 else 1 + at % 2)
    ]
    found = tmp_path / "w.duckdb"
    tiny_warehouse(found, lines).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(found))
    monkeypatch.setattr(session._run, "warehouse", None, raising=False)
    return found


def found_of(grouping: Grouping) -> FoundSegments:
    session.renewed()
    told = findings.customers(grouping.cuts, grouping.wanted)
    return findings.found(grouping, told, LAST)


def test_a_name_that_a_person_gave_goes_on_in_the_next_run(path: Path) -> None:
    best = found_of(KMEANS).names[0]
    named = KMEANS.called(best, "Stars", "Who carry us")
    first = found_of(named)
    assert first.names[0] == "Stars"
    assert first.clusters is not None
    assert "Stars" in first.clusters.names
    save(named, first)
    again = found_of(KMEANS)
    assert again.names[0] == best, "found under its own name"
    assert "2 names of before went on" in save(KMEANS, again)
    session.renewed()
    kept = standing(session.warehouse(), place(session.warehouse().profile).name, LAST)
    assert dict(kept["segment"].value_counts().iter_rows())["Stars"] == 15
    stars = known_customers(Cut(place(session.warehouse().profile).name, ("Stars",)))
    assert len(audience_customers(session.warehouse(), of(stars))) == 15


def test_a_name_that_died_is_told(path: Path) -> None:
    five = replace(KMEANS, k=5)
    save(five, found_of(five))
    said = save(KMEANS, found_of(KMEANS))
    assert "No segment shares half of its customers with" in said


@pytest.mark.parametrize(
    "grouping",
    [
        KMEANS,
        replace(KMEANS, method=Method.MIXTURE),
        Grouping(method=Method.THRESHOLDS, thresholds=(Thresholds("revenue", (500.0,)),)),
    ],
)
def test_a_recipe_assigns_everybody_as_they_were_found(path: Path, grouping: Grouping) -> None:
    finding = found_of(grouping)
    recipe = recipe_in(Segmentation(LAST, "", "", recipe_of(grouping, finding)))
    assert recipe is not None
    assert recipe.wanted == grouping.wanted
    told = formed_by(recipe.rule, findings.customers_by(recipe.cuts, LAST, recipe.wanted), LAST)
    assert told.equals(finding.members.select("customer", "segment").sort("customer"))
    ids = [tile.id for tile in tiles(finding, "EUR")]
    assert ids == ["customers", "segments", "best", *(["silhouette"] if finding.clusters else [])]


@pytest.mark.parametrize(
    "text", ["", "{}", "not json", '{"method": "kmeans", "where": [], "points": [[1]]}', "[]"]
)
def test_a_recipe_of_an_earlier_release_assigns_nobody(text: str) -> None:
    assert recipe_in(Segmentation(LAST, "", "", text)) is None


def test_a_name_that_another_bears_is_not_given(path: Path) -> None:
    finding = found_of(KMEANS)
    first, second = finding.names
    assert finding.called(((first, second),)).names == [first, second]
    assert finding.called(((first, "A"), (second, "A"))).names == [first, second]


def test_trust_is_a_shape_a_word_and_a_number(path: Path) -> None:
    finding = found_of(KMEANS)
    frame = pl.DataFrame({"segment": finding.names, "jaccard": [0.99, 0.6], "low": [0.97, 0.5], "high": [1.0, 0.7],
                          "verdict": ["stable", "as if shuffled"]})  # fmt: skip
    told = Stability(frame, 0.8, 2_000, 20_000, 100, 20)
    listed = rows(finding, segment_colours(finding.names, LIGHT), "EUR")
    badges = [(row.badge, row.badge_kind) for row in trust.badged(listed, told, {})]
    assert badges == [("stable 0.99", "good"), ("as if shuffled 0.60", "poor")]
    unseen = replace(told, frame=frame.with_columns(jaccard=pl.Series([0.99, None])))
    assert [row.badge for row in trust.badged(listed, unseen, {})] == ["stable 0.99", ""]
    assert "Stable: 1 of 2 segments" in trust.stability_words(told)
    assert "2,000 of 20,000 buyers" in trust.stability_words(told)
    assert len(trust.main_rules(finding)) == 2
    assert "had not seen" in trust.tree_words(finding.explanation) if finding.explanation else False
    one = found_of(replace(KMEANS, features=("revenue",)))
    assert any("no segment can be told from chance" in said for said in cautions(one))


def test_stability_is_of_the_segments_under_the_names_they_were_found_with(path: Path) -> None:
    finding = found_of(KMEANS)
    found = asked_stability(KMEANS, finding, LAST).found()
    assert set(found.frame["segment"]) == set(finding.names)


def test_ribbons_hold_everybody_and_drift_is_told() -> None:
    moved = pl.DataFrame({"before": ["a", "a", "b"], "after": ["a", "b", "b"], "members": [5, 2, 3]})
    ribbons = segment_flow(moved, {"a": "#102030", "b": "#405060"}, LIGHT).data[0]
    assert sum(ribbons.link.value) == 10
    assert list(ribbons.node.label) == ["a", "b", "a", "b"]
    before = pl.DataFrame({"customer": [1, 2, 3], "segment": ["a", "a", "b"], "revenue": [1.0, 5.0, 9.0]})
    after = before.with_columns(segment=pl.Series(["b", "a", "b"]))
    said = drift_words(drift(before, after, ["revenue"]))
    assert said.startswith("1 of 3 customers")
    assert "Of them 1 (100%) moved though no feature" in said
