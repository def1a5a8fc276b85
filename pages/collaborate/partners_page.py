"""Partners: selection and scorecard. Figures by criteria with their n, ranks, and how far a rank holds."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import polars as pl
import streamlit as st

from cubes.members.single_customers import tells_single_customers
from data.errors import BadRequest
from mining.partners.partner_words import chance_words, standing_words
from mining.partners.ranking_methods import RankingMethod
from pages.collaborate import scorecard_words as words
from pages.collaborate.criteria_card import criteria_card
from pages.collaborate.found_partners import FoundPartners, found_partners
from pages.collaborate.judged_partner_card import judged_partner_card
from pages.collaborate.partners_view import PartnersView, parse_partners
from pages.discover.finding_footer import finding_footer
from pages.discover.mined_slice import period_choice, slice_bar
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import dot_intervals, heatmap
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text
from pages.ui.width_watch import is_narrow

TITLE, START = "Partners", "Start afresh"
ROOM = 1_150  # pixels that the columns of the criteria have
MOST_ROWS = 40
RANK_UNITS = {"share_first": "percent"}


def go(view: PartnersView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def partners() -> None:
    try:
        view = parse_partners(session.read_url())
    except BadRequest as error:
        page_title(TITLE)
        refused(error, PartnersView())
        return
    if not tells_single_customers(session.warehouse().policy):
        page_title(TITLE)
        withheld()
        return
    if not slice_bar(TITLE, view.cuts, lambda cuts: go(view.within(cuts)), session.cube("supply")):
        ready("refused")
        return
    choices(view)
    try:
        with st.spinner("Reading orders, then ranking a thousand times …"):
            found = found_partners(view)
    except BadRequest as error:
        criteria_card(view, go)
        refused(error, replace(PartnersView(), cuts=view.cuts if view.weight else ()))
        return
    show(view, found)
    finding_footer("partners", view.to_parameters())
    ready("found", found)


def refused(error: BadRequest, instead: PartnersView) -> None:
    empty_state(
        error.problem,
        error.remedy or "",
        START,
        on_click=lambda: go(instead),
        key="refused",
        drawing="filter",
    )
    ready("refused")


def withheld() -> None:
    empty_state(
        "Small counts are withheld from you",
        "Figures of partners are of few orders and customers. Explore shows supply by partner and month instead.",
        key="withheld",
        drawing="closed",
    )
    ready("withheld")


def choices(view: PartnersView) -> None:
    """Period, method, and whether those are ranked of whom nothing is known."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="partners-choices"):
        with st.container(width=200):
            period_choice(view.cuts, lambda cuts: go(view.within(cuts)), "partners-period")
        chooser(
            "Method", "partners-method", list(RankingMethod), view.method,
            lambda method: f"Ranked by {method}", lambda method: go(replace(view, method=method)), 240,
        )  # fmt: skip
        st.session_state["partners-unknown"] = view.unknown
        st.toggle(
            "Rank the unknown too",
            key="partners-unknown",
            help="Those of whom nothing is known that weighs, such as candidates without an order: they may stand"
            " anywhere.",
            on_change=lambda: go(replace(view, unknown=st.session_state["partners-unknown"])),
        )
        with st.popover("How it is ranked", icon=":material/help:"):
            told = "".join(
                f"<li><b>{escape(str(method))}</b>: {escape(text)}</li>"
                for method, text in words.METHOD_WORDS.items()
            )
            st.html(f"<ul>{told}</ul><p>{escape(words.DRAWN)}</p>")


def show(view: PartnersView, found: FoundPartners) -> None:
    scorecard = found.scorecard
    fact = standing_words(scorecard.judged) or "Fewer than two partners can be ranked."
    st.html(f'<p class="clientela-verdict" data-testid="main-fact"><b>{escape(told_words(fact))}</b></p>')
    said = [chance_words(scorecard), *scorecard.judged.notes, *found.rows.notes]
    said += [words.types_words(scorecard), words.blank_words(scorecard)]
    lines = "<br>".join(escape(told_words(each)) for each in filter(None, said))
    st.html(f'<p class="clientela-quiet">{lines}</p>')
    if view.partner:
        judged_partner_card(view, found, go)
    if not scorecard.judged.ranked.is_empty():
        left, right = st.columns([1, 1], gap="small")
        with left:
            band_card(view, found)
        with right:
            rank_card(view, found)
    criteria_card(view, go)
    if not scorecard.judged.matrix.partners:
        return
    score_card(view, found)
    left, right = st.columns([1, 1], gap="small")
    with left:
        hold_card(found)
    with right:
        method_card(found)


