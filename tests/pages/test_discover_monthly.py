"""Segments formed anew at each month's end: a later purchase never changes an earlier month's."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from cubes import catalogue
from cubes.analysis.customer_measures import MEASURES
from cubes.analysis.explain_change import why
from cubes.ask.answer import ask
from cubes.catalogue import segment_formation
from cubes.query import NOW, Comparison, Cut, Query
from data.model.canonical_tables import UNKNOWN
from data.model.segmentation import NOT_YET
from data.store.segment_flow import sizes
from data.store.warehouse import Segmentation, Warehouse, save_attribute, save_history
from mining.segments.clustered_segments import clustered, nearest
from mining.segments.rfm_quintiles import rfm
from pages.discover.found_segments import FoundSegments, form_again
from pages.discover.monthly_segments import formed_anew, month_ends
from pages.discover.segment_course import brought, by_day, opened_first, sized, too_few
from pages.discover.segment_frames import moves, transitions
from tests.tiny import Line, tiny_warehouse

FIRST, LAST = date(2023, 1, 10), date(2024, 6, 20)
Formings = list[tuple[date, Mapping[str, str]]]


def lines() -> list[Line]:
    """Forty customers who buy by chance alone: whoever bought much lately is chosen afterwards."""
    dice = random.Random(4)
    return [
        Line(
            day=FIRST + timedelta(days=dice.randrange((LAST - FIRST).days + 1)),
            order=f"o{at}",
            customer=f"C{dice.randrange(40):02}",
            category=dice.choice("abc"),
            revenue=str(dice.randint(1, 99)),
        )
        for at in range(400)
    ]


def warehouse(folder: Path, sold: list[Line], name: str = "w") -> Warehouse:
    return tiny_warehouse(folder / f"{name}.duckdb", sold)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Warehouse]:
    opened = warehouse(tmp_path, lines())
    yield opened
    opened.close()


def customers(store: Warehouse, until: date = LAST) -> pl.DataFrame:
    cut = Cut("day", until=until.isoformat())
    frame = ask(store, Query(MEASURES, ("customer",), cuts=(cut,))).frame.filter(
        pl.col("customer.id") != UNKNOWN
    )
    return frame.select(pl.col("customer.id").alias("customer"), pl.col("customer").alias("label"), *MEASURES)


def by_kmeans(store: Warehouse) -> FoundSegments:
    found = clustered(customers(store), LAST, 3)
    return FoundSegments(found.members, found.profiles, found.scatter, LAST, found.silhouette, found.rule)


def by_rfm(store: Warehouse) -> FoundSegments:
    found = rfm(customers(store), LAST)
    return FoundSegments(found.members, found.profiles, found.scatter, LAST)


def monthly(store: Warehouse, finding: FoundSegments) -> Formings:
    days = [*month_ends(FIRST, LAST), LAST]
    form = form_again(finding)
    return list(formed_anew(days, lambda day: customers(store, day), form, lambda _share, _words: None))


def told(day: date) -> Segmentation:
    return Segmentation(day, "RFM quintiles", "of all customers")


def test_the_ends_of_months() -> None:
    days = month_ends(date(2023, 11, 30), date(2024, 2, 29))
    assert days == [date(2023, 11, 30), date(2023, 12, 31), date(2024, 1, 31)]
    assert month_ends(FIRST, date(2023, 1, 31)) == []


@pytest.mark.parametrize("way", [by_rfm, by_kmeans])
def test_a_later_purchase_changes_no_earlier_month(tmp_path: Path, store: Warehouse, way: object) -> None:
    finding = way(store)  # type: ignore[operator]
    every = monthly(store, finding)
    for day, members in every[2::5]:
        alone = warehouse(tmp_path, [line for line in lines() if line.day <= day], f"until {day}")
        assert form_again(finding)(customers(alone), day) == members
        alone.close()


def test_each_sale_reads_the_group_formed_by_hand_at_the_end_of_the_month_before(store: Warehouse) -> None:
    finding = by_rfm(store)
    save_history(
        store.path, "customer", "segment", "Segment", [(told(d), m) for d, m in monthly(store, finding)]
    )
    wanted: dict[tuple[str, str], float] = {}
    sold = lines()
    for line in sold:
        end = line.day.replace(day=1) - timedelta(days=1)
        known = pl.DataFrame([(e.customer, e.day, e.order, float(e.revenue), e.category) for e in sold if e.day <= end],
                             schema=["customer", "day", "order", "revenue", "category"], orient="row")  # fmt: skip
        name = NOT_YET if end < FIRST else segment_by_hand(known, end).get(line.customer, UNKNOWN)
        month = f"{line.day:%Y-%m}"
        wanted[name, month] = wanted.get((name, month), 0) + float(line.revenue)
    after = Warehouse(store.path)
    frame = ask(after, Query(("revenue",), ("segment", "month"))).frame
    assert {
        (name, month): money for name, month, money in frame.select("segment", "month", "revenue").rows()
    } == wanted
    after.close()


def segment_by_hand(known: pl.DataFrame, end: date) -> dict[str, str]:
    """The groups of one month out of plain lines."""
    frame = known.group_by("customer").agg(
        label=pl.first("customer"),
        last_purchase=pl.col("day").max(),
        purchase_days=pl.col("day").n_unique(),
        revenue=pl.col("revenue").sum(),
        categories=pl.col("category").n_unique(),
        return_rate=pl.lit(0.0),
    )
    return dict(rfm(frame, end).members.select("customer", "segment").iter_rows())


def test_centres_give_their_own_customers_their_own_segments(store: Warehouse) -> None:
    found = clustered(customers(store), LAST, 3)
    again = nearest(customers(store), LAST, found.rule)
    assert again.rows() == found.members.select("customer", "segment").rows()


def growth(store: Warehouse, as_of: str = "") -> dict[str, tuple[float, float]]:
    """Revenue of each segment in the first and the last half year."""
    halves = ("2023-01-01..2023-06-30", "2024-01-01..2024-06-30")
    found: dict[str, list[float]] = {}
    for at, half in enumerate(halves):
        since, until = half.split("..")
        query = Query(("revenue",), ("segment",), cuts=(Cut("day", since=since, until=until),), as_of=as_of)
        for name, money in ask(store, query).frame.select("segment", "revenue").rows():
            found.setdefault(name, [0.0, 0.0])[at] = money
    return {name: (one, other) for name, (one, other) in found.items()}


def test_champions_who_were_chosen_afterwards_do_not_grow(store: Warehouse) -> None:
    """Everybody buys by chance; who is called a champion at the end bought more at the end."""
    finding = by_rfm(store)
    values = dict(finding.members.select("customer", "segment").iter_rows())
    save_attribute(store.path, "customer", "segment", "Segment", values, told(LAST))
    after = Warehouse(store.path)
    then, now = growth(after, NOW)["Champions"]
    assert now > 1.3 * then, "the planted circularity: described as of today, champions grow"
    assert set(growth(after)) == {NOT_YET}
    question = Query(("revenue",), cuts=(Cut("month", ("2024-03",)),), compare=Comparison.YEAR, as_of=NOW)
    cube = catalogue.load("sales", after.profile)
    search = lambda **more: why(lambda query: ask(after, query), cube, after.profile, question, **more)  # noqa: E731
    assert "segment" not in search().levels
    assert not [each for each in search().findings if each.level == "segment"]
    assert "segment" in search(mined=True).levels
    after.close()


def test_wherever_it_is_used_it_says_when_it_was_formed(store: Warehouse) -> None:
    save_attribute(store.path, "customer", "segment", "Segment", {"C01": "a"}, told(LAST))
    save_attribute(store.path, "customer", "older", "Older", {"C01": "a"})
    after = Warehouse(store.path)
    cube = catalogue.load("sales", after.profile)
    assert cube.level("segment").label == "Segment, formed 2024-06-20"
    assert cube.level("older").label == "Older, formed on an unknown day"
    query = Query(("revenue",), ("segment",))
    sentence = (
        "Segment was formed on 2024-06-20 by RFM quintiles, of all customers."
        " Up to 2024-06-20 it reads (not yet formed)."
    )
    assert ask(after, query).notes == (sentence,)
    assert ask(after, replace(query, as_of=NOW)).notes == (sentence, segment_formation.HINDSIGHT)
    assert "unknown day" in ask(after, Query(("revenue",), cuts=(Cut("older", ("a",)),))).notes[0]
    frame = segment_formation.dated(ask(after, query).frame, cube, query)
    assert frame["segment_formed"].unique().to_list() == [sentence]
    after.close()


def test_the_course_is_the_formings_and_the_sales_between_them(store: Warehouse) -> None:
    every = monthly(store, by_rfm(store))[:-4]  # the data go on beyond the last forming
    save_history(
        store.path, "customer", "segment", "Segment", [(told(day), members) for day, members in every]
    )
    after = Warehouse(store.path)
    names = {name for _, members in every for name in members.values()}
    wanted = [(name, day, float(sum(own == name for own in members.values())))
              for name in sorted(names) for day, members in every]  # fmt: skip
    assert sized(sizes(after, "segment")).select("id", "period", "value").rows() == wanted
    money: dict[tuple[str, date], float] = {}
    for line in lines():
        formed = [(day, members) for day, members in every if day < line.day]
        if formed and line.customer in formed[-1][1]:
            where = (formed[-1][1][line.customer], formed[-1][0])
            money[where] = money.get(where, 0) + float(line.revenue)
    found = brought(by_day("segment", partial(ask, after)), [day for day, _ in every])
    points = found.select("id", "period", "value").rows()
    assert {(name, day): value for name, day, value in points if value} == money
    assert len(points) == found["id"].n_unique() * len(every)
    assert set(found.filter("partial")["period"]) == {every[-1][0]}
    assert opened_first(found, "Loyal")["id"][0] == "Loyal"
    after.close()


def test_where_one_day_is_saved_it_is_said_what_to_do() -> None:
    assert too_few([LAST]).startswith("Saved once, as of 20 Jun 2024: “Save month by month”")
    assert too_few([]).startswith("No segments are saved with their day yet")


def test_transitions_are_a_square_of_all_moves() -> None:
    moved = pl.DataFrame(
        [("At risk", "Champions", 2), ("Champions", "Champions", 6), (UNKNOWN, "At risk", 1)],
        schema=["before", "after", "members"],
        orient="row",
    )
    cells = transitions(moved)
    assert cells.row(0, named=True)["row_label"] == "1 Champions"
    assert cells["column_label"].unique(maintain_order=True).to_list() == ["1", "2"]
    assert cells["row_id"].unique(maintain_order=True).to_list() == ["Champions", "At risk", UNKNOWN]
    assert cells.height == 6
    assert cells["value"].sum() == 9
    assert moves(moved).rows() == [
        ("Champions", "Champions", 6, 1.0), ("At risk", "Champions", 2, 1.0), (UNKNOWN, "At risk", 1, 1.0)
    ]  # fmt: skip
