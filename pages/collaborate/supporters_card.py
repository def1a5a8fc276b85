"""Who supports a proposal: how many by when, each with their day, and the audience that they become."""

from __future__ import annotations

from html import escape

import polars as pl
import streamlit as st

from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.proposal_board import ProposalBoard
from data.collaborate.proposal_course import DONE, PLANNED
from data.collaborate.proposal_supports import course_of_supports
from pages.ui import noted_looks, session
from pages.ui.audience_dialog import OfferedAudience, audience_button, offered_list
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, described, line
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text, number_text

NAMES = """SELECT customer_code AS person, arg_max(id, valid_to) AS customer, arg_max(name, valid_to) AS name
FROM customer WHERE customer_code IN (SELECT unnest(?::INTEGER[])) GROUP BY customer_code"""
TOLD = "The source tells a total of {} and no voters: they are no persons here, and no part of any sum of persons."
MOST = 200


def supporters_card(each: CustomerProposal, board: ProposalBoard) -> None:
    number = each.number if each.merge is None else each.merge.into
    votes = board.supports_of(number) if each.merge is None else board.votes.filter(
        pl.col("proposal") == each.number.key
    )  # fmt: skip
    with card("supporters", "stretch"):
        section("Support over time", _sentence(each, votes.height))
        if each.told_supports is not None:
            told = TOLD.format(number_text(each.told_supports))
            st.html(f'<p class="clientela-quiet" data-testid="told-supports">{escape(told)}</p>')
        if votes.is_empty():
            st.html(
                '<p class="clientela-quiet" data-testid="no-supporters">Nobody who is known supports it yet.</p>'
            )
            return
        _course(each, votes)
        named = supporters_named(votes)
        noted_looks.saw_rows("supporters", min(named.height, MOST))
        with st.expander(f"Who supports it ({number_text(votes.height)})"):
            frame_view(named.head(MOST).drop("person"), "supporters", height=whole_height(named.head(MOST)))
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            downloads("clientela-supporters", lambda: named.drop("person"), "supporters-files")
            audience_button(lambda: offered_supporters(each, named), f"supporters-{each.number.key}")
        if each.status in (DONE, PLANNED):
            st.caption("Tell them: make an audience of those who supported it, and plan what reaches them.")


def _sentence(each: CustomerProposal, persons: int) -> str:
    merged = ", with those of the merged ones" if each.members else ""
    return f"Persons who support it by the end of each day{merged}: n = {number_text(persons)}."


def _course(each: CustomerProposal, votes: pl.DataFrame) -> None:
    course = course_of_supports(votes).select(
        pl.lit("persons").alias("id"), pl.lit("Persons").alias("label"), pl.col("day").alias("period"),
        pl.col("persons").alias("value"), pl.lit(False).alias("partial"),
    )  # fmt: skip
    if course.height > 1:
        told = described(course, kind="Line", measure=Quantity("Persons who support it", "count"))
        chart(line(course, session.colours(), unit="count", height=190), f"supports-{each.number.key}", told)


def supporters_named(votes: pl.DataFrame) -> pl.DataFrame:
    """Who they are, the earliest first: person (a code), customer (an id), name, since."""
    names = session.warehouse().frame(NAMES, [votes["person"].to_list()])
    named = votes.join(
        names.with_columns(pl.col("person").cast(pl.Int64)), on="person", how="left", maintain_order="left"
    )
    return named.select("person", "customer", "name", since=pl.col("at").dt.date())


def offered_supporters(each: CustomerProposal, named: pl.DataFrame) -> OfferedAudience:
    """The supporters as an audience to be made."""
    ids = tuple(id for id in named["customer"].to_list() if id)
    return offered_list(
        f"Supporters of {each.number.id}",
        f"{count_text(len(ids), 'person')} who supported proposal {each.number.id}, as of now",
        ids,
    )
