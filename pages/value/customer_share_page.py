"""Customer share: how much of what customers could spend they spend here, by five tiers, and where the rest may lie."""

from __future__ import annotations

from html import escape

import streamlit as st

from cubes.analysis.slice_days import last_months
from data.errors import BadRequest
from mining.customer_share.attainable_ceiling import QUANTILES
from mining.customer_share.share_tier import TIER_WORDS, Tier
from pages.discover.customer_list import customer_list
from pages.discover.finding_footer import finding_footer
from pages.discover.mined_slice import period_choice, slice_bar
from pages.explore.outlier_days import outliers
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, bars, described
from pages.ui.kpi_row import kpi_strip
from pages.ui.opened_panel import BESIDE, opened_panel
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.sought_work import await_work
from pages.ui.style.formats import share_text
from pages.value import share_words as words
from pages.value.found_ceiling import asked_ceiling
from pages.value.found_share import FoundShare, found_share, group_levels, grouping_levels
from pages.value.market_model import market_model
from pages.value.save_scores import saving
from pages.value.share_scores import IN_MONEY, offered
from pages.value.share_view import TIERS, ShareView, parse_share

USUAL = ("customer", "name", "head_room", "share", "own", "wallet", "sell")
SEEKING = "Comparing each customer with others like them …"


