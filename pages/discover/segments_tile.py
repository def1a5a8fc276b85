"""Segments as a tile of a board: how many each are and what they bring, found anew or as they were saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from cubes.query import NOW, Query
from data.errors import BadRequest
from data.store.segment_flow import sizes
from mining.segments.customer_features import NO_PURCHASE
from mining.segments.rfm_quintiles import FEWEST_BUYERS, SEGMENTS
from pages.discover import found_segments
from pages.discover.segment_frames import sized_rows
from pages.discover.segments_view import METHODS, parse_grouping
from pages.ui import session
from pages.ui.segment_figures import segment_colours
from pages.ui.segment_list import segment_list
from pages.ui.style.formats import count_text, format_day

Parameters = Mapping[str, list[str]]
PLACES = {each.name: at for at, each in enumerate(SEGMENTS)}  # their page's order, by which colours go too
SHARES = {
    "share_customers": pl.col("customers") / pl.col("customers").sum(),
    "share_revenue": pl.col("revenue") / pl.col("revenue").sum(),
}


@dataclass(frozen=True, slots=True, eq=False)
class SegmentSizes:
    """`frame` has a row a segment: segment, customers, revenue, the shares of both; as of a day, perhaps saved."""

    frame: pl.DataFrame
    day: date
    is_saved: bool = False

    @property
    def words(self) -> str:
        """Of whom and when."""
        if self.is_saved:
            day = format_day(self.day)
            return f"Formed as of {day}; revenue of all time, by the segment that customers are in now."
        return f"{count_text(int(self.frame['customers'].sum()), 'customer')} as of {format_day(self.day)}."


def found_sizes(parameters: Parameters) -> SegmentSizes:
    """Those of an address of the page Segments. Raises BadRequest."""
    grouping = parse_grouping(parameters)
    told = found_segments.customers(grouping.cuts, grouping.wanted)
    day = found_segments.as_of(grouping.cuts, session.warehouse().profile)
    buyers = told.frame.filter(pl.col("purchase_days") > 0).height
    if day is None or buyers < FEWEST_BUYERS:
        raise BadRequest(
            f"{count_text(buyers, 'customer')} bought within its filters, too few to group.",
            "Open it in Segments and widen them.",
        )
    profiles = found_segments.found(grouping, told, day).profiles
    kept = profiles.select("segment", "customers", "revenue", *SHARES)
    return SegmentSizes(kept, day)


def found_title(parameters: Parameters) -> str:
    grouping = parse_grouping(parameters)
    many = f", {grouping.k} segments" if grouping.method.takes_k else ""
    return f"Segments: {METHODS[grouping.method]}{many}"


def saved_sizes(parameters: Parameters) -> SegmentSizes:
    """Those of the segments that are saved as `attribute`. Raises BadRequest where they are gone."""
    name = attribute_of(parameters)
    saved = next((each for each in session.warehouse().profile.attributes if each.name == name), None)
    if saved is None or not saved.is_finding:
        raise BadRequest("These segments are not saved any more.", "Save them again, or take the tile away.")
    day = saved.segmentations[-1].formed_on
    members = sizes(session.warehouse(), name).filter(pl.col("formed_on") == day)
    brought = session.ask_whole(Query(("revenue",), (name,), as_of=NOW)).frame
    frame = members.join(brought, left_on="segment", right_on=f"{name}.id", how="left").select(
        "segment", "revenue", customers="members"
    )
    place = pl.col("segment").replace_strict(PLACES, default=len(PLACES), return_dtype=pl.Int64)
    ordered = frame.sort(place, "revenue", "segment", descending=[False, True, False], nulls_last=True)
    return SegmentSizes(ordered.with_columns(**SHARES), day, is_saved=True)


def attribute_of(parameters: Parameters) -> str:
    return next(iter(parameters.get("attribute", ())), "")


def draw_sizes(found: SegmentSizes, key: str, opened: Callable[[str], None]) -> None:
    """The list; `opened` gets the segment that was clicked."""
    tints = segment_colours(found.frame["segment"].to_list(), session.colours(), NO_PURCHASE)
    segment_list(sized_rows(found.frame, tints, session.currency()), "", key, opened)
    st.html(f'<p class="clientela-quiet" data-testid="finding-told">{found.words}</p>')
