"""The board of proposals: a column a status, the most wanted first; and the list of them, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

import polars as pl
import streamlit as st

from data.collaborate.customer_proposal import CustomerProposal
from pages.collaborate import proposal_words as words
from pages.collaborate.proposals_view import ProposalsView
from pages.manage.shared.html_tables import TableCell, count, filled_table, scrolling
from pages.ui.style.formats import format_day, number_text

FIRST = 12  # of a column
WIDE, NARROW = "minmax(13.5rem, 1fr)", "minmax(7.5rem, .35fr)"
HEADS = ("Proposal", "Status", "#Persons", "#As told", "Customer", "Product", "Place", "Made")
PATH = "proposals"


def address(view: ProposalsView) -> str:
    return f"{PATH}?{urlencode(view.to_parameters(), doseq=True)}"


def board_columns(view: ProposalsView, found: Sequence[CustomerProposal]) -> None:
    """Draw the columns; all of one stand in the list, to which what is left out leads."""
    statuses = (view.status,) if view.status else words.statuses_shown(found)
    columns = {each: [one for one in found if one.status == each] for each in statuses}
    sections = "".join(_column(view, each, held) for each, held in columns.items())
    widths = " ".join(WIDE if held else NARROW for held in columns.values())
    board = f'<div class="columns" style="grid-template-columns: {widths}">{sections}</div>'
    st.html(scrolling(board, "proposal-board", "proposal-board", "Proposals by status"))


def _column(view: ProposalsView, status: str, found: Sequence[CustomerProposal]) -> str:
    cards = "".join(f"<li>{_card(view, each)}</li>" for each in found[:FIRST])
    rest = len(found) - FIRST
    href = escape(address(view.changed(look="list", status=status)))
    more = (
        f'<p class="more"><a href="{href}" target="_self">{number_text(rest)} more</a></p>'
        if rest > 0
        else ""
    )
    held = f"<ol>{cards}</ol>{more}" if found else '<p class="none">None.</p>'
    return (
        f'<section aria-label="{escape(words.HEADS[status])}" data-status="{escape(status)}">'
        f"<h2>{escape(words.HEADS[status])} <span>{number_text(len(found))}</span></h2>{held}</section>"
    )


def _card(view: ProposalsView, each: CustomerProposal) -> str:
    href = escape(address(view.opened(each.number)))
    about = " · ".join(filter(None, (each.product, each.place)))
    told = escape(words.supports_short(each))
    return (
        f'<a class="proposal" href="{href}" target="_self"><b>{escape(words.short_title(each))}</b>'
        f"<small><span>{told}</span><span>{escape(format_day(each.at.date()))}</span></small>"
        f"{f'<small><span>{escape(about)}</span></small>' if about else ''}</a>"
    )


def proposal_list(view: ProposalsView, found: Sequence[CustomerProposal]) -> None:
    rows = [_row(view, each) for each in found]
    filled_table(HEADS, rows, "proposal-list", "Proposals", always=3)


def _row(view: ProposalsView, each: CustomerProposal) -> tuple[TableCell, ...]:
    told = each.told_supports
    return (
        TableCell(words.short_title(each), href=address(view.opened(each.number))),
        TableCell(words.HEADS[each.status]),
        count(each.persons),
        TableCell("" if told is None else number_text(told), "quiet", number=True),
        TableCell((each.author.name or each.author.id) if each.author else ""),
        TableCell(each.product),
        TableCell(each.place),
        TableCell(format_day(each.at.date()), "quiet"),
    )


def proposal_frame(found: Sequence[CustomerProposal]) -> pl.DataFrame:
    """Those listed as a file has them, a row each."""
    rows = [
        (
            each.number.id, each.number.source, each.title, each.text, each.status, each.now.at.date(), each.now.reason,
            each.persons, each.told_supports, each.author.id if each.author else None, each.product_id, each.product,
            each.place, each.language, each.at.date(), len(each.members),
        )
        for each in found
    ]  # fmt: skip
    schema = {
        "proposal": pl.String, "source": pl.String, "title": pl.String, "text": pl.String, "status": pl.String,
        "since": pl.Date, "reason": pl.String, "persons": pl.Int64, "told_supports": pl.Float64, "customer": pl.String,
        "product": pl.String, "product_name": pl.String, "place": pl.String, "language": pl.String, "made_on": pl.Date,
        "merged_into_it": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
