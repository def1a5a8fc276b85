"""Sales of a proposal's product before and after it was done: what happened, and no proof of why."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape

import streamlit as st

from cubes.ask.answer import Answer
from cubes.query import Cut, Query
from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.proposal_course import DONE
from data.model.canonical_tables import MAIN_FACT
from pages.manage.shared.html_tables import TableCell, table
from pages.ui import session
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text, delta_text, format_day, format_span, format_value

DAYS = 90
FEWEST = 7
MEASURES = {"revenue": ("Revenue", "money"), "units_sold": ("Units sold", "units"), "orders": ("Orders", "count"),
            "customers": ("Customers", "count")}  # fmt: skip
OBSERVED = "Observed, not caused: season, prices and campaigns changed as well, and nothing was held out."


def product_sales_card(each: CustomerProposal) -> None:
    """Nothing of a proposal without a product, or not done."""
    done = next((one.at.date() for one in reversed(each.course) if one.status == DONE), None)
    if done is None or not each.product_id or each.status != DONE:
        return
    with card("product-sales"):
        section(f"Sales of {each.product} before and after", OBSERVED)
        last = session.warehouse().profile.extents[MAIN_FACT.name].last_day
        days = min(DAYS, (last - done).days) if last else 0
        if days < FEWEST:
            quiet = f"Sales are known of fewer than {FEWEST} days since it was done ({format_day(done)})."
            st.html(f'<p class="clientela-quiet" data-testid="no-sales-since">{escape(quiet)}</p>')
            return
        _before_and_after(each.product_id, done, days)


def _before_and_after(product: str, done: date, days: int) -> None:
    before = (done - timedelta(days=days), done - timedelta(days=1))
    after = (done + timedelta(days=1), done + timedelta(days=days))
    sold = [_sold(product, *span) for span in (before, after)]
    rows = [
        (
            TableCell(label),
            *(
                TableCell(format_value(one.total(name) or 0, unit, session.currency()), number=True)
                for one in sold
            ),
            TableCell(
                delta_text(sold[1].total(name) or 0, sold[0].total(name) or 0, unit) or "–", number=True
            ),
        )
        for name, (label, unit) in MEASURES.items()
    ]
    heads = ("Measure", f"#{format_span(*before)}", f"#{format_span(*after)}", "#Change")
    table(heads, rows, "product-sales", "Sales before and after")
    st.caption(f"{count_text(days, 'day')} on either side of the day on which it was done.")


def _sold(product: str, since: date, until: date) -> Answer:
    cuts = (Cut("product", (product,)), Cut("day", since=since.isoformat(), until=until.isoformat()))
    return session.ask(Query(tuple(MEASURES), cuts=cuts))
