"""A finding goes back to the warehouse: segments saved as an attribute of customers, and taken away again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import streamlit as st

from cubes.analysis.slice_days import span_of
from cubes.query import NOW
from data.access.deed import Deed
from data.errors import ClientelaError
from data.model.segmentation import NOT_YET
from data.store.segment_flow import standing
from data.store.warehouse import (
    Attribute,
    Profile,
    Segmentation,
    remove_attribute,
    save_attribute,
    save_history,
)
from mining.segments.clustered_segments import NO_GROUP
from mining.segments.customer_features import NO_PURCHASE, worded
from mining.segments.label_matching import matched
from pages.discover.found_segments import FoundSegments, customers_by, form_again
from pages.discover.mined_slice import explore_link, explore_parameters
from pages.discover.monthly_segments import formed_anew, month_ends
from pages.discover.segment_recipe import recipe_of
from pages.discover.segments_view import METHODS, Grouping
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.controls import as_plain
from pages.ui.cut_chips import words
from pages.ui.style.formats import count_text, format_day

SAID, SEEN = "segments-said", "segments-seen"
MONTHLY = (
    "Forms the segments anew at each month's end, from what was known by then alone, so that each sale reads the group"
    " that its customer was in before it"
)
OF_CLUSTERS = "; the clusters stay those found today"


@dataclass(frozen=True, slots=True)
class SegmentPlace:
    """The attribute that segments are saved as, and what is saved as it now."""

    name: str
    label: str
    saved: Attribute | None = None

    @property
    def taken(self) -> bool:
        return self.saved is not None


def place(profile: Profile) -> SegmentPlace:
    """`segment`, or where the firm brought one of that name along, `found_segment`."""
    owners = {each.name: each for each in profile.attributes}
    for name, label in (("segment", "Segment"), ("found_segment", "Found segment")):
        if name not in owners or owners[name].is_finding:
            return SegmentPlace(name, label, owners.get(name))
    return SegmentPlace("mined_segment", "Mined segment", owners.get("mined_segment"))


def formed(grouping: Grouping, finding: FoundSegments, day: date) -> Segmentation:
    """How and of whom the segments were found, in words, and what forms them again on another day."""
    method = METHODS[grouping.method]
    if finding.rule is not None:
        by = ", ".join(worded(each, finding.words) for each in finding.rule.features)
        method = f"{method}, {sum(name != NO_PURCHASE for name in finding.names)} segments by {by}"
    within = " · ".join(words(session.cube(), cut) for cut in grouping.cuts)
    frame = f"of customers within {within}" if within else "of all customers"
    return Segmentation(day, method, frame, recipe_of(grouping, finding))


def save(grouping: Grouping, finding: FoundSegments) -> str:
    """Save the segments as of their day, under the names that they had; what was done, in words."""
    where = place(session.warehouse().profile)
    finding, kept = under_their_names(where, grouping, finding)
    values = dict(finding.members.select("customer", "segment").iter_rows())
    told = formed(grouping, finding, finding.as_of)
    done = save_attribute(
        session.warehouse().path, "customer", where.name, where.label, values, told, seen_formings()
    )
    count = count_text(len(finding.names), "segment")
    return (
        f"Saved {count_text(done, 'customer')} in {count} as “{where.label}”. They hold from the close of"
        f" {format_day(finding.as_of)}: sales before that read {NOT_YET}. All others stand as (unknown).{kept}"
    )


def under_their_names(
    where: SegmentPlace, grouping: Grouping, finding: FoundSegments
) -> tuple[FoundSegments, str]:
    """Clusters under the names that the saved ones bear, where they are mostly the same customers, and what became of
    those names in words. Names that a person gave stay."""
    if finding.clusters is None or where.saved is None or not where.saved.segmentations:
        return finding, ""
    before = standing(session.warehouse(), where.name, where.saved.segmentations[-1].formed_on)
    given = {name for _, name in grouping.names}
    found = matched(before, finding.members.select("customer", "segment"), {NO_PURCHASE, NO_GROUP, *given})
    borne = tuple((old, new) for old, new in found.names.items() if old != new)
    kept = int(found.pairs["kept"].sum())
    return finding.renamed(dict(borne)), _became(kept, found.gone)


def _became(kept: int, gone: tuple[str, ...]) -> str:
    said = f" {count_text(kept, 'name')} of before went on: at least half the same customers." if kept else ""
    if gone:
        said += f" No segment shares half of its customers with {', '.join(gone)}: no longer a segment."
    return said


def save_monthly(grouping: Grouping, finding: FoundSegments) -> str:
    """Form the segments anew at each month's end and save them all; what was done, in words."""
    where, store = place(session.warehouse().profile), session.warehouse()
    span = span_of(grouping.cuts, store.profile)
    days = month_ends(span[0], finding.as_of) if span else []
    bar = st.progress(0.0, "Forming the segments of each month …")
    anew = formed_anew(
        days,
        lambda day: customers_by(grouping.cuts, day, grouping.wanted),
        form_again(finding),
        lambda share, said: bar.progress(share, f"Forming the segments of {said} …"),
    )
    formings = [(formed(grouping, finding, day), members) for day, members in anew]
    values = dict(finding.members.select("customer", "segment").iter_rows())
    formings.append((formed(grouping, finding, finding.as_of), values))
    bar.progress(1.0, "Saving the segments of all months …")
    save_history(store.path, "customer", where.name, where.label, formings, seen_formings())
    bar.empty()
    return (
        f"Saved {count_text(len(formings), 'forming')} as “{where.label}”, the first of"
        f" {format_day(formings[0][0].formed_on)}. Each sale reads the group that its customer was in at the end of"
        " the month before."
    )


