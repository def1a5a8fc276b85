"""Whether one customer may be written to: what they allowed and took back, the latest first."""

from __future__ import annotations

import polars as pl

from data.review.customer_consents import customer_consents
from pages.manage.shared.html_tables import TableCell, table
from pages.ui import session
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text, format_day

TONES = {"given": "good", "withdrawn": "bad"}
WORDS = {"given": "Given", "withdrawn": "Withdrawn"}


def consents_card(code: int) -> None:
    """Nothing where no source brings consents at all."""
    store = session.warehouse()
    if store.profile.extents["consent"].last_day is None:
        return
    with card("consents"):
        said = customer_consents(store, code)
        section("Consents", consents_told(said))
        if said.height:
            table(
                ("Channel", "Purpose", "Said", "Day", "From"),
                _rows(said),
                "consents",
                "Consents of this customer",
            )


def consents_told(said: pl.DataFrame) -> str:
    """The sentence above what a customer said: by which channels they may be reached."""
    if said.is_empty():
        return "This customer was never asked, or never answered: no consent is loaded."
    given = said.filter(pl.col("holds") & (pl.col("verdict") == "given")).sort("channel", "purpose")
    purpose = pl.when(pl.col("purpose") == "").then(pl.lit("")).otherwise(pl.lit(" for ") + pl.col("purpose"))
    open_to = given.select(pl.col("channel") + purpose).to_series().to_list()
    now = f"Allows {', '.join(open_to)}" if open_to else "Allows no channel"
    return f"{now}; {count_text(said.height, 'answer')}, the latest first."


def _rows(said: pl.DataFrame) -> list[tuple[TableCell, ...]]:
    return [
        (
            TableCell(row["channel"]),
            TableCell(row["purpose"].capitalize() or "Every purpose", "" if row["purpose"] else "quiet"),
            TableCell(
                WORDS[row["verdict"]] if row["holds"] else f"{WORDS[row['verdict']]} earlier",
                TONES[row["verdict"]] if row["holds"] else "quiet",
            ),
            TableCell(format_day(row["day"]), "quiet"),
            TableCell(row["source"], "quiet"),
        )
        for row in said.iter_rows(named=True)
    ]
