"""A firm to plan campaigns for: customers with names, addresses and households, and a campaign that runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.campaigns.contact_files import added_contacts, contact_list, removed_contacts
from data.campaigns.contact_rules import frames_of
from data.campaigns.drawn_contacts import draw
from data.campaigns.planned_rules import planned_rules
from data.campaigns.write_contacts import ContactExport, enter_contacts, write_contacts
from data.connection import Connection
from data.operational import operational_store, planned_campaigns
from data.operational.planned_campaigns import CampaignDesign, PlannedCampaign
from data.store import duckdb_engine as engine
from data.store.warehouse import writing
from tests.made_once import made_once

DAY = date(2026, 3, 2)
PLAN = PlannedCampaign(
    "Spring", "Discount", "Newsletter", "aud", date(2026, 3, 1), date(2026, 4, 1), "revenue",
    CampaignDesign((("treated", 0.8),), 0.2), cost=Decimal("0.5"),
)  # fmt: skip
MAPPED = "TIMESTAMP '2024-01-01'"
FIRM = (
    "INSERT INTO setting VALUES ('currency', 'EUR')",
    f"INSERT INTO batch VALUES (1, 'crm', {MAPPED}, {MAPPED}, 'load')",
    "ALTER TABLE customer ADD COLUMN household VARCHAR DEFAULT '(unknown)'",
    "ALTER TABLE customer_record ADD COLUMN household VARCHAR",
    "INSERT INTO attribute VALUES ('household', 'customer', 'Household', 'crm')",
    """INSERT INTO customer BY NAME SELECT i AS customer_key, i AS customer_code, 'K' || i AS id, '=Ann ' || i AS name,
        TIMESTAMP '1900-01-01' AS valid_from, TIMESTAMP '9999-12-31' AS valid_to,
        CASE WHEN i % 3 = 0 THEN 'Italy' ELSE 'France' END AS country, 'R' AS region, 'C' AS city,
        'person' AS customer_kind,
        CASE WHEN i > 10 THEN 'h' || i // 4 ELSE '(unknown)' END AS household FROM range(1, $1 + 1) AS t(i)""",
    "INSERT INTO customer_identity SELECT i, 'crm', 'K' || i, i FROM range(1, $1 + 1) AS t(i)",
    f"""INSERT INTO customer_record BY NAME SELECT i AS identity_key, 'crm/customers' AS stream, 10 AS trust,
        {MAPPED} AS valid_from, {MAPPED} AS seen_until, false AS deleted, i::UBIGINT AS hash, [{MAPPED}] AS held,
        1 AS batch, i AS row_in_source, '=Ann ' || i AS name, 'ann' || i || '@x.example' AS email, 'France' AS country
    FROM range(1, $1 + 1) AS t(i)""",
)  # fmt: skip


def contact_firm(path: Path, many: int = 200) -> Path:
    """`many` customers with e-mail addresses, by numbers of one source."""
    made_once(path, f"contact firm of {many}", lambda: _make(path, many))
    return path


def _make(path: Path, many: int) -> None:
    with writing(path) as connection:
        for sql in FIRM:
            connection.execute(sql, [many] if "$1" in sql else [])


def running(number: int = 1, plan: PlannedCampaign = PLAN, **changes: Any) -> PlannedCampaign:
    """A campaign of that plan that runs, kept nowhere."""
    return replace(plan, id=f"C-{number}", salt=f"salt {number}", state="running", **changes)


def started(path: Path, plan: PlannedCampaign = PLAN, **changes: Any) -> PlannedCampaign:
    """The same, kept beside the warehouse."""
    store = operational_store.ready(path)
    id = planned_campaigns.save(store, replace(plan, **changes), "ann")
    planned_campaigns.start(store, id, "ann")
    return planned_campaigns.planned_campaign(planned_campaigns.planned_campaigns(store), id)


def reach(path: Path, campaign: PlannedCampaign, many: int, day: date = DAY, **how: Any) -> ContactExport:
    """Write the contacts of the campaign with the first so many customers, in a publication."""
    return write_contacts(path, campaign, _first(many), planned_rules(campaign, [], day), who="ann", **how)


def _first(many: int) -> np.ndarray:
    return np.arange(1, many + 1, dtype=np.int32)


@dataclass(frozen=True)
class Trial:
    """A warehouse in the midst of one write, in which campaigns are tried without a publication of each step."""

    connection: Connection

    def reach(self, campaign: PlannedCampaign, many: int, day: date = DAY, contents: pl.DataFrame | None = None,
              others: Sequence[PlannedCampaign] = ()) -> ContactExport:  # fmt: skip
        rules = planned_rules(campaign, [campaign, *others], day)
        drawn = draw(self.frame, campaign, _first(many), rules)
        return enter_contacts(self.connection, campaign, rules, drawn, contents, "ann")

    def frame(self, sql: str, values: Sequence[Any] = ()) -> pl.DataFrame:
        return frames_of(self.connection)(sql, list(values))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def files(self, campaign: PlannedCampaign, export: int | None = None) -> list[pl.DataFrame]:
        """The list, who was added and who was taken back."""
        every = (contact_list, added_contacts, removed_contacts)
        return [each(self, campaign, export) for each in every]  # type: ignore[arg-type]


@contextmanager
def trying(path: Path) -> Iterator[Trial]:
    connection = engine.database(str(path))
    try:
        connection.execute("BEGIN")
        yield Trial(connection)
    finally:
        connection.close()
