"""What was noticed in files is asked in words, answered with one click, and taken back with another."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from data.load import load
from data.load.evidence.notice import Notice, WayOut
from data.load.mappings.mapping import Part
from pages.manage.files import file_questions as asking
from pages.manage.files.file_questions import questions
from pages.manage.files.file_roles import FileEntry, FileRole
from pages.manage.files.first_draft import begin
from pages.manage.files.first_rows import looked
from pages.manage.files.mapping_draft import Draft
from pages.manage.files.questions_card import holding_back, summary
from tests.data.load_files import write


@pytest.fixture(autouse=True)
def no_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(tmp_path / "w.duckdb"))


def draft(tmp_path: Path, *rows: list[str]) -> Draft:
    for at, row in enumerate(rows, 1):
        write(tmp_path / f"a{at}.csv", [row], ["Date", "Order", "Amount"])
    return begin(sorted(tmp_path.glob("*.csv")), (tmp_path,), True)


@pytest.mark.parametrize(
    ("row", "labels", "chosen", "revenue"),
    [
        (["05.01.2024", "A1", "315.500"], ["It is 315.500", "It is 315500"], 1, "315500"),
        (["2024-01-05", "A1", "315,500"], ["It is 315.500", "It is 315500"], 0, "315.5"),
        (["03/04/2024", "A1", "9"], ["Day first: 3 April 2024", "Month first: 4 March 2024"], 1, "9"),
        (["03.04.24", "A1", "9"], [], 0, "9"),
    ],
)
def test_what_can_be_read_two_ways_is_one_click(
    tmp_path: Path, row: list[str], labels: list[str], chosen: int, revenue: str
) -> None:
    found = draft(tmp_path, row, [row[0], "A2", row[2]])
    asked = questions(found)
    assert [choice.label for each in asked for choice in each.notice.choices] == labels
    assert bool(holding_back(asked)) == bool(labels)
    if asked:
        (question,) = asked
        found = found.answered("yes", question.after(question.notice.choices[chosen]))
    assert (questions(found), found.part.file) == ((), "a*.csv")
    assert load(found.mapping, tmp_path / "w.duckdb").revenue == 2 * Decimal(revenue)


def test_another_way_of_writing_than_before_is_asked_about(tmp_path: Path) -> None:
    before = draft(tmp_path, ["2024-01-05", "A1", "1,50"])
    load(before.mapping, tmp_path / "w.duckdb")
    (tmp_path / "a1.csv").unlink()
    now = draft(tmp_path, ["2024-01-06", "A2", "2.75"])
    (question,) = questions(replace(now, mapping=replace(now.mapping, source=before.mapping.source)))
    assert "had decimal commas" in question.notice.words
    (choice,) = question.notice.choices
    assert choice.says(question.part) == '[order_lines]\nsettled = ["decimals: Amount"]'


def test_an_answer_is_taken_back_and_a_settled_question_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = draft(tmp_path, ["2024-01-05", "A1", "9.5"])
    settled = Notice("guests: Order", "A1 is a guest.", "Is it?", (WayOut("As it is", settle(found.part)),))
    monkeypatch.setattr(asking, "looked", lambda draft, entry: Looked(draft, entry, settled))
    (question,) = questions(found)
    assert (question.entry, summary((question,))) == (
        FileEntry(tmp_path / "a1.csv", FileRole("order_lines")),
        "1 question about what was noticed in the first rows.",
    )
    said = found.answered("Is it? As it is", question.after(settled.choices[0]))
    assert questions(said) == ()
    assert said.unanswered().mapping == found.mapping
    assert said.asked_again("order_lines", settled.name).mapping == found.mapping
    assert said.fill("order", found.filling("order")).answers == ()


def settle(part: Part) -> Part:
    return Part(**{name: getattr(part, name) for name in part.__slots__} | {"settled": ("guests: Order",)})


def test_an_answer_keeps_the_other_names_of_a_column(tmp_path: Path) -> None:
    found = draft(tmp_path, ["05.01.2024", "A1", "1.500"])
    text = found.mapping.to_toml().replace('"Amount"', '["Net", "Amount"]')
    found = found.mapped_as(text)
    assert found.filling("revenue").text == "Amount"
    (question,) = [each for each in questions(found) if each.notice.stops]
    said = found.answered("yes", question.after(question.notice.choices[0]))
    assert 'revenue = ["Net", "Amount"]' in said.mapping.to_toml()
    assert said.fill("revenue", said.filling("order")).part.alternatives == {}


class Looked:
    """A preview in which one thing is noticed until it is settled."""

    def __init__(self, draft: Draft, entry: FileEntry, notice: Notice) -> None:
        part = draft.alone(entry).main
        self.notices = () if notice.name in part.settled else (notice,)


@pytest.mark.parametrize(("day", "zoned"), [("2024-03-31T23:30:00Z", True), ("2024-03-31 23:30:00", False)])
def test_moments_with_a_zone_are_seen(tmp_path: Path, day: str, zoned: bool) -> None:
    found = draft(tmp_path, [day, "A1", "9.5"])
    assert looked(found, found.seen).zoned is zoned
