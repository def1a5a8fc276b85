"""What service is told from: contacts of known customers and their purchases, within cuts and policies."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cubes.analysis.service_events import bought_by_member, service_events, subject_counts
from cubes.query import Query, parse_cut
from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.errors import BadRequest, NotAllowed
from data.model.calendar import day_key
from data.store.warehouse import Warehouse
from tests.insight_firm import LAST, day, insight_firm
from tests.tiny import Line, tiny_warehouse


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return insight_firm(tmp_path_factory.mktemp("firm") / "w.duckdb")


def asked(*cuts: str) -> Query:
    return Query(cuts=tuple(map(parse_cut, cuts)))


def kinds(contacts: pl.DataFrame) -> dict[str, int]:
    return dict(contacts.group_by("kind").len().iter_rows())


def test_contacts_are_what_a_person_serves(firm: Warehouse) -> None:
    found = service_events(firm, asked())
    assert kinds(found.contacts) == {"call": 48, "visit": 1, "letter": 1, "case": 1}
    assert found.unknown == 1
    assert found.span == (day(20), day(LAST))
    assert found.contacts.filter("outgoing")["kind"].to_list() == ["visit"]
    assert found.reopenings.rows() == [
        (found.contacts.filter(kind="case")["customer"][0], day_key(day(LAST)))
    ]
    assert found.purchases["margin"].sum() == pytest.approx(
        8 * (found.purchases.height - 1) + 10 - 12, abs=20
    )
    assert set(found.contacts["channel"]) == {"Call", "Visit", "Letter", "Case"}  # where no channel is told


def test_cuts_on_time_and_customers_choose(firm: Warehouse) -> None:
    within = service_events(firm, asked(f"day={day(400)}..{day(499)}", "country=Italy"))
    assert kinds(within.within) == {"call": 12}
    assert kinds(within.contacts) == {"call": 12}  # the letter came more than a year before
    assert within.unknown == 0  # nobody who is unknown is Italian
    other = service_events(firm, asked("country!=Italy"))
    assert kinds(other.contacts)["call"] == 36


def test_subjects_are_counted_by_day(firm: Warehouse) -> None:
    counts = subject_counts(firm, asked(), day(LAST))
    assert (
        counts["contacts"].sum() == 51
    )  # the unknown caller too, the visit that the firm made and mailings not
    assert dict(counts.group_by("subject").agg(pl.col("contacts").sum()).iter_rows()) == {
        "Bill": 35,
        None: 16,
    }
    assert subject_counts(firm, asked("country=Italy"), day(LAST))["contacts"].sum() == 14


def test_what_was_bought_of_each_member(firm: Warehouse) -> None:
    found = bought_by_member(firm, asked(), "country", day(LAST))
    assert set(found["member"]) == {"Italy", "France", "Spain"}
    assert found["orders"].sum() == service_events(firm, asked()).purchases["orders"].sum()


def test_what_cannot_be_told_is_a_sentence(firm: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="There is no country 'Atlantis'"):
        service_events(firm, asked("country=Atlantis"))
    with pytest.raises(BadRequest, match="In this period no contact is known"):
        service_events(firm, asked(f"day={day(0)}..{day(10)}"))
    bare = tiny_warehouse(tmp_path / "bare.duckdb", [Line()])
    with pytest.raises(BadRequest, match="No contact of a customer is known"):
        service_events(bare, asked())


def test_a_policy_shows_its_rows_and_small_counts_nobody(firm: Warehouse) -> None:
    limited = firm.under(Policy("Ida", rows=(RowCut("country", ("Italy",)),)))
    assert kinds(service_events(limited, asked()).contacts) == {
        "call": 12,
        "letter": 1,
        "case": 1,
        "visit": 1,
    }
    assert subject_counts(limited, asked(), day(LAST))["contacts"].sum() == 14
    withheld = firm.under(Policy("Ida", smallest=5))
    for read in (
        lambda: service_events(withheld, asked()),
        lambda: subject_counts(withheld, asked(), day(LAST)),
    ):
        with pytest.raises(NotAllowed, match="show single customers"):
            read()
