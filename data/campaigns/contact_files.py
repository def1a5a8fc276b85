"""The files of a campaign's contacts: functions of stored rows alone, so the same bytes each time."""

from __future__ import annotations

import polars as pl

from data.store.warehouse import Warehouse


def contact_list(warehouse: Warehouse, campaign: str, export: int | None = None) -> pl.DataFrame:
    """Everybody whom a campaign (its id) reached up to an export (the last one if not said) and did not remove since.

    Columns: contact, code, customer, numbering, name, the address of the channel, variant, text. Never a held-out one.
    Errors: BadRequest where there is no such export.
    """
    raise NotImplementedError


def added_contacts(warehouse: Warehouse, campaign: str, export: int | None = None) -> pl.DataFrame:
    """The same of those whom this export added."""
    raise NotImplementedError


def removed_contacts(warehouse: Warehouse, campaign: str, export: int | None = None) -> pl.DataFrame:
    """Contact, code and customer of those whom this export took back."""
    raise NotImplementedError


def exports_of(warehouse: Warehouse, campaign: str) -> pl.DataFrame:
    """The exports of a campaign, the latest first: export, exported_at (UTC), exported_by, day, added, removed,
    unchanged, held_out."""
    raise NotImplementedError


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """UTF-8, texts that a spreadsheet would run made harmless."""
    raise NotImplementedError
