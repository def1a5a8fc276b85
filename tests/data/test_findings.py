"""Saved segments stand from the close of the day on which they were formed; what came before does not read them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cubes.ask.answer import ask
from cubes.query import Cut, Query
from data.errors import BadRequest, ChangedMeanwhile
from data.load import Mapping as Mapped
from data.load import load
from data.model.canonical_tables import UNKNOWN
from data.model.segmentation import NOT_YET
from data.privacy.rights import forget
from data.quality.integrity import examine
from data.review.identity_decisions import decide
from data.store.segment_flow import flow
from data.store.warehouse import (
    Segmentation,
    Warehouse,
    remove_attribute,
    save_attribute,
    save_history,
    writing,
)
from tests.made_once import folder_once
from tests.tiny import Line, tiny_warehouse

YEAR = date(2024, 1, 1)
DAY = date(2024, 6, 30)


def formed(day: date) -> Segmentation:
    return Segmentation(day, "RFM quintiles", "of all customers")


def by_segment(path: Path, as_of: str = "", *levels: str) -> dict[Any, float]:
    store = Warehouse(path)
    try:
        frame = ask(store, Query(("revenue",), ("segment", *levels), as_of=as_of)).frame
        keys = frame.select("segment", *levels).rows() if levels else frame["segment"].to_list()
        return dict(zip(keys, frame["revenue"].to_list(), strict=True))
    finally:
        store.close()


def is_sound(path: Path, but: tuple[str, ...] = ()) -> None:
    store = Warehouse(path)
    assert not [each.name for each in examine(store) if not each.is_sound and each.name not in but]
    store.close()


# What is made without the loader has no batches, and rows without a customer of several places.
TINY = (
    "each row of sale belongs to a batch",
    *(
        f"each row of {fact} names its customer as its source does"
        for fact in ("sale", "purchase", "kept_customer")
    ),
    "versions of customer do not overlap",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Ann, who moves house, Bob, and somebody; a sale each on the day before, the day itself and the day after."""
    lines = [
        Line(
            day=DAY + timedelta(days=after),
            order=f"{who}{after}",
            customer=who,
            revenue=str(10**at),
            city=city,
        )
        for at, who in enumerate(("Ann", "Bob", UNKNOWN))
        for after, city in ((-1, "Lille"), (0, "Paris"), (1, "Paris" if who == "Ann" else "Lille"))
    ]
    tiny_warehouse(tmp_path / "w.duckdb", lines).close()
    return tmp_path / "w.duckdb"


def test_sales_up_to_the_day_read_not_yet_formed(path: Path) -> None:
    save_attribute(path, "customer", "segment", "Segment", {"Ann": "Gold"}, formed(DAY))
    assert by_segment(path) == {NOT_YET: 22, "Gold": 1, UNKNOWN: 310}
    assert by_segment(path, "", "city")[("Gold", "Paris")] == 1
    is_sound(path, TINY)


@pytest.mark.parametrize(
    ("as_of", "found"),
    [
        ("2024-06-29", {NOT_YET: 33, UNKNOWN: 300}),
        ("2024-06-30", {"Gold": 3, UNKNOWN: 330}),
        ("now", {"Gold": 3, UNKNOWN: 330}),
    ],
)
def test_as_of_a_day_reads_what_was_formed_by_its_end(
    path: Path, as_of: str, found: dict[str, float]
) -> None:
    save_attribute(path, "customer", "segment", "Segment", {"Ann": "Gold"}, formed(DAY))
    assert by_segment(path, as_of) == found


def test_formed_on_an_unknown_day_it_stands_for_all_time(path: Path) -> None:
    save_attribute(path, "customer", "segment", "Segment", {"Ann": "Gold"})
    assert by_segment(path) == {"Gold": 3, UNKNOWN: 330}
    with writing(path) as connection:
        connection.execute("DROP TABLE IF EXISTS segmentation")  # as an earlier release left it
    store = Warehouse(path)
    assert [each.segmentations for each in store.profile.attributes] == [()]
    store.close()
    save_attribute(path, "customer", "segment", "Segment", {"Ann": "Gold"}, formed(DAY))
    assert by_segment(path)[NOT_YET] == 22


def test_saved_again_it_keeps_what_it_was(path: Path) -> None:
    save_attribute(path, "customer", "segment", "Segment", {"Ann": "Gold"}, formed(DAY - timedelta(days=1)))
    save_attribute(path, "customer", "segment", "Segment", {"Ann": "Lead", "Bob": "Lead"}, formed(DAY))
    assert by_segment(path) == {NOT_YET: 11, "Gold": 1, UNKNOWN: 310, "Lead": 11}
    store = Warehouse(path)
    assert [each.formed_on for each in store.profile.attributes[0].segmentations] == [
        DAY - timedelta(days=1),
        DAY,
    ]
    store.close()
    save_attribute(path, "customer", "segment", "Segment", {"Bob": "New"}, formed(DAY - timedelta(days=1)))
    assert by_segment(path) == {NOT_YET: 11, "New": 20, UNKNOWN: 302}
    is_sound(path, TINY)


