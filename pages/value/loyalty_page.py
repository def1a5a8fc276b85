"""Loyalty: how long customers have been buying against what they bring, in degrees, and whether the two go together."""

from __future__ import annotations

from html import escape

import streamlit as st

from data.errors import BadRequest
from mining.loyalty.duration_profit import METHOD
from pages.discover.customer_list import customer_list
from pages.discover.finding_footer import finding_footer
from pages.discover.mined_slice import period_choice, slice_bar
from pages.explore.outlier_days import outliers
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.kpi_row import kpi_strip
from pages.ui.opened_panel import BESIDE, opened_panel
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.segment_list import segment_list
from pages.ui.sought_work import await_work
from pages.ui.style.formats import count_text, format_day, number_text
from pages.value import loyalty_words as words
from pages.value.found_loyalty import FoundLoyalty, asked_loyalty, loyalty_customers
from pages.value.found_movement import found_movement
from pages.value.loyalty_plane import POINTS, cell_colours, loyalty_plane
from pages.value.loyalty_view import WORTHS, LoyaltyView, parse_loyalty
from pages.value.save_loyalty import saving

UNITS = {"margin": "money", "revenue": "money"}
USUAL = ("customer", "name", "duration_days", "margin", "revenue", "last_purchase")


def go(view: LoyaltyView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def loyalty() -> None:
    try:
        view = parse_loyalty(session.read_url())
    except BadRequest as error:
        page_title("Loyalty")
        refused(error, LoyaltyView())
        return
    if not slice_bar("Loyalty", view.cuts, lambda cuts: go(view.within(cuts))):
        ready(view, "refused")
        return
    try:
        frame, day = loyalty_customers(view.cuts)
    except BadRequest as error:
        refused(error, LoyaltyView())
        return
    if frame.is_empty() or day is None:
        nobody(view)
        return
    try:
        found = await_work(
            asked_loyalty(view, frame, day), f"Weighing {count_text(frame.height, 'customer')} …"
        )
    except BadRequest as error:
        refused(error, view.weighed("revenue"))
        return
    if found is None:
        ready(view, "awaited")
        return
    choices(view, found)
    show(view, found)
    outliers(session.cube(), "loyalty")
    finding_footer("loyalty", view.to_parameters())
    ready(view, "found", found)


def nobody(view: LoyaltyView) -> None:
    filtered = (
        "No known customer has a line within all the filters. Take one away, or choose a longer period."
    )
    empty_state(
        "No customers here",
        filtered if view.cuts else "No order line names its customer, so there is nobody to weigh.",
        "Clear all filters" if view.cuts else "",
        on_click=lambda: go(view.within(())),
        key="no-customers",
        drawing="filter",
    )
    ready(view, "empty")


def refused(error: BadRequest, instead: LoyaltyView) -> None:
    action = "Weigh by revenue" if instead.by else "Start afresh"
    empty_state(
        error.problem, error.remedy, action, on_click=lambda: go(instead), key="refused", drawing="filter"
    )
    ready(instead, "refused")


def choices(view: LoyaltyView, found: FoundLoyalty) -> None:
    """The period, what customers are weighed by, and where the two lines lie."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="loyalty-choices"):
        with st.container(width=200):
            period_choice(view.cuts, lambda cuts: go(view.within(cuts)), "loyalty-period")
        st.session_state["loyalty-by"] = found.by
        st.segmented_control(
            "Weighed by",
            list(WORTHS),
            key="loyalty-by",
            required=True,
            format_func=WORTHS.__getitem__,
            on_change=lambda: go(view.weighed(st.session_state["loyalty-by"])),
            label_visibility="collapsed",
        )
        lines(view, found)


def lines(view: LoyaltyView, found: FoundLoyalty) -> None:
    """The two thresholds, to be moved; back to the middle customer's with one button."""
    at = found.cells.thresholds
    st.session_state["loyalty-days"], st.session_state["loyalty-profit"] = (
        float(at.duration_days),
        float(at.profit),
    )

    def moved() -> None:
        days, profit = st.session_state["loyalty-days"], st.session_state["loyalty-profit"]
        go(
            view.at(
                view.days if days == at.duration_days else days,
                view.profit if profit == at.profit else profit,
            )
        )

    money = f"{WORTHS[found.by]} over, {session.currency()}".rstrip(", ")
    with st.container(width=150):
        st.number_input("Days over", 0.0, key="loyalty-days", step=30.0, format="%g", on_change=moved)
    with st.container(width=190):
        st.number_input(money, key="loyalty-profit", step=100.0, format="%.2f", on_change=moved)
    if view.days is not None or view.profit is not None:
        st.button(
            "Back to the middle customer",
            key="loyalty-medians",
            type="tertiary",
            on_click=lambda: go(view.at(None, None)),
        )


def show(view: LoyaltyView, found: FoundLoyalty) -> None:
    currency, tints = session.currency(), cell_colours(session.colours())
    chosen = view.cell if view.cell in found.cells.cells["cell"] else ""
    st.html(f'<p data-testid="main-fact">{escape(told_words(words.main_fact(found)))}</p>')
    kpi_strip(words.tiles(found, currency), "loyalty-tiles")

    def opened(cell: str) -> None:
        go(view.open("" if cell == chosen else cell))

    left, right = st.columns(BESIDE if chosen else (7, 5), gap="small")
    with left:
        with card("cells"):
            section("Degrees of loyalty", "A click opens a degree's customers beside the list.")
            heads = ("Degree", "Customers", WORTHS[found.by])
            segment_list(words.rows(found, tints, currency), chosen, "loyalty-list", opened, heads)
            said = told_words(" ".join(words.cautions(found)))
            st.html(f'<p class="clientela-quiet" data-testid="cautions">{escape(said)}</p>')
        content(found)
    with right:
        if chosen:
            inside(view, found, chosen)
    with left if chosen else right:
        plane(view, found, chosen)
        movement(view, found)
    definition(found)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="loyalty-footer"):
        saving(view, found)
        st.space("stretch")
        downloads("clientela-loyalty", lambda: words.listed(found), "loyalty", UNITS)


