"""Saved views: kept by name, seen by other processes at once, renamed, deleted and back, and gone with a person."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from cubes.query import Cut, Query, parse_cut
from data.errors import BadRequest
from data.operational import operational_store, saved_views, statement_erasure, statement_log
from data.operational.operational_store import OperationalStore
from data.operational.saved_views import PRIVATE, SHARED
from data.operational.statement_kinds import SAVED_VIEW
from data.privacy.person import Person

ROOT = Path(__file__).parents[2]
ADDRESS = "measures=revenue&rows=country&chart=bars"
ANN = Person(1, "17850", ((1, "crm", "17850"),), ("Ann Smith",))


@pytest.fixture
def store(tmp_path: Path) -> OperationalStore:
    return OperationalStore(tmp_path / f"w.duckdb{operational_store.ENDING}", "a warehouse")


def names(store: OperationalStore, who: str) -> list[str]:
    return [each.name for each in saved_views.saved_views(store, who)]


def test_one_sees_ones_own_and_what_others_share_the_newest_first(store: OperationalStore) -> None:
    saved_views.save(store, "  Mine   alone ", ADDRESS, PRIVATE, "ann")
    saved_views.save(store, "For all", ADDRESS, SHARED, "ann")
    id = saved_views.save(store, "Bob's", ADDRESS, PRIVATE, "bob")
    assert names(store, "ann") == ["For all", "Mine alone"]
    assert names(store, "bob") == ["Bob's", "For all"]
    assert saved_views.find(store, id, "ann") is None
    saved_views.show_to(store, id, SHARED, "bob")
    found = saved_views.find(store, id, "ann")
    assert found
    assert (found.owner, found.address, found.is_shared) == ("bob", ADDRESS, True)


def test_a_view_is_renamed_and_saved_over(store: OperationalStore) -> None:
    id = saved_views.save(store, "One", ADDRESS, PRIVATE, "ann")
    saved_views.rename(store, id, "Two", "ann")
    saved_views.save_over(store, id, "measures=units", "ann")
    (only,) = saved_views.saved_views(store, "ann")
    assert (only.id, only.name, only.address) == (id, "Two", "measures=units")
    assert len(statement_log.history(store, SAVED_VIEW)) == 3, "nothing is ever changed"


def test_a_name_is_one_persons_once_in_any_case(store: OperationalStore) -> None:
    saved_views.save(store, "Italy", ADDRESS, PRIVATE, "ann")
    other = saved_views.save(store, "France", ADDRESS, PRIVATE, "ann")
    saved_views.save(store, "Italy", ADDRESS, SHARED, "bob")
    for deed in (
        lambda: saved_views.save(store, "ITALY", ADDRESS, PRIVATE, "ann"),
        lambda: saved_views.rename(store, other, "italy", "ann"),
    ):
        with pytest.raises(BadRequest, match="already"):
            deed()
    assert names(store, "ann") == ["Italy", "France", "Italy"]


@pytest.mark.parametrize("name", ["", "  \n ", "x" * 81, "\u202e\x07"])
def test_a_name_is_one_line_that_can_be_read(store: OperationalStore, name: str) -> None:
    with pytest.raises(BadRequest):
        saved_views.save(store, name, ADDRESS, PRIVATE, "ann")
    assert names(store, "ann") == []


def test_what_is_deleted_comes_back_unless_its_name_is_taken(store: OperationalStore) -> None:
    id = saved_views.save(store, "Italy", ADDRESS, PRIVATE, "ann")
    saved_views.rename(store, id, "Italia", "ann")
    gone = saved_views.delete(store, id, "ann")
    assert names(store, "ann") == [], "not even as it was called before"
    saved_views.undelete(store, gone, "ann")
    assert names(store, "ann") == ["Italia"]
    gone = saved_views.delete(store, id, "ann")
    saved_views.save(store, "Italia", "measures=units", PRIVATE, "ann")
    with pytest.raises(BadRequest, match="already"):
        saved_views.undelete(store, gone, "ann")
    assert [each.address for each in saved_views.saved_views(store, "ann")] == ["measures=units"]


def test_what_is_somebody_elses_or_gone_is_said(store: OperationalStore) -> None:
    id = saved_views.save(store, "Italy", ADDRESS, SHARED, "ann")
    for deed in (saved_views.rename, saved_views.save_over, saved_views.show_to):
        with pytest.raises(BadRequest, match="ann's"):
            deed(store, id, "private", "bob")
    with pytest.raises(BadRequest, match="ann's"):
        saved_views.delete(store, id, "bob")
    saved_views.delete(store, id, "ann")
    with pytest.raises(BadRequest, match="not there any more"):
        saved_views.rename(store, id, "Else", "ann")


SAVES = """
import sys; from pathlib import Path
from data.errors import BadRequest
from data.operational import saved_views
from data.operational.operational_store import OperationalStore
store = OperationalStore(Path(sys.argv[1]), "a warehouse")
for number in range(15):
    try:
        saved_views.save(store, f"View {number}", "measures=units", "shared", "ann")
    except BadRequest:
        print(number)