def band_card(view: PartnersView, found: FoundPartners) -> None:
    with card("rank-band", height="stretch"):
        shown = min(words.SHOWN_FIRST, found.scorecard.judged.ranked.height)
        section(
            "How far a rank holds",
            f"The rank of {'each' if shown < words.SHOWN_FIRST else f'the first {shown}'} over 1,000 draws of weights"
            " and data: the median and the band of 90%; beside the name how often it is first.",
        )
        frame = words.band_dots(found.scorecard)
        figure = dot_intervals(frame, session.colours(), unit="count", from_zero=False)
        chart(
            figure, f"band-{view.to_parameters()}", words.band_alt(found.scorecard),
            on_click=lambda ids: go(view.opened(ids[0])),
        )  # fmt: skip


def rank_card(view: PartnersView, found: FoundPartners) -> None:
    with card("ranks", height="stretch"):
        section("Ranking", f"By {found.scorecard.judged.method}. Pick a row to open the partner.")
        table = words.rank_table(found.scorecard)
        ids = table["id"].to_list()
        frame_view(
            table.drop("id"),
            "rank-table",
            RANK_UNITS,
            height=whole_height(table, 14),
            on_row=lambda at: go(view.opened("" if at is None else ids[at])),
        )
        downloads("clientela-partner-ranks", lambda: table, "partner-ranks", RANK_UNITS)


def score_card(view: PartnersView, found: FoundPartners) -> None:
    with card("scorecard"):
        section(
            "Scorecard",
            "Each figure and the n behind it; the stronger its colour, the nearer to the best of those shown. Sums"
            " are divided by sums; where there is nothing to divide by, there is no data.",
        )
        if is_narrow():
            frame_view(words.wide_table(found.scorecard, session.currency()), "scorecard-narrow")
        else:
            cells = words.score_cells(found.scorecard, session.currency(), MOST_ROWS)
            figure = heatmap(cells, session.colours(), unit="percent", room=ROOM, most_texts=600)
            many = count_text(cells["row_id"].n_unique(), "partner")
            told = f"Figures of {many} by criteria; the table below has all."
            chart(
                figure,
                f"scorecard-{view.to_parameters()}",
                told,
                on_click=lambda ids: go(view.opened(ids[0])),
            )
        table = words.score_table(found.scorecard)
        with st.expander("As a table, with intervals of 95%", icon=":material/table:"):
            frame_view(table, "scorecard-table")
        downloads("clientela-scorecard", lambda: table, "partner-scorecard")


def hold_card(found: FoundPartners) -> None:
    """What the ranks hang on."""
    judged = found.scorecard.judged
    with card("hold", height="stretch"):
        section(
            "What the ranking hangs on",
            "Pairs of which neither is ahead in 95% of the draws; who is dominated; who changes places when another is"
            " left out.",
        )
        by = [f"{partner} by {other}." for partner, other in judged.dominated.iter_rows()]
        parts = (
            ("Cannot be told apart", words.alike_words(judged), "Every pair is told apart."),
            (
                "Dominated: another is as good in everything that weighs, and better in something",
                by,
                "Nobody.",
            ),
            ("Turned round when one is left out", words.turned_words(judged), "No pair changes places."),
            ("Must-haves missed, so not ranked", words.out_words(found.scorecard, session.currency()), ""),
        )
        for title, lines, nothing in parts:
            if lines or nothing:
                told = "".join(f"<li>{escape(told_words(each))}</li>" for each in lines or [nothing])
                st.html(f"<p><b>{escape(title)}</b></p><ul>{told}</ul>")
        downloads("clientela-partner-pairs", lambda: judged.alike, "partner-pairs", {"ahead": "percent"})


def method_card(found: FoundPartners) -> None:
    judged = found.scorecard.judged
    with card("methods", height="stretch"):
        section("Four methods side by side", words.agreement_words(judged))
        if judged.ranks.is_empty():
            return
        table = words.method_table(judged)
        frame_view(table, "methods-table", height=whole_height(table, 10))
        alike = judged.agreement.with_columns(pl.col("spearman", "kendall").round(3))
        with st.expander("How alike they rank", icon=":material/table:"):
            frame_view(alike, "agreement-table", height=whole_height(alike))
        downloads("clientela-partner-methods", lambda: judged.ranks, "partner-methods")


def ready(state: str, found: FoundPartners | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    many = found.scorecard.judged.ranked.height if found else 0
    version = session.warehouse().version
    st.html(
        f'<p class="clientela-quiet" data-testid="partners-ready" data-state="{state}" data-partners="{many}"'
        f' data-version="{escape(str(version))}"></p>'
    )


partners()