def plane(view: LoyaltyView, found: FoundLoyalty, chosen: str) -> None:
    with card("plane"):
        everybody = found.cells.members.height
        part = f" {number_text(POINTS)} of {number_text(everybody)} are drawn." if everybody > POINTS else ""
        section("How they lie", f"Up: {words.worth(found)}, tenfold a step. Dashed: the two lines.{part}")
        figure = loyalty_plane(found.cells, session.currency(), session.colours(), chosen=chosen)
        alt = words.described_cells(found, session.currency())
        key = f"loyalty-plane-{view.to_parameters()}"
        chart(figure, key, alt, lambda ids: go(view.open("" if ids[0] == chosen else ids[0])))


def content(found: FoundLoyalty) -> None:
    """Satisfaction beside loyalty, never mixed into it."""
    with card("scores"):
        section("Would they recommend?", words.scores_told(found))
        if not found.unasked and not found.scores.is_empty():
            table = words.scores_table(found)
            counts = {"answers": "count", "customers": "count"}
            frame_view(table, "loyalty-scores", counts, height=whole_height(table))
            downloads("clientela-loyalty-scores", lambda: table, "scores", counts)
            st.caption("Net promoter score from -100 to 100, with its 95% interval.")
            with st.popover("Every pair", icon=":material/compare_arrows:"):
                frame_view(words.differences_table(found), "loyalty-pairs")


def movement(view: LoyaltyView, found: FoundLoyalty) -> None:
    """Who moved between two dates, and how much of it is chance; on demand, for it takes a few seconds."""
    with card("moves"):
        section("Who moved?", "Degrees over two dates, against what moves where nobody has changed.")
        if not view.moves:
            st.button(
                "Compare two dates",
                key="loyalty-moves",
                icon=":material/swap_horiz:",
                on_click=lambda: go(view.moved()),
            )
            return
        try:
            with st.spinner("Forming the degrees of both dates, and what chance makes of them …"):
                moved = found_movement(view, found.by, found.cells.as_of)
        except BadRequest as error:
            st.caption(str(error))
            return
        st.html(f'<p data-testid="moved">{escape(words.moved_told(moved, found.by))}</p>')
        table = words.moves_table(moved)
        frame_view(table, "loyalty-flow", {"share": "percent"}, height=whole_height(table, 8))
        downloads("clientela-loyalty-moves", lambda: table, "moves", {"share": "percent"})


def inside(view: LoyaltyView, found: FoundLoyalty, cell: str) -> None:
    frame = words.listed(found, cell)
    with opened_panel(cell, "inside", lambda: go(view.open("")), {"customers": frame.height}):
        st.html(f'<p class="clientela-quiet">{escape(words.ADVICE[cell])}</p>')
        customer_list(
            frame, f"clientela-{cell.lower().replace(' ', '-')}", "inside", UNITS, USUAL, audience=cell
        )


def definition(found: FoundLoyalty) -> None:
    with st.expander("How this is counted, and by whom", icon=":material/menu_book:"):
        worth = WORTHS[found.by]
        st.markdown(
            words.DEFINITION.format(worth=worth, lower=worth.lower(), net=words.NET[found.by], method=METHOD)
        )


def ready(view: LoyaltyView, state: str, found: FoundLoyalty | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "by": found.by if found else "",
        "customers": found.cells.members.height if found else 0,
        "cell": view.cell,
        "version": session.warehouse().version,
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    told = f"Durations end at the latest on {format_day(found.cells.as_of)}, never today." if found else ""
    st.html(f'<p class="clientela-quiet" data-testid="loyalty-ready"{attributes}>{told}</p>')


loyalty()