def test_removed_it_leaves_no_trace(path: Path) -> None:
    described = (
        "SELECT customer_code, city, valid_from, valid_to, count(*) FROM customer GROUP BY ALL ORDER BY ALL"
    )
    before = Warehouse(path)
    save_history(
        path, "customer", "segment", "Segment", [(formed(DAY), {"Ann": "a"}), (formed(YEAR), {"Bob": "b"})]
    )
    save_attribute(path, "customer", "other", "Other", {"Ann": "x"}, formed(DAY))
    remove_attribute(path, "segment")
    remove_attribute(path, "other")
    after = Warehouse(path)
    assert after.rows(described) == before.rows(described)
    assert after.rows("SELECT count(*) FROM segmentation") == [(0,)]
    assert not after.profile.has_history
    is_sound(path, TINY)
    for each in (before, after):
        each.close()


@pytest.mark.parametrize("seed", range(2))
def test_each_sale_reads_what_was_formed_last_before_it(tmp_path: Path, seed: int) -> None:
    """Two findings of random days over members of random words, against loops over lines."""
    dice = random.Random(seed)
    who = [f"C{at}" for at in range(6)]
    lines = [
        Line(
            day=YEAR + timedelta(days=dice.randrange(120)),
            order=f"o{at}",
            customer=dice.choice(who),
            city=dice.choice(("Lille", "Paris", "Rome")),
            revenue=str(at),
        )
        for at in range(80)
    ]
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, lines).close()
    told: dict[str, dict[date, Mapping[str, str]]] = {"one": {}, "two": {}}
    known = {line.customer for line in lines}
    for _ in range(4):
        name = dice.choice(("one", "two"))
        days = sorted({YEAR + timedelta(days=dice.randrange(120)) for _ in range(dice.randint(1, 4))})
        formings = {
            day: {id: dice.choice("abc") for id in sorted(known) if dice.random() < 0.8} for day in days
        }
        save_history(
            path, "customer", name, name, [(formed(day), values) for day, values in formings.items()]
        )
        told[name] = {day: values for day, values in told[name].items() if day < days[0]} | formings
    store = Warehouse(path)
    for name in (each.name for each in store.profile.attributes):
        wanted: dict[tuple[str, str], float] = {}
        for line in lines:
            earlier = [day for day in told[name] if day < line.day]
            value = told[name][max(earlier)].get(line.customer, UNKNOWN) if earlier else NOT_YET
            wanted[value, line.city] = wanted.get((value, line.city), 0) + float(line.revenue)
        frame = ask(store, Query(("revenue",), (name, "city"))).frame
        assert {
            (value, city): money for value, city, money in frame.select(name, "city", "revenue").rows()
        } == wanted
    store.close()
    is_sound(path, TINY)


def test_who_moved_between_two_days(path: Path) -> None:
    later = DAY + timedelta(days=9)
    formings = [(formed(DAY), {"Ann": "a"}), (formed(later), {"Ann": "b", "Bob": "b"})]
    save_history(path, "customer", "segment", "Segment", formings)
    store = Warehouse(path)
    assert flow(store, "segment", DAY, later).rows() == [(UNKNOWN, "b", 1), ("a", "b", 1)]
    assert flow(store, "segment", DAY, DAY).rows() == [("a", "a", 1)]
    with pytest.raises(BadRequest, match="No finding 'city'"):
        flow(store, "city", DAY, later)
    store.close()


PEOPLE = """source = "erp"
[customers]
file = "{file}"
changes = "full"
as_of = "people %Y-%m-%d"
[customers.columns]
customer = "id"
customer_name = "name"
city = "city"
"""
LINES = """source = "erp"
[order_lines]
file = "{file}"
[order_lines.columns]
date = "day"
customer = "id"
revenue = "amount"
city = "city"
"""


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    """Three customers of a list that changes and loses one, and lines of which one says another city."""
    return folder_once(tmp_path, told_and_sold) / "w.duckdb"


def told_and_sold(folder: Path) -> None:
    tell(folder, "2024-02-01", "1,Ann,Lille", "2,Bob,Rome", "3,Cid,Rome")
    tell(folder, "2024-05-01", "1,Ann,Paris", "2,Bob,Rome")
    sell(
        folder,
        "2024-01-05,1,1,",
        "2024-04-01,1,2,",
        "2024-06-01,1,4,Nice",
        "2024-03-01,3,8,",
        "2024-07-01,3,16,",
    )


