"""The price that earns most: profit by price with its band, and where the best price lies in samples of persons."""

from __future__ import annotations

from html import escape

import polars as pl
import streamlit as st

from pages.collaborate import demand_words as words
from pages.collaborate.demand_view import DemandView
from pages.collaborate.found_demand import FoundDemand
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, distribution_words, histogram, price_curves
from pages.ui.page_states import card, section


def best_price_card(view: DemandView, found: FoundDemand, price: Quantity) -> None:
    with card("best-price", height="stretch"):
        what = "Profit" if found.cost else "Revenue"
        section(
            f"{what} a person asked",
            "(Price less cost) times the share that would buy, with what chance does to it in 95 of 100 samples."
            f" Grey: where the best price lies. {'' if found.cost else 'No cost is known: 0 is taken.'}",
        )
        best = found.best
        if best is None:
            st.html(
                '<p class="clientela-quiet">Nobody named more than it costs: no price earns anything.</p>'
            )
            return
        lines = words.profit_lines(best)
        figure = price_curves(
            lines, session.colours(), x=price, y=Quantity(what, price.unit, price.currency),
            marks=[(best.price, f"{words.said(best.price, price)}: {words.said(best.profit, price)} a person")],
            span=(best.price_low, best.price_high),
        )  # fmt: skip
        told = (
            f"{what} a person asked is greatest at {words.said(best.price, price)}:"
            f" {words.said(best.profit, price)}."
        )
        chart(figure, f"profit-{view.to_parameters()}", told)
        downloads(
            "clientela-profit", lambda: best.curve, "demand-profit",
            dict.fromkeys(("price", "profit", "low", "high"), price.unit),
        )  # fmt: skip


def drawn_prices_card(view: DemandView, found: FoundDemand, price: Quantity) -> None:
    """How often each price is the best one."""
    best = found.best
    if best is None:
        return
    with card("drawn-prices", height="stretch"):
        section(
            "How sure the best price is",
            "The best price in each of 500 samples of the same persons: profit is flat near its top, so that one"
            " number alone would deceive.",
        )
        counted = pl.DataFrame({"value": best.drawn}).group_by("value").len("members").sort("value")
        measure = Quantity("Best price", price.unit, price.currency)
        figure = histogram(counted, session.colours(), measure=measure, member="sample", height=300)
        chart(
            figure,
            f"drawn-{view.to_parameters()}",
            distribution_words(counted, measure=measure, member="sample"),
        )
        top = counted.sort("members", "value", descending=[True, False]).head(3)
        often = "; ".join(
            f"{words.said(each['value'], price)} in {each['members'] / len(best.drawn):.0%}"
            for each in top.iter_rows(named=True)
        )
        st.html(f'<p class="clientela-quiet" data-testid="often">Most often: {escape(often)}.</p>')
