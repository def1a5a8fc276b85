"""Stock that partners tell at their door, by the codes of a snapshot and as far as whoever looks may see."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.collaborate.partners_stock import COLUMNS, partners_stock
from data.model.calendar import day_key
from data.operational import operational_store, statement_log
from data.operational.statement_kinds import TOLD_STOCK, SourceNumber
from data.store.warehouse import Warehouse, writing
from tests.district_firm import LAST, district_firm, write_district

IDENTITIES = "INSERT INTO {0}_identity SELECT {0}_code, 'erp', id, {0}_code FROM {0} WHERE {0}_code > 0"


def test_nobody_tells_any(tmp_path: Path) -> None:
    found = partners_stock(district_firm(tmp_path / "w.duckdb"))
    assert found.is_empty()
    assert dict(found.schema) == COLUMNS


def test_the_last_word_is_told_to_whom_the_partner_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    write_district(path)
    with writing(path) as connection:
        for dimension in ("product", "partner"):
            connection.execute(IDENTITIES.format(dimension))
    store = operational_store.ready(path)
    for partner, product, pieces in (
        ("Alba", "Cup", 9),
        ("Alba", "Cup", 8),
        ("Bora", "Cup", 3),
        ("Alba", "Nix", 1),
    ):
        statement_log.say(
            store, TOLD_STOCK,
            {"partner": SourceNumber("erp", partner), "product": SourceNumber("erp", product),
             "pieces": Decimal(pieces), "day": date(2025, 6, 29)},
        )  # fmt: skip
    firm = Warehouse(path)
    names = {
        (level, label): code
        for level, label, code in firm.rows(
            "SELECT level, label, code FROM member WHERE level IN ('product', 'partner')"
        )
    }
    told = [(names["product", "Cup"], names["partner", who], day_key(LAST) - 1) for who in ("Alba", "Bora")]
    assert sorted(partners_stock(firm).rows()) == sorted(
        (*each, pieces) for each, pieces in zip(told, (8.0, 3.0), strict=True)
    )
    seen = firm.under(Policy(person="maria", rows=(RowCut("partner", ("Alba",)),)))
    assert partners_stock(seen)["partner"].to_list() == [names["partner", "Alba"]]