def tell(folder: Path, as_of: str, *rows: str) -> None:
    (folder / f"people {as_of}.csv").write_text("\n".join(["id,name,city", *rows]))
    load(Mapped.from_text(PEOPLE.format(file=f"people {as_of}.csv"), folder), folder / "w.duckdb")


def sell(folder: Path, *rows: str) -> None:
    (folder / "lines.csv").write_text("\n".join(["day,id,amount,city", *rows]))
    load(Mapped.from_text(LINES.format(file="lines.csv"), folder), folder / "w.duckdb")


def test_what_is_loaded_later_reads_what_was_formed_before_it(firm: Path) -> None:
    formings = [
        (formed(date(2024, 3, 31)), {"1": "a", "3": "a"}),
        (formed(date(2024, 6, 30)), {"1": "b", "3": "c"}),
    ]
    save_history(firm, "customer", "segment", "Segment", formings)
    assert by_segment(firm) == {NOT_YET: 9, "a": 6, "c": 16}
    assert by_segment(firm, "", "city")[("a", "Nice")] == 4
    tell(firm.parent, "2024-04-15", "1,Ann,Lyon", "2,Bob,Rome", "4,Dan,Rome")
    sell(
        firm.parent,
        "2024-01-09,1,100,Nice",
        "2024-04-20,1,200,",
        "2024-08-01,1,400,Nice",
        "2024-05-05,4,800,",
    )
    assert by_segment(firm) == {NOT_YET: 109, "a": 206, "c": 16, "b": 400, UNKNOWN: 800}
    assert by_segment(firm, "now")["b"] == 1 + 2 + 4 + 700
    is_sound(firm)


def test_whoever_turns_out_to_be_one_customer_has_one_history(firm: Path) -> None:
    save_attribute(firm, "customer", "segment", "Segment", {"3": "a"}, formed(date(2024, 3, 31)))
    store = Warehouse(firm)
    keys = dict(store.rows("SELECT id, identity_key FROM customer_identity"))
    store.close()
    decide(firm, keys["2"], keys["3"], "together", "me")
    assert by_segment(firm) == {NOT_YET: 9, "a": 16, UNKNOWN: 6}
    assert Warehouse(firm).profile.customers == 2
    is_sound(firm)
    decide(firm, keys["2"], keys["3"], "apart", "me")
    assert by_segment(firm) == {NOT_YET: 9, "a": 16, UNKNOWN: 6}
    is_sound(firm)


def test_an_erased_customer_is_named_by_no_segment(firm: Path) -> None:
    told = Segmentation(date(2024, 3, 31), "RFM quintiles", "of customers within Customer: Ann")
    save_attribute(firm, "customer", "segment", "Segment", {"1": "Ann alone", "3": "rest"}, told)
    before = by_segment(firm)
    report = forget(firm, "1")
    store = Warehouse(firm)
    assert store.rows("SELECT count(*) FROM segmentation WHERE contains(frame, 'Ann')") == [(0,)]
    assert store.rows("SELECT count(*) FROM customer WHERE contains(segment, 'Ann')") == [(0,)]
    store.close()
    assert sorted(by_segment(firm).values()) == sorted(before.values()), report
    is_sound(firm)


def test_a_cut_to_what_was_not_yet_formed(path: Path) -> None:
    save_attribute(path, "customer", "segment", "Segment", {"Ann": "Gold"}, formed(DAY))
    store = Warehouse(path)
    found = ask(store, Query(("revenue", "customers"), cuts=(Cut("segment", (NOT_YET,)),))).frame
    assert found.select("revenue", "customers").row(0) == (22, 2)
    store.close()


def test_what_another_saved_meanwhile_is_not_replaced_unseen(path: Path) -> None:
    mine, theirs = formed(DAY), Segmentation(DAY, "K-means", "of all customers")
    save_attribute(path, "customer", "segment", "Segment", {"Ann": "A"}, theirs, standing_on=())
    with pytest.raises(ChangedMeanwhile, match="saved segment otherwise meanwhile: K-means") as refused:
        save_attribute(path, "customer", "segment", "Segment", {"Ann": "B"}, mine, standing_on=())
    with pytest.raises(ChangedMeanwhile, match="Yours is to remove it"):
        remove_attribute(path, "segment", ())
    save_attribute(path, "customer", "segment", "Segment", {"Ann": "B"}, mine, refused.value.standing_on)
    remove_attribute(path, "segment", (mine,))