"""


def test_two_processes_save_and_each_name_is_there_once(store: OperationalStore) -> None:
    command = [sys.executable, "-c", SAVES, str(store.file)]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    refused = [line for each in both for line in each.communicate(timeout=120)[0].split()]
    assert [each.returncode for each in both] == [0, 0]
    assert sorted(map(int, refused)) == list(range(15)), "of each name the second"
    assert sorted(names(store, "bob")) == sorted(f"View {number}" for number in range(15))


@pytest.mark.parametrize("written", [r"1/A\|B", "1%2FA%7CB"])
def test_a_number_with_a_bar_is_found_however_links_write_it(written: str) -> None:
    odd = Person(1, "1/A|B", ((1, "crm", "1/A|B"),), ())
    assert odd.written.search(f"where=customer={written}")
    assert odd.written.search(f"place=customer=5|{written}|7")
    assert not odd.written.search(f"where=customer={written}C")


@pytest.mark.parametrize("number", ["5\\", "5\\|6", "5|6\\", "5;6", "5%", "5&a=6"])
def test_a_number_of_any_signs_is_found_wherever_a_question_holds_it(number: str) -> None:
    odd = Person(1, number, ((1, "crm", number),), ()).as_subject
    for members in ([number], ["3", number], [number, "3|4"]):
        cut = Cut("customer", tuple(members))
        within = Query(cuts=(cut, Cut("year", ("2011",)), parse_cut("city by revenue > 5"))).pinned()
        for asked in (Query(cuts=(cut,)), replace(within, cuts=within.cuts[2:])):
            assert odd.is_meant(urlencode(asked.to_parameters(), doseq=True))
            assert odd.is_meant("\n".join(map(str, asked.cuts)))


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Buyers", "measures=revenue&where=customer%3D17850"),
        ("Buyers", "measures=revenue&where=customer%21%3D1%7C17850&chart=bars"),
        ("Buyers", "measures=revenue&hidden=c%3AFood%1F17850"),
        ("Buyers", "measures=revenue&place=customer%3D5%7C17850%7C3"),
        ("Buyers", "measures=revenue&place=customer%3D17850&width=head%3D90"),
        ("Buyers", "where=city+by+revenue+%3E+5+within+customer%3D1%7C17850%3B+day%3D2011-01-01.."),
        ("Buyers", "where=city+by+revenue+%3E+5+within+country%3DItaly%3B+customer%3D17850"),
        ("Buyers", "measures=revenue&where=manager%3DAnn+Smith"),
        ("What Ann Smith buys", ADDRESS),
    ],
)
def test_a_person_is_erased_from_saved_views(store: OperationalStore, name: str, address: str) -> None:
    other = "measures=revenue&where=customer%3D178501&top=customer%3D17850"
    saved_views.save(store, "Of others", other, PRIVATE, "ann")
    id = saved_views.save(store, name, address, PRIVATE, "ann")
    assert statement_erasure.erase(store.file, ANN.as_subject) == 1
    found = saved_views.find(store, id, "ann")
    assert found
    assert found.is_erased is (address != ADDRESS)
    assert "Ann" not in found.name
    assert names(store, "ann")[1] == "Of others"
    saved_views.rename(store, id, "Another", "ann")
    saved_views.delete(store, id, "ann")
