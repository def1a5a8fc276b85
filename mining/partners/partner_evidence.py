"""The rows that partners are judged by, as whoever reads them brings them."""

from __future__ import annotations

from datetime import date
from typing import Protocol

import polars as pl


class PartnerEvidence(Protocol):
    """Rows of all partners in a period. In each frame `partner` is a code, `day` the day (key) that a row is of, `unit`
    what is resampled as a whole.

    `supply`, a row an order: `lead` (days until it was whole, or for which it is open; null where neither is told),
    `has_come`, `due` (0 or 1), `on_time` and `whole_on_time` (of those due), `whole` (null where that is not over yet),
    `pieces_due` and `pieces_on_time` (null where not due or not told). `prices`, a row an order that can be compared:
    `paid` and `usual`, its pieces at its price and at the district's mean. `sales`, a row a customer (its `unit`) and
    day: `sold`, `returned` (pieces), `margin` (null where not known). `contacts`: `satisfaction` (0 to 10) of each.
    `answers`: `waited`, the days to each.
    """

    @property
    def partners(self) -> pl.DataFrame:
        """`partner` (code), `id`, `name`, `type`, `stage`."""

    @property
    def span(self) -> tuple[date, date]:
        """The first and last day of the period."""

    @property
    def supply(self) -> pl.DataFrame: ...

    @property
    def prices(self) -> pl.DataFrame: ...

    @property
    def sales(self) -> pl.DataFrame: ...

    @property
    def contacts(self) -> pl.DataFrame: ...

    @property
    def answers(self) -> pl.DataFrame: ...
