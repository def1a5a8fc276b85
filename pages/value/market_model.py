"""The market model of the page Customer share: a panel's totals by hand, and what brands of such shares would have."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.errors import BadRequest
from mining.customer_share.nbd_dirichlet import NbdDirichlet, PanelBrand, nbd_dirichlet
from mining.customer_share.share_tier import TIER_WORDS, Tier
from pages.ui import session
from pages.ui.export_files import downloads
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import number_text, share_text
from pages.value.share_view import PanelTotals, ShareView, parse_brands

EXAMPLE = PanelTotals(
    0.56,
    2.6,
    (
        PanelBrand("Colgate", 0.25, 0.20),
        PanelBrand("Macleans", 0.19, 0.17),
        PanelBrand("Close Up", 0.10, 0.09),
        PanelBrand("Signal", 0.10, 0.08),
        PanelBrand("Ultrabrite", 0.09, 0.08),
        PanelBrand("Gibbs SR", 0.08, 0.07),
        PanelBrand("Boots", 0.03, 0.03),
        PanelBrand("Sainsbury", 0.02, 0.02),
    ),
)
UNITS = dict.fromkeys(("share", "penetration", "panel_penetration", "share_of_requirements"), "percent")


def market_model(view: ShareView) -> int:
    """Draw the form and the model of what stands in the address; how many brands it tells of."""
    panel = view.panel or EXAMPLE
    left, right = st.columns((5, 7), gap="small")
    with left, card("panel"):
        _form(view, panel)
    with right, card("market"):
        section("What brands of these shares would have", TIER_WORDS[Tier.DIRICHLET].capitalize())
        if view.panel is None:
            st.caption("An example: toothpaste, a quarter year. Put your panel's totals in its place.")
        try:
            model = nbd_dirichlet(panel.penetration, panel.rate, panel.brands)
        except BadRequest as error:
            st.warning(str(error), icon=":material/rule:")
            return 0
        _told(model, panel)
    return len(panel.brands)


def expected(model: NbdDirichlet, panel: PanelTotals) -> pl.DataFrame:
    """One row a brand: what the panel says and what the model expects; shares and penetrations 0 to 1."""
    rows = [
        (told.name, told.share, told.penetration, want.penetration, want.rate, want.share_of_requirements)
        for told in panel.brands
        for want in [model.brand(told.name, told.share)]
    ]
    columns = ("brand", "share", "panel_penetration", "penetration", "rate", "share_of_requirements")
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        pl.col("rate").round(2), tier=pl.lit(Tier.DIRICHLET.value)
    )


def _told(model: NbdDirichlet, panel: PanelTotals) -> None:
    table = expected(model, panel)
    st.html(
        f'<p data-testid="main-fact">A household buys {number_text(model.m, 3)} times (m), k is '
        f"{number_text(model.k, 4)}, s is {number_text(model.s, 4)}. A brand of the first's share "
        f"({share_text(panel.brands[0].share)}) is expected to get "
        f"{share_text(table['share_of_requirements'][0], 1)} of its buyers' purchases.</p>"
    )
    frame_view(table, "market-brands", UNITS, height=whole_height(table, 30))
    downloads("clientela-share-dirichlet", lambda: table, "market", UNITS)


def _form(view: ShareView, panel: PanelTotals) -> None:
    section("A panel's totals", "Parts of all households and of all purchases, from 0 to 1.")
    with st.form("panel", border=False):
        penetration = st.number_input(
            "Households that buy the category", 0.0, 1.0, min(max(panel.penetration, 0.0), 1.0), 0.01, "%.4f"
        )
        rate = st.number_input("Purchases a buyer", 0.0, value=max(panel.rate, 0.0), step=0.1, format="%.3f")
        lines = "\n".join(f"{each.share:g}:{each.penetration:g}:{each.name}" for each in panel.brands)
        text = st.text_area("Brands: share, penetration, name, with colons", lines, height=220)
        if st.form_submit_button("Reckon", type="primary"):
            try:
                told = PanelTotals(penetration, rate, parse_brands(text.splitlines()))
            except BadRequest as error:
                st.warning(str(error), icon=":material/rule:")
            else:
                session.write_url(view.told(told).to_parameters())
                st.rerun(scope="fragment")
