"""Offers: what each customer is likely to buy again, what is new to them, and how well either is told."""

from __future__ import annotations

from html import escape

import polars as pl
import streamlit as st

from data.errors import BadRequest
from mining.offers.next_offers import MOST_OFFERS, removed_told
from mining.offers.offer_words import CAUTION, notes_told
from mining.offers.scoreboard import OfferList
from pages.discover.finding_footer import finding_footer
from pages.discover.found_offers import FoundOffers, asked_offers
from pages.discover.mined_slice import slice_bar
from pages.discover.offers_view import OffersView, parse_offers
from pages.ui import noted_looks, page_record, session
from pages.ui.audience_dialog import audience_button, offered_list
from pages.ui.export_files import downloads
from pages.ui.member_finder import member_finder
from pages.ui.page_record import ToldFigure, ToldFigures, told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.sought_work import await_work
from pages.ui.style.formats import count_text, number_text, share_text

TITLES = {OfferList.AGAIN: "Again", OfferList.NEW: "New to them"}
UNITS = {
    "chance": "percent",
    "margin": "money",
    "expected_margin": "money",
    "recall": "percent",
    "hit_rate": "percent",
    "recall_all": "percent",
    "coverage": "percent",
}


def go(view: OffersView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def offers() -> None:
    try:
        view = parse_offers(session.read_url())
    except BadRequest as error:
        page_title("Offers")
        refused(error, OffersView())
        return
    if not slice_bar("Offers", view.cuts, lambda cuts: go(view.within(cuts))):
        ready(view, "refused")
        return
    choices(view)
    try:
        found = await_work(asked_offers(view), "Learning what is bought again, and what next …")
    except BadRequest as error:
        refused(error, OffersView())
        return
    if found is None:
        ready(view, "awaited")
        return
    show(view, found)
    finding_footer("offers", view.of("").to_parameters())
    ready(view, "found", found)


def refused(error: BadRequest, instead: OffersView) -> None:
    empty_state(
        error.problem,
        error.remedy,
        "Start afresh",
        on_click=lambda: go(instead),
        key="refused",
        drawing="filter",
    )
    ready(instead, "refused")


def choices(view: OffersView) -> None:
    """How many offers, over how many days, and whom to reach how often."""
    st.session_state["offers-count"], st.session_state["offers-horizon"] = view.offers, view.horizon
    st.session_state["offers-cap"] = view.cap
    st.session_state["offers-consent"] = str(view.consent or "")

    def chosen() -> None:
        state = st.session_state
        asked = view.at(state["offers-count"], state["offers-horizon"], state["offers-cap"]).to_parameters()
        consent = {"consent": [state["offers-consent"].strip()]} if state["offers-consent"].strip() else {}
        session.write_url({name: each for name, each in asked.items() if name != "consent"} | consent)

    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="offers-choices"):
        with st.container(width=150):
            st.number_input("Offers of each list", 1, MOST_OFFERS, key="offers-count", on_change=chosen)
        with st.container(width=150):
            st.number_input("Chance within, days", 1, 365, key="offers-horizon", on_change=chosen)
        with st.container(width=190):
            st.number_input("Most contacts in 30 days", 0, 99, key="offers-cap", on_change=chosen,
                            help="Leaves out whom campaigns reached so often; 0 leaves out nobody.")  # fmt: skip
        with st.container(width=230):
            st.text_input("May be reached", key="offers-consent", placeholder="newsletter=yes", on_change=chosen,
                          help="A level of customers and who gave consent; empty asks for none.")  # fmt: skip


def show(view: OffersView, found: FoundOffers) -> None:
    st.html(f'<p data-testid="main-fact">{escape(told_words(main_fact(found)))}</p>')
    page_record.note(ToldFigures(figures(found)))
    with card("one"):
        section("One customer", "What to offer them, the greatest expected margin first.")
        one_customer(view, found)
    with card("board"):
        section("How well this is told", board_words(found))
        for which in OfferList:
            board(found, which)
    left, right = st.columns(2, gap="small")
    with left, card("removed"):
        removed(found)
    with right, card("lists"):
        section("All customers", f"{count_text(view.offers, 'offer')} a list, with the reason of each.")
        for which in OfferList:
            st.html(f"<b>{TITLES[which]}</b>")
            downloads(
                f"clientela-offers-{which.value}",
                lambda which=which: found.told(which),  # type: ignore[misc]
                f"offers-{which.value}",
                UNITS,
            )
            offered_audience(found, which)


