"""A list of customers with the columns that a person chooses, sorted and searched: of a segment and of a rule alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import polars as pl
import streamlit as st

from cubes.query import Query
from data.model.canonical_tables import CUSTOMER
from data.review.customer_details import customer_details
from pages.ui import noted_looks, session
from pages.ui.audience_dialog import OfferedAudience, audience_button, offered_list, offered_query
from pages.ui.export_files import downloads
from pages.ui.limits_told import MASKED, is_masked
from pages.ui.plain_frames import frame_view, heading_of
from pages.ui.style.formats import count_text, number_text

MOST = 20_000
DECIDED = "customer-columns"


def customer_list(
    frame: pl.DataFrame,
    name: str,
    key: str,
    units: Mapping[str, str],
    usual: Sequence[str] = (),
    on_pick: Callable[[str], None] | None = None,
    audience: str = "",
    asked: Query | None = None,
) -> None:
    """Draw `frame`, whose first column is `customer` (id), with what else is known of them; as files, too.

    `name` is that of the files, `usual` the columns to begin with (all of the frame's where none are named). Which
    are shown is remembered in the session, for every list. `on_pick` gets the customer of a row that was picked, or
    nothing where it was let go. `audience` is what an audience of them would be called, without which none is offered;
    `asked` is the question that finds the same customers anew, where there is one.
    """
    begin = [each for each in usual if each in frame.columns] or frame.columns
    whole = with_details(frame, masked_columns(_details(session.warehouse().version)))
    offered = whole.select(*begin, pl.exclude(begin))
    chosen = shown(offered.columns, begin, st.session_state.get(DECIDED, {}))
    listed = offered.select(chosen)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-above"):
        part = f"The first {number_text(MOST)} of " if frame.height > MOST else ""
        st.caption(f"{part}{count_text(frame.height, 'customer')}. A heading sorts, the magnifier searches.")
        st.space("stretch")
        column_choice(offered.columns[1:], chosen, key)
    drawn = listed.head(MOST)
    noted_looks.saw_rows("customer_list", drawn.height)

    def picked(row: int | None) -> None:
        assert on_pick
        on_pick("" if row is None else str(drawn["customer"][row]))

    frame_view(drawn, f"{key}-list", units, on_row=picked if on_pick else None)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"{key}-below"):
        downloads(name, lambda: listed, key, dict(units))
        if audience:
            audience_button(lambda: offered_of(frame, audience, asked), key)


def offered_of(frame: pl.DataFrame, audience: str, asked: Query | None) -> OfferedAudience:
    """The customers of a list, to make an audience of. Raises BadRequest."""
    if asked is not None:
        return offered_query(asked, audience)
    return offered_list(audience, f"List: {audience}", tuple(frame["customer"]))


def column_choice(offered: Sequence[str], chosen: Sequence[str], key: str) -> None:
    """A popover of all columns but the first, those that are shown marked."""
    pills = f"{key}-columns"
    st.session_state[pills] = [each for each in offered if each in chosen]

    def went() -> None:
        before = st.session_state.get(DECIDED, {})
        st.session_state[DECIDED] = decided(before, offered, st.session_state[pills])

    with st.popover("Columns", icon=":material/view_column:"):
        st.pills(
            "Columns that are shown",
            offered,
            key=pills,
            selection_mode="multi",
            format_func=heading_of,
            on_change=went,
        )


def masked_columns(details: pl.DataFrame) -> pl.DataFrame:
    """The same, where what is kept from whoever looks reads so, and not as if nobody had said anything."""
    hidden = [name for name in CUSTOMER.contact if is_masked(f"{CUSTOMER.name}.{name}")]
    return details.with_columns(pl.lit(MASKED).alias(name) for name in hidden)


def with_details(frame: pl.DataFrame, details: pl.DataFrame) -> pl.DataFrame:
    """The customers in their order with what else is known of them; a column of the frame's own name stays as it is."""
    more = [name for name in details.columns if name == "customer" or name not in frame.columns]
    return frame.join(details.select(more), on="customer", how="left", maintain_order="left")


def shown(offered: Iterable[str], begin: Sequence[str], before: Mapping[str, bool]) -> list[str]:
    """The columns to show: the first always, others as was decided before, else those that the list begins with."""
    return [name for name in offered if name == begin[0] or before.get(name, name in begin)]


def decided(before: Mapping[str, bool], offered: Iterable[str], chosen: Iterable[str]) -> dict[str, bool]:
    """What is shown from now on; columns that are not offered here keep what was decided of them elsewhere."""
    wanted = set(chosen)
    return {**before, **{name: name in wanted for name in offered}}


@st.cache_resource(show_spinner=False, max_entries=1)
def _details(version: str) -> pl.DataFrame:
    return customer_details(session.warehouse())
