"""One time line over all systems: what happened with a customer, newest first, by kind and period, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from data.review import time_line
from pages.manage.shared.html_tables import TableCell, table
from pages.service.event_words import details, kind_name, moment
from pages.service.time_line_view import DAYS, TimeLineView
from pages.service.written_events import WrittenHere
from pages.ui import noted_looks, session
from pages.ui.local_time import today
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text, number_text

SHOWN = 30
EVERYTHING = "Everything"
TONES = {True: "look", False: ""}


def time_line_card(code: int, customer_id: str, view: TimeLineView, here: WrittenHere) -> None:
    """`here` is what people wrote of the customer, which no source knows."""
    noted_looks.saw_customer(customer_id)
    store, written = session.warehouse(), here.events
    asked = replace(view.asked(today()), without=here.gone)
    counts = time_line.kinds(store, code, asked, written)
    total = sum(many for kind, many in counts.items() if not view.kinds or kind in view.kinds)
    pages = max(1, -(-total // SHOWN))
    page = min(view.page, pages)
    with card("time-line"):
        section("Time line", told(total, sum(counts.values()), page, pages))
        _filters(view, counts)
        if total:
            events = time_line.with_written(store, code, asked, written, SHOWN, (page - 1) * SHOWN)
            table(("When", "What", "Details", "By", "From"), map(_row, events.iter_rows(named=True)),
                  "time-line", "What happened, newest first")  # fmt: skip
        _turning(view, page, pages)


def told(shown: int, of: int, page: int, pages: int) -> str:
    """What the time line holds.

    >>> told(40, 100, 2, 2)
    '40 of 100 events of all systems, newest first; page 2 of 2.'
    """
    if not of:
        return "Nothing happened in this period, as far as any system tells."
    many = count_text(shown, "event") if shown == of else f"{number_text(shown)} of {count_text(of, 'event')}"
    turned = f"; page {number_text(page)} of {number_text(pages)}" if pages > 1 else ""
    return f"{many} of all systems, newest first{turned}."


def _filters(view: TimeLineView, counts: Mapping[str, int]) -> None:
    offered = list(dict.fromkeys([*counts, *view.kinds]))
    years = [str(year) for year in _years()]
    with st.container(horizontal=True, vertical_alignment="bottom", key="time-line-filters"):
        chosen = st.multiselect(
            "Kinds", offered, default=list(view.kinds), placeholder="All kinds", key=f"kinds-{view.who}-{view.kinds}",
            format_func=lambda kind: f"{kind_name(kind)} ({number_text(counts.get(kind, 0))})",
        )  # fmt: skip
        periods = ["", *DAYS, *dict.fromkeys([*years, *([view.period] if view.period not in DAYS else [])])]
        period = st.selectbox(
            "Period", list(dict.fromkeys(periods)), index=list(dict.fromkeys(periods)).index(view.period), width=220,
            key=f"period-{view.who}-{view.period}", format_func=lambda each: DAYS.get(each, each) or EVERYTHING,
        )  # fmt: skip
    if (tuple(chosen), period) != (view.kinds, view.period):
        session.write_url(view.filtered(tuple(chosen), period).to_parameters())
        st.rerun()


def _years() -> Sequence[int]:
    """The years of which any fact is loaded, the last first."""
    days = [each for each in session.warehouse().profile.extents.values() if each.first_day and each.last_day]
    first = min((each.first_day.year for each in days if each.first_day), default=0)
    last = max((each.last_day.year for each in days if each.last_day), default=-1)
    return range(last, max(first, last - 30) - 1, -1)


def _turning(view: TimeLineView, page: int, pages: int) -> None:
    if pages == 1:
        return

    def turn(to: int) -> None:
        session.write_url(view.turned_to(to).to_parameters())

    with st.container(horizontal=True, key="time-line-turning"):
        st.button("Newer", key="time-line-newer", icon=":material/arrow_back:", disabled=page == 1,
                  on_click=turn, args=(page - 1,))  # fmt: skip
        st.button("Older", key="time-line-older", icon=":material/arrow_forward:", disabled=page == pages,
                  on_click=turn, args=(page + 1,))  # fmt: skip


def _row(event: Mapping[str, Any]) -> tuple[TableCell, ...]:
    number = f"{event['source'] or ''} {event['number'] or ''}".strip()
    return (
        TableCell(moment(event["day"], event["at_second"]), "quiet"),
        TableCell(
            kind_name(event["kind"]) + (", open" if event["is_open"] else ""), TONES[bool(event["is_open"])]
        ),
        TableCell(details(event, session.currency())),
        TableCell(event["channel"] or "", "quiet"),
        TableCell(number, "quiet"),
    )
