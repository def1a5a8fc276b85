"""Members found by what they are called, over all levels at once, held against a loop over the table of members."""

from __future__ import annotations

import pytest

from cubes.members.member_index import index_of
from data.model.bare_letters import bare, bare_sql
from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse

LEVELS = ("country", "city", "product", "year")
CITIES = ("Łódź", "Lodzice", "Nowa Łódź", "Melodz", "Málaga", "O'Hara; DROP TABLE member", "50% [a-z].*")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    lines = [Line(order=city, city=city, customer=f"Lodz {city}") for city in CITIES]
    lines.append(Line(order="unknown", city="(unknown)"))
    return tiny_warehouse(tmp_path_factory.mktemp("firm") / "w.duckdb", lines)


def called(firm: Warehouse, text: str, *levels: str, limit: int = 8) -> list[tuple[str, str]]:
    found = index_of(firm).search(levels or LEVELS, text, limit)
    return [(each.level, each.member.label) for each in found]


def test_beginnings_come_first_then_words_then_the_rest_however_accented(firm: Warehouse) -> None:
    wanted = ["Łódź", "Lodzice", "Nowa Łódź", "Melodz"]
    assert called(firm, "lodz") == called(firm, "ŁÓDŹ") == [("city", each) for each in wanted]
    assert called(firm, " malaga ") == [("city", "Málaga")]
    assert called(firm, "lodz", limit=2) == [("city", "Łódź"), ("city", "Lodzice")]


def test_only_the_levels_that_are_asked_are_searched(firm: Warehouse) -> None:
    assert {level for level, _ in called(firm, "lodz", "customer")} == {"customer"}
    assert called(firm, "lodz", "product") == called(firm, "lodz", "no level") == []


@pytest.mark.parametrize("text", ["o'hara; drop", "% [a-z].*", "[a-z]", ".*"])
def test_what_is_typed_is_text_and_no_pattern(firm: Warehouse, text: str) -> None:
    named = {each for each in CITIES if bare(text) in bare(each)}
    assert {label for _, label in called(firm, text)} == named != set()


def test_one_letter_and_the_unknown_find_nothing(firm: Warehouse) -> None:
    assert called(firm, "l") == called(firm, "") == called(firm, "unknown") == []


def test_the_ids_lead_to_the_members(firm: Warehouse) -> None:
    found = index_of(firm).search(LEVELS, "malaga", 8)
    assert [each.member.id for each in found] == ["France/North/Málaga"]


def test_letters_are_bare_alike_here_and_in_sql(firm: Warehouse) -> None:
    for text in ("Łódź", "ØRSTED", "Straße", "Đorđe Çelik", "Ñandú Ħal", "Ἀθήνα", "İstanbul"):
        assert firm.rows(f"SELECT {bare_sql('?::VARCHAR')}", [text]) == [(bare(text),)]
