"""What partners are judged by, read from a small firm: by hand, beside the cubes, and under a policy."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cubes.analysis.partner_rows import PartnerRows, partner_rows, partner_sales
from cubes.ask.answer import ask
from cubes.query import Query, parse_cut
from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.errors import BadRequest, NotAllowed
from data.store.warehouse import Warehouse, writing
from mining.partners.partner_figures import partner_figures
from tests.scorecard_firm import day, scorecard_firm
from tests.tiny import Line, tiny_warehouse


@pytest.fixture
def firm(tmp_path: Path) -> Warehouse:
    return scorecard_firm(tmp_path / "w.duckdb")


def rows(firm: Warehouse, *cuts: str) -> PartnerRows:
    return partner_rows(firm, Query(cuts=tuple(map(parse_cut, cuts))))


def test_all_rows_are_told(firm: Warehouse) -> None:
    found = rows(firm)
    assert found.partners.select("id", "name", "type", "stage").rows() == [
        ("F3", "Hopeful", "Dyer", "Candidate"), ("F1", "Prompt", "Weaver", "Active"),
        ("F2", "Slack", "Weaver", "Active"),
    ]  # fmt: skip
    assert found.supply.height == 24
    first, second = found.partners["partner"].to_list()[1:]
    sold = found.sales.group_by("partner").agg(
        pl.col("sold", "returned", "margin").sum(), pl.col("unit").n_unique()
    )
    assert dict(zip(sold["partner"], sold.drop("partner").rows(), strict=True)) == {
        first: (4.0, 0.0, 30.0, 2), second: (5.0, 1.0, 4.0, 2)
    }  # fmt: skip
    assert found.contacts.group_by("partner").len().sort("partner")["len"].to_list() == [3, 1]
    assert found.answers["waited"].to_list() == [1, 3]
    assert found.prices["usual"].unique().to_list() == [100.0], "ten pieces at the mean of 12 and 8"
    assert found.span[0] == day(0)
    assert found.notes == ()


def test_figures_are_those_of_the_cube(firm: Warehouse) -> None:
    """Fill rate, in time and in full of the cube of supply, asked by partner."""
    found = rows(firm)
    figures = partner_figures(found, draws=10)
    names = ("fill_rate", "received_in_time_share", "received_in_full_share", "on_time_in_full_share")
    told = ask(firm, Query(names, ("partner",), cube="supply")).plain()
    by = {row["partner.id"]: row for row in told.to_dicts()}
    for own, name in zip(("fill_rate", "on_time", "in_full", "on_time_in_full"), names, strict=True):
        values = dict(zip(found.partners["id"], figures[own].values, strict=True))
        assert {each: values[each] for each in ("F1", "F2")} == {
            each: by[each][name] for each in ("F1", "F2")
        }, name
    assert dict(zip(found.partners["id"], figures["price_index"].values.round(3), strict=True))["F2"] == 0.8


def test_cuts_choose_partners_or_rows(firm: Warehouse) -> None:
    dyers = rows(firm, "partner_type=Dyer")
    assert dyers.partners["name"].to_list() == ["Hopeful"]
    assert dyers.supply.height == 24, "others are needed to compare with"
    early = rows(firm, f"day={day(0)}..{day(19)}")
    assert (early.supply.height, early.contacts.height) == (20, 0)
    assert early.sales["sold"].sum() == 1
    assert partner_sales(firm, Query(cuts=(parse_cut(f"day={day(0)}..{day(19)}"),)))["sold"].sum() == 9
    abroad = rows(firm, "country=Italy")
    assert abroad.sales["sold"].to_list() == [1.0]
    assert abroad.notes == ("The filter country=Italy does not narrow what does not tell it: Supply.",)
    with pytest.raises(BadRequest, match="within these filters"):
        rows(firm, "partner_stage=Active", "partner_type=Dyer")


def test_two_partners_with_one_number_are_told(firm: Warehouse) -> None:
    path = firm.path
    firm.close()
    with writing(path) as connection:
        for column in ("vat_number VARCHAR DEFAULT '(unknown)'", "vat_number_code INTEGER"):
            connection.execute(f"ALTER TABLE partner ADD COLUMN {column}")
        connection.execute("ALTER TABLE partner_record ADD COLUMN vat_number VARCHAR")
        connection.execute("INSERT INTO attribute VALUES ('vat_number', 'partner', 'VAT number', 'source')")
        connection.execute("UPDATE partner SET vat_number = 'IT 0123' WHERE id IN ('F1', 'F3')")
        connection.execute("UPDATE partner SET vat_number = 'it0124' WHERE id = 'F2'")
    (note,) = rows(Warehouse(path)).notes
    assert note == "Hopeful and Prompt have one number (vat_number IT0123): they may be one firm."


def test_nobody_and_small_counts_are_refused_in_words(firm: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="No partner is known"):
        rows(tiny_warehouse(tmp_path / "none.duckdb", [Line()]))
    with pytest.raises(NotAllowed, match="single customers"):
        rows(firm.under(Policy("Ida", smallest=5)))
    italy = firm.under(Policy("Ida", rows=(RowCut("partner_type", ("Dyer",)),)))
    seen = rows(italy)
    assert seen.partners["name"].to_list() == ["Hopeful"]
    assert seen.supply.is_empty(), "nothing is told of whom one does not see"
