"""The portfolio found: the lines of a slice read and counted once, classes and verdicts by the thresholds asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import streamlit as st

from cubes.analysis.product_sales import product_sales
from cubes.drill_through.product_rows import member_names
from cubes.query import Cut, Query
from data.operational.product_roles import ProductRole, product_roles
from mining.portfolio.fee_candidates import fee_candidates
from mining.portfolio.product_lines import ProductLines, product_lines
from mining.portfolio.product_portfolio import (
    PortfolioThresholds,
    ProductFigures,
    ProductPortfolio,
    Stock,
    product_figures,
    product_portfolio,
)
from mining.portfolio.what_if import WhatIf, what_if
from pages.discover.portfolio_view import ALL, PortfolioView
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work


@dataclass(frozen=True, slots=True, eq=False)
class FoundPortfolio:
    """The portfolio of a slice. `unasked` (id, label) may be no products, and nobody has said yet; `fees` (ids)
    were said to be none, with `fee_revenue` within the slice."""

    portfolio: ProductPortfolio
    lines: ProductLines
    unasked: pl.DataFrame
    fees: tuple[str, ...]
    fee_revenue: float

    def taken(self, view: PortfolioView) -> pl.DataFrame:
        """The products that are off: those of the verdict, everything, or those named that were sold here."""
        products = self.portfolio.products
        if view.take == ALL:
            return products
        return products.filter(
            pl.col("verdict") == view.take if view.take else pl.col("id").is_in(list(view.off))
        )

    def on_hand(self, view: PortfolioView) -> float | None:
        """The pieces in stock of what is off; None where no count is known of any."""
        counted = self.taken(view)["on_hand"].drop_nulls()
        return None if counted.is_empty() else float(counted.sum())

    def without(self, view: PortfolioView) -> WhatIf:
        return what_if(self.lines, self.taken(view)["product"].to_list(), view.transfer)


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    lines: ProductLines
    figures: ProductFigures
    stock: Stock | None
    unasked: pl.DataFrame
    fee_revenue: float


def found_portfolio(view: PortfolioView) -> FoundPortfolio:
    """The portfolio that a view asks for, waiting for it. Raises BadRequest."""
    return asked_portfolio(view).found()


def asked_portfolio(view: PortfolioView) -> AskedWork[FoundPortfolio]:
    """The portfolio that a view asks for, sought when somebody waits for it; finding it raises BadRequest."""
    roles = tuple(sorted(product_roles(session.warehouse()).items()))
    cuts = session.sets_read(view.cuts)
    return asked_work(
        "portfolio", (cuts, roles, view.at), lambda done: _found(cuts, dict(roles), view.at, done)
    )


def _found(
    cuts: tuple[Cut, ...], roles: Mapping[str, ProductRole], at: PortfolioThresholds, done: Progress
) -> FoundPortfolio:
    version = session.warehouse().version
    fees = tuple(sorted(id for id, role in roles.items() if role is ProductRole.FEE))
    counted = _counted(version, cuts, fees, done)
    found = product_portfolio(counted.lines, at, counted.stock, counted.figures)
    unasked = counted.unasked.filter(~pl.col("id").is_in(list(roles)))
    return FoundPortfolio(found, counted.lines, unasked, fees, counted.fee_revenue)


def customers_of(found: pl.DataFrame) -> pl.DataFrame:
    """Customers (code) and their revenue as a list by id and name."""
    names = _customers(session.warehouse().version)
    told = found.join(names, left_on="customer", right_on="code", how="left", maintain_order="left")
    return told.select("revenue", customer="id", name="label").select("customer", "name", "revenue")


@st.cache_resource(show_spinner=False, max_entries=2, hash_funcs={Cut: repr})
def _counted(version: str, cuts: tuple[Cut, ...], fees: tuple[str, ...], _done: Progress) -> _Counted:
    sales = product_sales(session.warehouse(), session.ask_whole, Query(cuts=cuts))
    _done(0.2)
    lines = product_lines(sales.lines, sales.names, sales.since, sales.until, fees)
    _done(0.4)
    stock = None
    if sales.on_hand is not None and sales.sold_out is not None:
        stock = Stock(sales.on_hand, sales.sold_out)
    left_out = sales.names.filter(pl.col("id").is_in(list(fees))).select("product")
    fee_revenue = sales.lines.join(left_out, on="product", how="semi")["revenue"].sum()
    unasked = fee_candidates(lines.names).select("id", "label")
    figures = product_figures(lines, stock)
    _done(0.8)
    return _Counted(lines, figures, stock, unasked, float(fee_revenue))


@st.cache_resource(show_spinner=False, max_entries=1)
def _customers(version: str) -> pl.DataFrame:
    return member_names(session.warehouse(), "customer")