def seen_formings() -> tuple[Segmentation, ...] | None:
    """What stood saved when the page was drawn last, before the click that runs it anew."""
    seen: tuple[Segmentation, ...] | None = st.session_state.get(SEEN)
    return seen


def saving(grouping: Grouping, finding: FoundSegments, token: str) -> None:
    """The buttons to save and to remove, and the way to what is saved."""
    where = place(session.warehouse().profile)
    if may(Deed.WRITE) and st.button(
        f"Save as {where.label.lower()}",
        key="segments-save",
        type="primary",
        icon=":material/save:",
        help="Customers get their segment as an attribute, which Explore can drill and every page can filter by",
    ):
        _attempt(lambda: save(grouping, finding), "Saving the segments …", token)
    if may(Deed.WRITE) and st.button(
        "Save month by month",
        key="segments-save-monthly",
        icon=":material/calendar_month:",
        help=MONTHLY + (OF_CLUSTERS if finding.clusters else ""),
    ):
        _attempt(lambda: save_monthly(grouping, finding), "This takes a while …", token)
    if where.saved:
        if may(Deed.WRITE) and st.button(
            f"Remove saved {where.label.lower()}",
            key="segments-remove",
            type="tertiary",
            icon=":material/delete:",
        ):
            _attempt(lambda: _remove(where.name), "Removing the segments …", token)
        profile = session.warehouse().profile
        parameters = explore_parameters((), session.cube(), profile, (where.name,), ("year",))
        if len(where.saved.segmentations) < 2:  # sales before the one day would all read the same
            parameters["as_of"] = [NOW]
        explore_link(f"Explore by {where.label.lower()}", parameters)
    st.session_state[SEEN] = where.saved.segmentations if where.saved else ()


def said(token: str) -> None:
    """What the last save or removal came to, until something else is asked for."""
    of, done, words = st.session_state.get(SAID, ("", True, ""))
    if of != token:
        st.session_state.pop(SAID, None)
        return
    if not done:
        st.error(as_plain(words), icon=":material/error:")
        return
    st.success(as_plain(words), icon=":material/check:")


def _remove(name: str) -> str:
    remove_attribute(session.warehouse().path, name, seen_formings())
    return "The saved segments are removed; the warehouse is as it was before."


def _attempt(work: Callable[[], str], words: str, token: str) -> None:
    try:
        with st.spinner(words):
            st.session_state[SAID] = (token, True, work())
    except ClientelaError as error:
        st.session_state[SAID] = (token, False, str(error))
    st.rerun()
