"""The one door by which a campaign reaches anybody: whom it may, drawn into arms, written down in one publication."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.operational.planned_campaigns import PlannedCampaign


@dataclass(frozen=True, slots=True)
class ContactExport:
    """What an export did. `number` counts the exports of the campaign from 1, 0 where there was nothing to write and
    none before; `is_new` whether this call wrote it. `added` were reached now, `removed` were reached before and are
    not to be any longer, `unchanged` were reached before and still are; `held_out` are those held out by now.
    `left_out` counts customers by the name of the reason; `notes` belong beside it."""

    campaign: str
    number: int
    day: date
    is_new: bool
    added: int
    removed: int
    unchanged: int
    held_out: int
    left_out: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def write_contacts(
    path: Path,
    campaign: PlannedCampaign,
    customers: np.ndarray,
    rules: Any,
    contents: pl.DataFrame | None = None,
    who: str = "",
    day: date | None = None,
    confirmed: bool = False,
) -> ContactExport:
    """Write the contacts of a campaign with `customers` (codes), all of its audience as it is now.

    Those whom `rules` (`contact_rules.ContactRules`) leave out are not reached. `contents` (customer, variant, sent) is
    what each is sent. A call that brings nothing new writes nothing. Nobody is removed from a campaign whole unless
    that is `confirmed`. Errors: BadRequest where the campaign does not run, names what there is not, or would remove
    everybody; WarehouseError.
    """
    raise NotImplementedError
