"""Sales of a proposal's product before and after it was done: what happened, and no proof of why."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape

import streamlit as st

from cubes.query import Cut, Query
from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.proposal_course import DONE
from data.errors import ClientelaError
from pages.manage.shared.html_tables import TableCell, table
from pages.ui import session
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text, format_span, format_value, growth, share_text

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
        extent = session.warehouse().profile.extents["sale"]
        last = extent.ordinary_until if hasattr(extent, "ordinary_until") else None
        days = min(DAYS, (last - done).days) if last else 0
        if days < FEWEST:
            st.html(f'<p class="clientela-quiet" data-testid="no-sales-since">Fewer than {FEWEST} days of sales are known since'
                    " it was done.</p>")  # fmt: skip
            return
        before, after = (
            (done - timedelta(days=days), done - timedelta(days=1)),
            (done + timedelta(days=1), done + timedelta(days=days)),
        )
        try:
            sold = [_sold(each.product_id, *span) for span in (before, after)]
        except ClientelaError as error:
            st.html(f'<p class="clientela-quiet">{escape(error.problem)}</p>')
            return
        rows = [
            (
                TableCell(label),
                *(TableCell(_value(one[name], unit), number=True) for one in sold),
                TableCell(_change(sold, name), number=True),
            )
            for name, (label, unit) in MEASURES.items()
        ]
        heads = ("", f"#{format_span(*before)}", f"#{format_span(*after)}", "#Change")
        table(heads, rows, "product-sales", "Sales before and after")
        st.caption(f"{count_text(days, 'day')} on either side of the day on which it was done.")