def go(view: ShareView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def customer_share() -> None:
    url = session.read_url()
    try:
        view = parse_share(url) if url else ShareView(last_months(session.warehouse().profile))
    except BadRequest as error:
        page_title("Customer share")
        refused(error, ShareView())
        return
    if not slice_bar("Customer share", view.cuts, lambda cuts: go(view.within(cuts))):
        ready(view, "refused")
        return
    choices(view)
    if view.tier is Tier.DIRICHLET:
        brands = market_model(view)
        definition(view)
        if brands:
            finding_footer("share", view.to_parameters())
        ready(view, "model" if brands else "refused")
        return
    try:
        if (
            view.tier is Tier.ATTAINABLE
            and await_work(asked_ceiling(view.cuts, view.quantile), SEEKING) is None
        ):
            ready(view, "awaited")
            return
        found = found_share(view)
    except BadRequest as error:
        refused(error, view.of(Tier.BREADTH) if view.tier is Tier.ATTAINABLE else view.of(Tier.ATTAINABLE))
        return
    show(view, found)
    outliers(session.cube(), "share")
    finding_footer("share", view.to_parameters())
    ready(view, "found", found)


def refused(error: BadRequest, instead: ShareView) -> None:
    empty_state(
        error.problem, error.remedy, f"Show {TIERS[instead.tier].lower()}", on_click=lambda: go(instead), key="refused",
        drawing="filter",
    )  # fmt: skip
    ready(instead, "refused")


def choices(view: ShareView) -> None:
    """The period, the tier, what customers are held against and grouped by."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="share-choices"):
        with st.container(width=200):
            period_choice(view.cuts, lambda cuts: go(view.within(cuts)), "share-period")
        st.session_state["share-tier"] = view.tier
        st.segmented_control(
            "Tier",
            list(Tier),
            key="share-tier",
            required=True,
            format_func=TIERS.__getitem__,
            on_change=lambda: go(view.of(st.session_state["share-tier"])),
            label_visibility="collapsed",
        )
        if view.tier is Tier.ATTAINABLE:
            with st.container(width=190):
                chooser(
                    "Held against",
                    "share-quantile",
                    sorted({*QUANTILES, view.quantile}),
                    view.quantile,
                    lambda each: f"{share_text(each)} of look-alikes",
                    lambda each: go(view.against(each)),
                )
        grouping(view)


def grouping(view: ShareView) -> None:
    cube, levels = session.cube(), group_levels()
    if view.by and view.by not in levels and view.by in grouping_levels(cube):
        levels.append(view.by)
    if view.tier is Tier.DIRICHLET or not levels:
        return
    now = view.by if view.by in levels else levels[0]
    with st.container(width=190):
        chooser(
            "Grouped by", "share-by", levels, now, lambda name: f"By {cube.level(name).label.lower()}",
            lambda name: go(view.grouped(name)),
        )  # fmt: skip


def show(view: ShareView, found: FoundShare) -> None:
    currency = session.currency()
    chosen = view.group if view.group in found.groups["group"] else ""
    st.html(
        f'<p data-testid="main-fact">{escape(told_words(words.main_fact(found, currency)))} '
        f'<span class="clientela-quiet" data-testid="tier">{escape(TIER_WORDS[found.tier].capitalize())}.</span></p>'
    )
    kpi_strip(words.tiles(found, view.quantile, currency), "share-tiles")
    if chosen or found.categories.height > 1:
        left, right = st.columns(BESIDE if chosen else (7, 5), gap="small")
    else:  # one line beside a tall card
        left = right = st.container()
    with left:
        groups(view, found, chosen)
    with right:
        if chosen:
            inside(view, found, chosen)
    with left if chosen else right:
        categories(found)
    if not chosen:
        with card("customers"):
            section(f"Customers by head-room, {found.tier}", "The greatest first, and what to offer each.")
            everybody = words.listed(found)
            customer_list(
                everybody, f"clientela-share-{found.tier}", "everybody", words.units(found.tier), USUAL,
                audience=f"Customers by head-room, {found.tier}",
            )  # fmt: skip
            if found.tier in IN_MONEY:
                saving(offered(view, found))
    definition(view)


def groups(view: ShareView, found: FoundShare, chosen: str) -> None:
    label = session.cube().level(found.by).label if found.by else "Everybody"
    tier, currency = found.tier, session.currency()
    with card("groups"):
        section(f"Head-room by {label.lower()}, {tier}", "A click opens a group's customers beside it.")
        unit = "count" if tier is Tier.BREADTH else "money"
        frame = words.groups_bars(found)
        figure = bars(frame, session.colours(), unit=unit, currency=currency)
        measure = Quantity(f"head-room ({TIER_WORDS[tier]})", unit, currency)
        alt = described(frame, kind="Bars", measure=measure, adds=True)

        def clicked(ids: tuple[str, ...]) -> None:
            go(view.open("" if ids[0] == chosen else ids[0]))

        chart(figure, f"share-{view.to_parameters()}", alt, clicked)
        table = words.groups_table(found, label)
        frame_view(table, "share-groups", words.units(tier), height=whole_height(table, 10))
        st.html(f'<p class="clientela-quiet" data-testid="costly">{escape(words.costly(found))}</p>')
        downloads(f"clientela-share-{tier}-groups", lambda: table, "groups", words.units(tier))


def categories(found: FoundShare) -> None:
    notes = " ".join((words.calibrated(found), words.checked(found), *found.notes)).strip()
    with card("where"):
        section(f"Where to sell, {found.tier}", words.where_to_sell(found.tier))
        table = words.categories_table(found)
        frame_view(table, "share-categories", words.units(found.tier), height=whole_height(table))
        downloads(
            f"clientela-share-{found.tier}-categories", lambda: table, "categories", words.units(found.tier)
        )
        st.html(f'<p class="clientela-quiet" data-testid="checked">{escape(told_words(notes))}</p>')


def inside(view: ShareView, found: FoundShare, group: str) -> None:
    frame = words.listed(found, group)
    with opened_panel(group, "inside", lambda: go(view.open("")), {"customers": frame.height}):
        st.html(f'<p class="clientela-quiet">{escape(TIER_WORDS[found.tier].capitalize())}.</p>')
        customer_list(frame, f"clientela-share-{found.tier}-group", "inside", words.units(found.tier), USUAL,
                      audience=f"{group}, head-room ({found.tier})")  # fmt: skip


def definition(view: ShareView) -> None:
    with st.expander("How this is counted, and by whom", icon=":material/menu_book:"):
        st.markdown(
            f"**{TIER_WORDS[view.tier].capitalize()}.**\n{words.definition(view.tier, view.quantile)}"
        )
        st.caption("Tiers are never added up: a share of one is another quantity than that of the next.")


def ready(view: ShareView, state: str, found: FoundShare | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "tier": view.tier.value,
        "customers": found.members.height if found else 0,
        "group": view.group,
        "version": session.warehouse().version,
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    st.html(f'<p class="clientela-quiet" data-testid="share-ready"{attributes}></p>')


customer_share()
