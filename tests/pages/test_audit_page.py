"""The page Audit, and the one way by which files leave pages: who may, for what reason, and what the audit hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data import environment
from data.access.acting import Acting, acting_as
from data.access.deed import Deed
from data.access.policy import UNLIMITED, Policy
from data.errors import BadRequest, NotAllowed
from data.people import audit_cube, audit_log
from data.people.audit_cube import TOTAL, AuditQuestion
from data.people.audit_event import AuditEvent, customer, thing, words
from data.people.audit_log import because, note
from data.people.audit_reading import AuditFilter, read_audit
from data.people.export_note import exporting
from pages.manage.people.audit_frames import (
    bars_of,
    course_of,
    described,
    entries_table,
    exports_table,
    parts_of,
)
from pages.manage.people.audit_view import AuditView, parse_audit
from pages.ui import acting_person, offered_files
from tests.pages.test_unknown_cuts import opened, told
from tests.tiny import Line, write_tiny

PAGE = "manage/people/audit_page.py"
NO_FILES = Policy("maria", ("service",), exports=False, deeds=frozenset(Deed) - {Deed.EXPORT, Deed.AUDIT})
WITH_REASON = Policy("maria", ("marketing",), reason=True)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    at = tmp_path / "w.duckdb"
    monkeypatch.setenv(environment.WAREHOUSE, str(at))
    return at


def entries(path: Path, **wanted: Any) -> list[dict[str, Any]]:
    return read_audit(path, AuditFilter(**wanted)).rows(named=True)


@pytest.mark.parametrize(
    "view",
    [
        AuditView(),
        AuditView("maria", "exported", 0, AuditQuestion("rows", "day", "")),
        AuditView(question=AuditQuestion("events", "event", "")),
        AuditView("", "", 7, AuditQuestion("customers", "roles", "month")),
    ],
)
def test_a_view_comes_back_from_its_address(view: AuditView) -> None:
    assert parse_audit(view.to_parameters()) == view


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("event", "exportd", "Did you mean 'exported'"),
        ("days", "31", "Choose a period"),
        ("rows", "persn", "Did you mean 'person'"),
        ("measure", "evens", "Did you mean 'events'"),
        ("colour", "red", "colour"),
    ],
)
def test_what_an_address_cannot_ask_is_said(name: str, value: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        parse_audit({name: [value]})


def test_rows_of_the_columns_level_take_its_place() -> None:
    assert AuditView().by("event").question == AuditQuestion("events", "event", "")


def noted(path: Path) -> pl.DataFrame:
    for person, many in (("ann", 3), ("bob", 2), ("eve", 1)):
        for number in range(many):
            note(AuditEvent.SAW_CUSTOMER, customer(f"K{number}"), person=person, at=path)
    note(AuditEvent.SEARCHED, words("Anna"), "member_finder", person="eve", at=path)
    note(
        AuditEvent.EXPORTED, thing("file", "a.csv"), "csv_file", amount=7, reason="May", person="bob", at=path
    )
    return read_audit(path, AuditFilter())


def test_cells_as_figures_and_tables_take_them(path: Path) -> None:
    found = noted(path)
    asked = AuditQuestion("events", "person", "event")
    cells = audit_cube.cells(found, asked)
    assert bars_of(cells).rows() == [("ann", "ann", 3), ("bob", "bob", 3), ("eve", "eve", 2)]
    parts = parts_of(cells)
    assert parts.filter(row_id="bob").select("column_label", "value").rows() == [
        ("Saw a customer", 2), ("Exported", 1)
    ]  # fmt: skip
    assert described(cells, asked) == "By person: ann 3; bob 3; eve 2"
    others = audit_cube.with_others(cells, 1)
    assert others.filter(row=TOTAL).select("column", "value").rows() == [
        ("Saw a customer", 6), (TOTAL, 8), ("Others", 2)
    ]  # fmt: skip
    days = pl.DataFrame({"row": ["2026-02-27", "2026-03-02", TOTAL], "column": TOTAL, "value": [1, 2, 3]})
    assert course_of(days)["value"].to_list() == [1, 0, 0, 2]
    assert entries_table(found, "UTC")["number"].to_list() == list(range(8, 0, -1))
    assert exports_table(found, "UTC").select("person", "of", "rows", "reason").rows() == [
        ("bob", "file a.csv", 7, "May")
    ]


def test_an_export_asks_the_policy_and_is_in_the_audit_first(path: Path) -> None:
    with acting_as(Acting("maria", NO_FILES)), pytest.raises(NotAllowed, match="may not take files away"):
        exporting("answer", rows=3, at=path)
    with acting_as(Acting("maria", WITH_REASON, "browser")):
        with pytest.raises(BadRequest, match="needs a reason"):
            exporting("answer", rows=3, at=path)
        with because("letter, ann@posta.example"):
            exporting("answer", rows=3, at=path)
    refused, let = entries(path)
    assert (refused["event"], refused["person"], refused["roles"]) == ("refused", "maria", "service")
    assert (let["event"], let["place"], let["roles"], let["amount"]) == (
        "exported",
        "browser",
        "marketing",
        3,
    )
    assert let["reason"] == "letter, […]"


@contextmanager
def drawn(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, reason: str = ""
) -> Iterator[list[dict[str, Any]]]:
    """What Streamlit is asked to draw as buttons, under a policy."""
    buttons: list[dict[str, Any]] = []

    def button(label: str, data: Callable[[], bytes], *_: Any, **how: Any) -> None:
        buttons.append({"label": label, "data": data, **how})

    monkeypatch.setattr(offered_files, "acting", lambda: Acting("maria", policy, "browser"))
    monkeypatch.setattr(offered_files.st, "download_button", button)
    monkeypatch.setattr(offered_files, "_reason", lambda _: reason)
    with offered_files.offering("files") as offer:
        offer.table("CSV", lambda: pl.DataFrame({"a": [1, 2]}), lambda _: b"made", "Anna B.csv", None, "csv")
    yield buttons


def test_a_file_leaves_as_its_policy_allows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with drawn(UNLIMITED, monkeypatch) as (button,):
        assert not button["disabled"]
        assert button["data"]() == b"made"
    with drawn(WITH_REASON, monkeypatch, "") as (button,):
        assert (button["disabled"], button["help"]) == (True, offered_files.NO_REASON)
        with pytest.raises(BadRequest, match="reason"):
            button["data"]()
    with drawn(WITH_REASON, monkeypatch, "for the board") as (button,):
        assert not button["disabled"]
        assert button["data"]() == b"made", "made later, by another thread, for her and for that reason"
    with drawn(NO_FILES, monkeypatch) as (button,):
        assert button["disabled"]
        with pytest.raises(NotAllowed):
            button["data"]()
    assert [(each["event"], each["subject"], each["amount"], each["reason"]) for each in entries(path)] == [
        ("exported", "Anna_B.csv", 2, ""),
        ("exported", "Anna_B.csv", 2, "for the board"),
        ("refused", "Anna_B.csv", 2, ""),
    ]


def test_the_page_shows_it_to_those_who_may(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny(path, [Line()])
    noted(path)
    app = opened(PAGE)
    assert not app.exception
    assert 'data-state="listed"' in told(app)
    assert "Chain verified to entry" in told(app)
    assert "Entries are kept for 730 days" in told(app)
    audit_log.flush()
    assert entries(path)[-1] | {"event": "asked", "detail": "audit"} == entries(path)[-1], "it was looked at"
    with monkeypatch.context() as patch:
        patch.setattr(acting_person.acting, "acting", lambda: Acting("maria", NO_FILES, "browser"))
        app = opened(PAGE)
    assert 'data-state="not-allowed"' in told(app)
    assert "Chain verified" not in told(app)
