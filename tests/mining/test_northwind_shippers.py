"""Northwind's shippers, judged by the days on which orders were required: they differ no more than chance lets them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from mining.__main__ import main
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

NORTHWIND = Path("/work/shared/real/northwind")


@pytest.mark.skipif(not NORTHWIND.is_dir(), reason="Northwind is not here")
def test_shippers_do_not_differ_beyond_chance(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "w.duckdb"
    orders = pl.read_parquet(NORTHWIND / "orders.parquet").filter(pl.col("shippedDate").is_not_null())
    names = dict(
        pl.read_parquet(NORTHWIND / "shippers.parquet").select("shipperID", "companyName").iter_rows()
    )
    dates = orders.select("orderID", "shipVia", *(pl.col(f"{each}Date").cast(pl.Date) for each in
                                                  ("order", "required", "shipped")))  # fmt: skip
    rows = [
        {"day": ordered, "number": str(number), "partner": names[shipper], "promised_on": required,
         "received_on": shipped, "quantity_ordered": 1}
        for number, shipper, ordered, required, shipped in dates.iter_rows()
    ]  # fmt: skip
    last = max(max(row["received_on"], row["promised_on"]) for row in rows) + timedelta(1)
    tiny_warehouse(path, [Line(last)]).close()
    with_facts(path, lead_time=rows).close()
    assert main(["partners", "--warehouse", str(path), "--format", "json"]) == 0
    said = json.loads(capfdbinary.readouterr().out)
    figures = {(row["partner"], row["criterion"]): row for row in said["figures"]}
    late = {
        name: (round((1 - row["value"]) * row["n"]), row["n"])
        for (name, criterion), row in figures.items() if criterion == "on_time"
    }  # fmt: skip
    assert late == {"Speedy Express": (12, 245), "United Package": (16, 315), "Federal Shipping": (9, 249)}
    tested = {row["criterion"]: row["p_value"] for row in said["differences"]}
    assert tested["on_time"] == pytest.approx(0.66, abs=0.1), "chi squared of the counts: 0.69"
    assert any(note.startswith("Differences within chance: On time") for note in said["notes"])
    assert said["alike"], "some cannot be told apart"