def offered_audience(found: FoundOffers, which: OfferList) -> None:
    """An audience of whom a product is offered to in a list, the products by how many that are."""
    key = f"offers-whom-{which.value}"
    opened = st.popover("Whom it is offered to", icon=":material/group_add:", key=key, on_change="rerun")
    if not opened.open:
        return
    with opened:
        st.html(f'<style>[data-testid="stPopoverBody"] {{ color-scheme: {session.colours().name}; }}</style>')
        products = {each["product"]: each for each in found.products_of(which).iter_rows(named=True)}
        if not products:
            st.caption("Nothing is offered in this list.")
            return

        def told(product: str) -> str:
            row = products[product]
            return f"{row['product_name']}: {count_text(row['customers'], 'customer')}"

        chosen = st.selectbox("Product", list(products), key=f"{key}-product", format_func=told)
        name = f"{products[chosen]['product_name']}, offered: {TITLES[which].lower()}"
        audience_button(lambda: offered_list(name, f"List: {name}", found.offered_to(which, chosen)), key)


def main_fact(found: FoundOffers) -> str:
    """How many customers have offers, and what that is not."""
    told = found.found
    people = count_text(len(told.bought.customers), "customer")
    cold = told.cold["customer"].n_unique()
    also = (
        f" {count_text(cold, 'customer')} without a purchase get what is popular in their segment."
        if cold
        else ""
    )
    return f"Offers for {people}, of {count_text(len(told.bought.products), 'product')}.{also} {CAUTION}"


def figures(found: FoundOffers) -> tuple[ToldFigure, ...]:
    """Whom offers are for, and how well the models of the two lists told what was bought in the days held out."""
    told, frame = found.found, found.found.board.frame
    people = number_text(len(told.bought.customers))
    models = [
        ToldFigure(
            f"{TITLES[OfferList(row['list'])]}: recall of 10", share_text(row["recall"], 1), row["model"]
        )
        for row in frame.iter_rows(named=True)
        if row["model"] == told.models[OfferList(row["list"])] and row["recall"] is not None
    ]
    return (ToldFigure("Customers with offers", people), *models)


def one_customer(view: OffersView, found: FoundOffers) -> None:
    """Look a customer up, and the two lists of theirs."""
    level = session.cube().level("customer")
    member_finder("offers", level, lambda found: go(view.of(found.id)))
    if not view.who:
        return
    if found.code(view.who) < 0:
        st.caption(f"No customer has the number {view.who!r}.")
        return
    noted_looks.saw_customer(view.who)
    name = found.customers.filter(pl.col("id") == view.who)["label"][0]
    st.html(f'<h3 class="clientela-section" data-testid="offers-of">{escape(name)}</h3>')
    for which in OfferList:
        table = found.told(which, view.who).select("product_name", "chance", "expected_margin", "why")
        st.html(f"<b>{TITLES[which]}</b>")
        if table.height:
            frame_view(table, f"offers-{which.value}-one", UNITS, height=whole_height(table))
        few = found.why_fewer(which, view.who)
        if few:
            st.caption(f"{number_text(table.height)} of {number_text(view.offers)}: {few}.")


def board_words(found: FoundOffers) -> str:
    terms, split = found.found.terms, found.found.board.split
    return (
        f"Models learnt from all before the last {terms.horizon_days} days and held against what "
        f"{count_text(len(split.customers), 'customer')} bought in them. Recall: the part of it among the first 10. "
        "Of what is new, models of own purchases know popularity alone."
    )


def board(found: FoundOffers, which: OfferList) -> None:
    frame = found.found.board.frame.filter(pl.col("list") == which.value)
    st.html(f"<b>{TITLES[which]}</b>")
    table = frame.select("model", "customers", "recall", "hit_rate", "coverage", "gini")
    frame_view(table, f"offers-board-{which.value}", UNITS, height=whole_height(table))
    downloads(f"clientela-offers-models-{which.value}", lambda: table, f"offers-models-{which.value}", UNITS)


def removed(found: FoundOffers) -> None:
    section("Not offered", "What the rules took from the first offers of each list.")
    table = removed_told(found.found)
    if table.height:
        frame_view(table, "offers-removed", height=whole_height(table))
        downloads("clientela-offers-removed", lambda: table, "offers-removed")
    said = [*notes_told(found.found), *found.notes]
    st.html(f'<p class="clientela-quiet" data-testid="cautions">{escape(told_words(" ".join(said)))}</p>')


def ready(view: OffersView, state: str, found: FoundOffers | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "customers": len(found.found.bought.customers) if found else 0,
        "who": view.who,
        "version": session.warehouse().version,
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    st.html(f'<p class="clientela-quiet" data-testid="offers-ready"{attributes}></p>')


offers()
