"""Portfolio: which products carry the firm, which may go, and what goes with them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from html import escape

import streamlit as st

from data.access.deed import Deed
from data.errors import BadRequest
from data.operational.operational_store import OperationalStore
from data.operational.product_roles import ProductRole, seen_roles, set_roles
from mining.portfolio.demand_variation import XyzThresholds
from mining.portfolio.pareto_curve import AbcThresholds
from mining.portfolio.product_portfolio import PortfolioThresholds
from pages.discover import portfolio_words as words
from pages.discover.customer_list import customer_list
from pages.discover.finding_footer import finding_footer
from pages.discover.found_portfolio import FoundPortfolio, asked_portfolio, customers_of
from pages.discover.mined_slice import period_choice, slice_bar
from pages.discover.portfolio_table import product_table
from pages.discover.portfolio_view import PortfolioView, parse_portfolio
from pages.discover.what_if_card import what_if_card
from pages.explore.outlier_days import outliers
from pages.explore.written_deeds import Standing, as_seen, do, tell
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, described, heatmap, share_curves
from pages.ui.kpi_row import kpi_strip
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.segment_list import segment_list
from pages.ui.sought_work import await_work
from pages.ui.style.formats import count_text, money_text

ROLES_SAID = "fees-told"
HEADS = ("Verdict", "Products", "Revenue")


def go(view: PortfolioView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def portfolio() -> None:
    try:
        view = parse_portfolio(session.read_url())
        slice_bar("Portfolio", view.cuts, lambda cuts: go(view.within(cuts)))
    except BadRequest as error:
        page_title("Portfolio")
        refused(error, PortfolioView())
        return
    choices(view)
    try:
        found = await_work(asked_portfolio(view), "Weighing every product …")
    except BadRequest as error:
        refused(error, view.within(()))
        return
    if found is None:
        ready(view, "awaited")
        return
    not_products(found)
    show(view, found)
    outliers(session.cube(), "portfolio")
    finding_footer("portfolio", view.to_parameters())
    ready(view, "found", found)


def refused(error: BadRequest, instead: PortfolioView) -> None:
    empty_state(
        error.problem,
        error.remedy,
        "Start afresh",
        on_click=lambda: go(instead),
        key="refused",
        drawing="filter",
    )
    ready(instead, "refused")


def choices(view: PortfolioView) -> None:
    """The period, and where classes end."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="portfolio-choices"):
        with st.container(width=200):
            period_choice(view.cuts, lambda cuts: go(view.within(cuts)), "portfolio-period")
        with st.popover("Classes", icon=":material/tune:", help="Where ABC and XYZ end, and what is too new"):
            thresholds(view)
        if view.at != PortfolioThresholds():
            usual = PortfolioThresholds()
            st.button(
                "Usual classes", key="portfolio-usual", type="tertiary", on_click=lambda: go(view.by(usual))
            )


def thresholds(view: PortfolioView) -> None:
    """Five numbers; those that contradict each other are refused beside them."""
    at = view.at
    shown = {"a": at.abc.a * 100, "b": at.abc.b * 100, "x": at.xyz.x, "y": at.xyz.y, "new": at.new_days}
    labels = {
        "a": "A makes, % of revenue",
        "b": "A and B make, % of revenue",
        "x": "X: variation up to",
        "y": "Y: variation up to",
        "new": "Too new: days since the first sale",
    }
    for name, value in shown.items():
        st.session_state[f"portfolio-{name}"] = round(value, 4) if name != "new" else value

    def moved() -> None:
        read = {name: st.session_state[f"portfolio-{name}"] for name in shown}
        try:
            asked = PortfolioThresholds(
                AbcThresholds(round(read["a"] / 100, 6), round(read["b"] / 100, 6)),
                XyzThresholds(read["x"], read["y"]),
                int(read["new"]),
            )
        except BadRequest as error:
            st.session_state["portfolio-contradiction"] = str(error)
            return
        st.session_state.pop("portfolio-contradiction", None)
        go(view.by(asked))

    for name in ("a", "b"):
        st.number_input(
            labels[name], 1.0, 100.0, key=f"portfolio-{name}", step=1.0, format="%g", on_change=moved
        )
    for name in ("x", "y"):
        st.number_input(
            labels[name], 0.01, 99.0, key=f"portfolio-{name}", step=0.1, format="%g", on_change=moved
        )
    st.number_input(labels["new"], 1, 36_500, key="portfolio-new", step=1, on_change=moved)
    if said := st.session_state.pop("portfolio-contradiction", ""):
        st.warning(said)


def _say_roles(roles: Mapping[str, ProductRole], seen: frozenset[str], standing: Standing = None) -> None:
    def deed(_: OperationalStore) -> str:
        set_roles(session.warehouse().path, roles, standing or as_seen(*seen))
        return "It is kept, and asked no more."

    do(ROLES_SAID, deed, partial(_say_roles, roles, seen))


