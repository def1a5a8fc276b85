"""Segments: what is drawn of a finding, and that a saved one is in the cube what it was on the page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from cubes import catalogue
from cubes.analysis.customer_measures import MEASURES
from cubes.ask.answer import ask
from cubes.drill_through import rows_behind
from cubes.query import Cut, Query
from data.errors import BadRequest, WarehouseError
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse, current_version, remove_attribute, save_attribute, writing
from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.fitted_purchases import search
from mining.lifetime.purchase_histories import DistinctHistories, TimeUnit
from mining.segments.clustered_segments import clustered
from mining.segments.rfm_quintiles import GRID, rfm
from mining.segments.segment_sweep import sweep
from pages.discover.found_segments import FoundSegments, in_words
from pages.discover.mined_slice import explore_parameters, period_of
from pages.discover.save_segments import place
from pages.discover.segment_frames import (
    FEATURES,
    cautions,
    grid,
    indexes,
    members,
    rows,
    short,
    tiles,
)
from pages.explore.explore_view import parse_view
from pages.ui.cut_chips import within, without
from pages.ui.period_choices import default_comparison
from pages.ui.segment_figures import POINTS, segment_colours, segment_plane, sweep_figure
from pages.ui.style.formats import ABSENT, format_value
from pages.ui.style.theme import LIGHT
from tests.tiny import Line, tiny_warehouse

LAST = date(2011, 12, 31)


def lines() -> list[Line]:
    """Sixty customers, each rarer and later gone than the one before; one moved, one only returned, one is unknown."""
    made = [
        Line(
            day=LAST - timedelta(days=3 * at + 7 * visit),
            order=f"o{at}-{visit}",
            customer=f"C{at} 50%|/<b>",
            city="Paris" if at == 5 and visit else "Lille",
            revenue=str(1000 - 15 * at + visit),
            category=f"cat {(at + visit) % 5}",
        )
        for at in range(60)
        for visit in range(1 + (60 - at) // 6)
    ]
    returned = Line(order="r", customer="Sorry", units=-1, revenue="-5", is_return=True)
    return [*made, returned, Line(order="u", customer=UNKNOWN, revenue="77.70")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    tiny_warehouse(tmp_path / "w.duckdb", lines()).close()
    return tmp_path / "w.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Warehouse]:
    opened = Warehouse(path)
    yield opened
    opened.close()


def customers(store: Warehouse, *cuts: Cut) -> pl.DataFrame:
    frame = ask(store, Query(MEASURES, ("customer",), cuts=cuts)).frame.filter(
        pl.col("customer.id") != UNKNOWN
    )
    return frame.select(pl.col("customer.id").alias("customer"), pl.col("customer").alias("label"), *MEASURES)


@pytest.fixture
def found(store: Warehouse) -> FoundSegments:
    result = clustered(customers(store), LAST, 3)
    return FoundSegments(result.members, result.profiles, result.scatter, LAST, result.silhouette)


@pytest.fixture
def quintiles(store: Warehouse) -> FoundSegments:
    result = rfm(customers(store), LAST)
    return FoundSegments(result.members, result.profiles, result.scatter, LAST)


def saved(path: Path, finding: FoundSegments) -> dict[str, tuple[int, float]]:
    """Save a finding; customers and revenue of each segment, as the cube then answers."""
    values = dict(finding.members.select("customer", "segment").iter_rows())
    assert save_attribute(path, "customer", "segment", "Segment", values) == len(values)
    store = Warehouse(path)
    frame = ask(store, Query(("customers", "revenue"), ("segment",))).frame
    store.close()
    return {
        name: (n, round(money, 2))
        for name, n, money in frame.select("segment", "customers", "revenue").rows()
    }


def test_a_saved_segment_is_the_same_in_the_cube(path: Path, found: FoundSegments) -> None:
    wanted = {
        name: (n, round(money, 2))
        for name, n, money in found.profiles.select("segment", "customers", "revenue").rows()
    }
    assert saved(path, found) == {**wanted, UNKNOWN: (0, 77.7)}


def test_a_slice_leaves_the_others_unknown(path: Path, store: Warehouse) -> None:
    frame = customers(store, Cut("day", since="2011-12-01", until="2011-12-31"))
    result = rfm(frame, LAST)
    finding = FoundSegments(result.members, result.profiles, result.scatter, LAST)
    counts = {name: n for name, (n, _) in saved(path, finding).items()}
    assert counts.pop(UNKNOWN) == customers(store).height - frame.height
    assert counts == dict(finding.profiles.select("segment", "customers").rows())


def test_saving_again_replaces_and_removing_undoes(
    path: Path, found: FoundSegments, quintiles: FoundSegments
) -> None:
    before = Warehouse(path)
    saved(path, found)
    assert set(saved(path, quintiles)) == {*quintiles.names, UNKNOWN}
    assert before.rows("SELECT count(*) FROM attribute") == [(0,)], "an open snapshot stays as it was"
    remove_attribute(path, "segment")
    after = Warehouse(path)
    assert after.profile.attributes == ()
    assert after.rows("DESCRIBE customer") == before.rows("DESCRIBE customer")
    assert ask(after, Query(("revenue",), ("customer",))).frame.equals(
        ask(before, Query(("revenue",), ("customer",))).frame
    )
    with pytest.raises(BadRequest, match="No finding 'segment'"):
        remove_attribute(path, "segment")
    for each in (before, after):
        each.close()


@pytest.mark.parametrize(
    "name", ["country", "revenue", "customer", "select", "Segment", "a b", "x_code", "1a", ""]
)
def test_names_that_a_finding_cannot_have(path: Path, name: str) -> None:
    version = current_version(path)
    with pytest.raises(BadRequest, match="cannot be called"):
        save_attribute(path, "customer", name, "Label", {})
    assert current_version(path) == version


def test_what_cannot_be_saved_changes_nothing(path: Path, tmp_path: Path) -> None:
    version = current_version(path)
    with pytest.raises(BadRequest, match="1 of 2 members are not in the warehouse"):
        save_attribute(path, "customer", "segment", "Segment", {"Sorry": "a", "Nobody": "b"})
    with pytest.raises(BadRequest, match="cannot belong to 'custmer'"):
        save_attribute(path, "custmer", "segment", "Segment", {})
    assert current_version(path) == version
    with pytest.raises(WarehouseError, match="no warehouse"):
        save_attribute(tmp_path / "none.duckdb", "customer", "segment", "Segment", {})
    assert not (tmp_path / "none.duckdb").exists()


def test_the_firms_own_attribute_is_not_overwritten(path: Path) -> None:
    with writing(path) as connection:
        connection.execute("ALTER TABLE customer ADD COLUMN segment VARCHAR DEFAULT 'own'")
        connection.execute("INSERT INTO attribute VALUES ('segment', 'customer', 'Segment', 'superstore')")
    with pytest.raises(BadRequest, match="is an attribute of customer already"):
        save_attribute(path, "customer", "segment", "Segment", {"Sorry": "a"})
    with pytest.raises(BadRequest, match="No finding"):
        remove_attribute(path, "segment")
    store = Warehouse(path)
    assert (place(store.profile).name, place(store.profile).taken) == ("found_segment", False)
    save_attribute(path, "customer", "found_segment", "Found segment", {"Sorry": "a"})
    assert place(Warehouse(path).profile).taken


def test_values_are_data(path: Path) -> None:
    evil = "x'; DROP TABLE sale; -- <b>|/%"
    save_attribute(path, "customer", "segment", "Segment", {"Sorry": evil})
    store = Warehouse(path)
    frame = ask(store, Query(("revenue",), ("segment",))).frame.filter(pl.col("segment") == evil)
    assert frame["revenue"].to_list() == [-5.0]
    cut = Cut("segment", (frame["segment.id"][0],))
    assert ask(store, Query(("customers",), cuts=(cut,))).frame["customers"].to_list() == [1]
    store.close()


def test_tiles_rows_and_members_agree(found: FoundSegments, quintiles: FoundSegments) -> None:
    for finding in (found, quintiles):
        shown = {tile.id: tile for tile in tiles(finding, "EUR")}
        assert shown["customers"].value == "61"
        assert shown["customers"].note == "1 never bought"
        tints = segment_colours(finding.names, LIGHT, "No purchase")
        listed = rows(finding, tints, "EUR")
        assert [row.id for row in listed] == finding.names
        assert sum(row.customers_share for row in listed) == pytest.approx(1)
        for row in listed:
            assert f"{members(finding, row.id).height:,}" == row.customers
        assert members(finding)["revenue"].is_sorted(descending=True)
    assert "risk" in {tile.id for tile in tiles(quintiles, "EUR")}
    assert "silhouette" in {tile.id for tile in tiles(found, "EUR")}


def with_firsts(store: Warehouse) -> pl.DataFrame:
    return customers(store).join(rows_behind.first_purchases(store, Query()), on="customer", how="left")


def test_what_is_at_risk_is_expected_and_not_all_that_came(store: Warehouse) -> None:
    """Of fifty-four who came back; a loop over those called lapsed."""
    result = rfm(with_firsts(store), LAST)
    finding = FoundSegments(result.members, result.profiles, result.scatter, LAST)
    tile = next(each for each in tiles(finding, "EUR") if each.id == "risk")
    buyers = result.members.filter(pl.col("recency_days").is_not_null())
    repeats, age, silence = (
        buyers[name].to_numpy() for name in ("purchase_days", "age_days", "recency_days")
    )
    rows, row_of = DistinctHistories.counted(repeats - 1, age - silence, age, TimeUnit.DAYS)
    start = BgNbd.start(rows)
    model = start.with_logs(search(start, rows).logs)
    expected, history, whom = 0.0, 0.0, 0
    for at, row in enumerate(buyers.iter_rows(named=True)):
        if row["segment"] in ("At risk", "Cannot lose them"):
            times = model.expected(365.0, rows.take(row_of[at : at + 1]))[0]
            expected += times * max(row["revenue"], 0) / row["purchase_days"]
            history, whom = history + row["revenue"], whom + 1
    assert 0 < expected < history
    assert tile.value == format_value(expected, "money", "EUR", True)
    assert f"of {whom} customers" in tile.note


def test_too_few_who_came_back_are_told_instead_of_a_number(quintiles: FoundSegments) -> None:
    """Without first purchases no pace is known."""
    tile = next(each for each in tiles(quintiles, "EUR") if each.id == "risk")
    assert (tile.value, tile.note) == (ABSENT, "too few came back to expect anything")


def test_cautions_tell_what_to_know(store: Warehouse) -> None:
    def told(frame: pl.DataFrame) -> str:
        result = rfm(frame, LAST)
        return " ".join(cautions(FoundSegments(result.members, result.profiles, result.scatter, LAST)))

    frame = with_firsts(store)
    assert "the usual time between two purchases here" in told(frame)
    assert "bought once" not in told(frame)
    once = frame.with_columns(
        purchase_days=pl.lit(1), first_purchase="last_purchase", revenue=pl.lit(5.0)
    )  # fmt: skip
    assert "60 of 60 buyers bought once" in told(once)
    assert "alike in purchase days and revenue" in told(once)
    assert "Nobody came back: too few" in told(once)


def test_the_grid_holds_every_buyer_in_its_segment(quintiles: FoundSegments) -> None:
    cells = grid(quintiles)
    assert cells.height == 25
    assert cells["value"].sum() == 60
    counts: dict[str, float] = {}
    for row in cells.iter_rows(named=True):
        name = GRID[int(row["row_id"]), int(row["column_id"])]
        counts[name] = counts.get(name, 0) + (row["value"] or 0)
    bought = quintiles.profiles.filter(pl.col("segment") != "No purchase")
    assert {name: n for name, n in counts.items() if n} == dict(bought.select("segment", "customers").rows())


def test_indexes_are_of_buyers_and_bounded_in_colour(found: FoundSegments) -> None:
    frame = indexes(found)
    assert "No purchase" not in frame["row_id"].to_list()
    assert frame["value"].max() <= 300
    assert set(frame["column_label"]) <= set(FEATURES.values())


def test_words() -> None:
    assert short("Lapsed occasional small spenders, many returns").endswith("many returns")
    assert short("Loyal") == "Loyal"
    assert [in_words(each) for each in (0.8, 0.6, 0.3, 0.1, -0.2)] == [
        "groups far apart",
        "groups apart",
        "groups that touch",
        "hardly any groups",
        "hardly any groups",
    ]


def test_the_plane_draws_each_segment_once_and_names_are_text(found: FoundSegments) -> None:
    tints = segment_colours(found.names, LIGHT, "No purchase")
    figure = segment_plane(found.scatter.points, tints, LIGHT, chosen=found.names[0])
    assert [trace.customdata[0][0] for trace in figure.data] == found.names[:3]
    assert all("<b>" not in str(point[1]) for trace in figure.data for point in trace.customdata)
    assert figure.data[1].marker.opacity < figure.data[0].marker.opacity
    many = pl.DataFrame({"x": range(9000), "y": range(9000)}).select(
        pl.lit("c").alias("label"), pl.lit("a").alias("segment"), pl.all().cast(pl.Float64)
    )
    assert len(segment_plane(many, {"a": "#000000"}, LIGHT).data[0].x) == POINTS


def test_the_sweep_draws_every_customer_of_every_k(store: Warehouse) -> None:
    swept = sweep(customers(store), LAST, range(2, 5))
    figure = sweep_figure(swept.frame, LIGHT, suggested=swept.suggested_k, chosen=3)
    heights: dict[int, float] = {}
    for trace in (each for each in figure.data if each.type == "bar"):
        for k, share in zip(trace.x, trace.y, strict=True):
            heights[k] = heights.get(k, 0) + share
    assert heights == {k: pytest.approx(1) for k in (2, 3, 4)}
    assert [point[0] for point in figure.data[0].customdata] == ["2", "3", "4"]
    assert list(figure.data[0].y) == swept.frame["shuffled_silhouette"].to_list()


def test_cuts_and_the_way_to_explore(store: Warehouse) -> None:
    cube, profile = catalogue.load("sales", store.profile), store.profile
    italy, year = Cut("country", ("France",)), Cut("year", ("2011",))
    assert without(within((italy,), year), "country") == (year,)
    assert period_of((), profile) == "All time"
    assert period_of((italy,), profile) == "All time"
    assert period_of((year,), profile) == ""
    view = parse_view(explore_parameters((italy, year), cube, profile))
    assert view.query.cuts == (italy, year)
    assert view.query.compare is default_comparison(profile, view.query.cuts)
    plain = parse_view(explore_parameters((italy,), cube, profile, ("product",), ("month",)))
    assert (plain.query.rows, plain.query.columns, plain.query.compare) == (("product",), ("month",), None)