def not_products(found: FoundPortfolio) -> None:
    """What may be no product is asked about once; what was said can be changed here."""
    seen = seen_roles(session.warehouse())
    tell(ROLES_SAID)
    if not found.unasked.is_empty() and may(Deed.CURATE):
        labels = dict(found.unasked.select("id", "label").iter_rows())
        with card("fees"):
            section(
                "Are these products?",
                "They look like postage, fees or discounts. Mark those that are none: it is asked once.",
            )
            st.pills(
                "No products",
                list(labels),
                selection_mode="multi",
                default=list(labels),
                key=f"fees-{len(labels)}",
                format_func=lambda id: f"{labels[id]} ({id})",
                label_visibility="collapsed",
            )

            def say() -> None:
                marked = set(st.session_state[f"fees-{len(labels)}"] or ())
                _say_roles(
                    {id: ProductRole.FEE if id in marked else ProductRole.PRODUCT for id in labels}, seen
                )

            st.button("The marked are no products, the others are", key="fees-say", on_click=say)
    if found.fees:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="fees-said"):
            amount = money_text(found.fee_revenue, session.currency())
            st.caption(f"Left out as no products: {', '.join(found.fees)} ({amount} in this slice).")
            if may(Deed.CURATE):
                st.button(
                    "They are products",
                    key="fees-back",
                    type="tertiary",
                    on_click=lambda: _say_roles(dict.fromkeys(found.fees, ProductRole.PRODUCT), seen),
                )


def show(view: PortfolioView, found: FoundPortfolio) -> None:
    currency = session.currency()
    st.html(f'<p data-testid="main-fact">{escape(told_words(words.main_fact(found, view.at)))}</p>')
    kpi_strip(words.tiles(found, currency), "portfolio-tiles")
    left, right = st.columns(2, gap="small")
    with left, card("pareto", height="stretch"):
        pareto(view, found)
    with right, card("grid", height="stretch"):
        abc_by_xyz(view, found)
    with card("verdicts"):
        section(
            "What to do with them",
            "Customers are different ones, so they do not add up. A click lists the products.",
        )

        def opened(verdict: str) -> None:
            go(view.picked(view.cell, "" if verdict == view.verdict else verdict))

        rows = words.verdict_rows(found, session.colours(), currency)
        segment_list(rows, view.verdict, "portfolio-verdicts", opened, HEADS)
    products(view, found)
    what_if_card(view, found, go)
    left, right = st.columns(2, gap="small")
    with left:
        substitutes(found)
    with right:
        sole_buyers(found)
    with st.expander("How this is counted, and by whom", icon=":material/menu_book:"):
        st.markdown(words.definition(view.at))


def pareto(view: PortfolioView, found: FoundPortfolio) -> None:
    section("How few make how much", "From the greatest down. Dotted: if all made the same.")
    marks = (view.at.abc.a, view.at.abc.b)
    figure = share_curves(words.curves(found), session.colours(), marks=marks)
    chart(figure, f"portfolio-pareto-{view.cuts}", words.main_fact(found, view.at))


def abc_by_xyz(view: PortfolioView, found: FoundPortfolio) -> None:
    section(
        "Revenue by evenness of demand", "Products and their part of revenue. A click lists those of a cell."
    )
    frame, currency = words.grid(found, session.currency()), session.currency()
    chosen = (view.cell[0], view.cell[1]) if view.cell else None
    figure = heatmap(frame, session.colours(), currency=currency, height=320, chosen=chosen)
    alt = described(frame, kind="Heat map", measure=Quantity("revenue", "money", currency), adds=True)

    def clicked(ids: tuple[str, ...]) -> None:
        cell = "".join(ids)
        go(view.picked("" if cell == view.cell else cell, view.verdict))

    chart(figure, f"portfolio-grid-{view.to_parameters()}", alt, clicked)


def products(view: PortfolioView, found: FoundPortfolio) -> None:
    """The products picked out, each to be ticked off."""
    picked = words.picked(found, view)
    with card("products"):
        within = " ".join(filter(None, (view.cell, view.verdict)))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(
                f'<h2 class="clientela-section" data-testid="products">{escape(count_text(picked.height, "product"))}'
                f"{escape(f' · {within}' if within else '')}</h2>",
                width="content",
            )
            st.space("stretch")
            if within:
                st.button(
                    "Show all", key="portfolio-all", type="tertiary", on_click=lambda: go(view.picked())
                )
        if picked.is_empty():
            st.caption("None is both. Take one of the two away.")
            return
        product_table(view, found, picked, go)
        listed = words.table(picked)
        downloads("clientela-portfolio", lambda: listed, "portfolio", words.UNITS)


def substitutes(found: FoundPortfolio) -> None:
    with card("substitutes"):
        section(
            "Likely substitutes",
            "Bought instead of each other: fewer baskets hold both than chance would have it.",
        )
        st.html(f'<p class="clientela-quiet" data-testid="pairs">{escape(words.pairs_told(found))}</p>')
        table = words.pairs(found)
        if not table.is_empty():
            frame_view(table, "portfolio-pairs", words.UNITS, height=whole_height(table, 10))
            downloads("clientela-substitutes", lambda: table, "substitutes", words.UNITS)


def sole_buyers(found: FoundPortfolio) -> None:
    sole = found.portfolio.sole
    with card("sole"):
        section("Customers of one product", "Whoever takes it off gives them no reason to come.")
        if sole.is_empty():
            nobody = found.lines.known.is_empty()
            st.caption(
                "No order line here names its customer."
                if nobody
                else "Every known customer bought several products."
            )
            return
        names = found.portfolio.products.select("product", product_name="label")
        listed = customers_of(sole).with_columns(
            product=sole.join(names, on="product", how="left", maintain_order="left")["product_name"]
        )
        customer_list(
            listed, "clientela-sole-buyers", "sole", words.UNITS, ("customer", "name", "product", "revenue"),
            audience="Customers of one product",
        )  # fmt: skip


def ready(view: PortfolioView, state: str, found: FoundPortfolio | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "products": found.portfolio.products.height if found else 0,
        "off": found.taken(view).height if found else 0,
        "version": session.warehouse().version,
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    st.html(f'<p class="clientela-quiet" data-testid="portfolio-ready"{attributes}></p>')


portfolio()
