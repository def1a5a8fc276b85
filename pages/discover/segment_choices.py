"""What Segments is asked: the way of grouping, the period, how many by which features; the rest a click away."""

from __future__ import annotations

import streamlit as st

from cubes.catalogue.listed_measures import listed_measures
from data.errors import BadRequest
from mining.segments.customer_features import ALL, worded
from mining.segments.feature_scale import Transform
from mining.segments.threshold_segments import Thresholds
from pages.discover.mined_slice import period_choice
from pages.discover.segment_frames import FEATURES
from pages.discover.segments_view import (
    DAYS_THAT_TELL,
    METHODS,
    OFFERED,
    OFFERED_FEATURES,
    Grouping,
    Method,
    threshold_values,
)
from pages.ui import session
from pages.ui.controls import as_plain, chooser
from pages.ui.style.formats import count_text

WAYS_HELP = (
    "Order value, lines per order, units per line and returns, of customers who bought on"
    f" {DAYS_THAT_TELL} days or more: fewer do not tell how somebody buys."
)
USUAL = (Method.RFM, Method.KMEANS)
CUT_AT_MOST = 3
CUTTABLE = (*ALL, "age_days", "average_order_value")
TRANSFORMS = {
    Transform.LOG: "Logarithm",
    Transform.QUANTILE: "Place among all",
    Transform.STANDARD: "As it is",
}
TRANSFORM_WORDS = {
    Transform.LOG: "Each is taken as its logarithm (below 0 counts as 0) and standardised, so that none outweighs the"
    " others.",
    Transform.QUANTILE: "Each is taken as its place among all customers, 0 to 1, and standardised: how far apart two"
    " values are no longer counts.",
    Transform.STANDARD: "Each is standardised as it is: a few very large values may make the groups.",
}
ABOUT = {
    Method.RFM: "Fifths of recency, frequency and money, with the names of a well-known grid.",
    Method.KMEANS: "As many round groups as you say.",
    Method.MIXTURE: "As many groups as you say, of any shape and size; each customer goes with the likeliest.",
    Method.HDBSCAN: "Places where customers lie dense, however many there are; the others are in no group. Counts"
    " such as categories make dense places of their own: take continuous features.",
    Method.THRESHOLDS: "Cells between thresholds that you draw.",
}


def go(grouping: Grouping) -> None:
    """What every click ends in: this grouping from now on, in the URL."""
    session.write_url(grouping.to_parameters())


def choices(grouping: Grouping) -> None:
    """The way of grouping, the period, and for clustering how many segments by which features."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="segments-choices"):
        st.session_state["segments-method"] = grouping.method
        st.segmented_control(
            "Method",
            list(dict.fromkeys((*USUAL, grouping.method))),
            key="segments-method",
            required=True,
            format_func=METHODS.__getitem__,
            on_change=lambda: go(grouping.by(st.session_state["segments-method"])),
            label_visibility="collapsed",
        )
        with st.container(width=200):
            period_choice(grouping.cuts, lambda cuts: go(grouping.within(cuts)), "segments-period")
        if grouping.method.takes_k:
            with st.container(width=150):
                chooser(
                    "Number of segments",
                    "segments-k",
                    sorted({*OFFERED, grouping.k}),
                    grouping.k,
                    lambda k: f"{k} segments",
                    lambda k: go(grouping.into(k)),
                )
        if grouping.method.clusterer:
            features(grouping)
        if grouping.method is Method.THRESHOLDS:
            with st.popover("Thresholds", icon=":material/tune:"):
                thresholds(grouping)
        more(grouping)


def more(grouping: Grouping) -> None:
    """The other ways of grouping, each in a sentence."""
    with st.popover("More", icon=":material/more_horiz:"):
        key = "segments-more-method"
        st.session_state[key] = grouping.method
        st.radio(
            "Way of grouping",
            list(Method),
            key=key,
            format_func=METHODS.__getitem__,
            captions=[ABOUT[each] for each in Method],
            on_change=lambda: go(grouping.by(st.session_state[key])),
        )


def features(grouping: Grouping) -> None:
    """Our own features, any measure by customer, and what is done to each before it counts."""
    key, others = "segments-features", "segments-measures"
    st.session_state[key] = [each for each in grouping.features if each in OFFERED_FEATURES]
    st.session_state[others] = [each for each in grouping.features if each not in OFFERED_FEATURES]

    def went() -> None:
        go(grouping.on([*st.session_state[key], *st.session_state[others]]))

    name = "Usual features" if grouping.features == ALL else count_text(len(grouping.features), "feature")
    with st.popover(name, icon=":material/tune:"):
        st.pills(
            "What customers are grouped by",
            list(OFFERED_FEATURES),
            key=key,
            selection_mode="multi",
            format_func=FEATURES.__getitem__,
            on_change=went,
        )
        st.button(
            "Ways of buying",
            key="segments-ways",
            icon=":material/shopping_basket:",
            help=WAYS_HELP,
            on_click=lambda: go(grouping.by_ways()),
        )
        labels = measures()
        st.multiselect(
            "Any measure by customer",
            list(dict.fromkeys([*labels, *st.session_state[others]])),
            key=others,
            format_func=lambda each: labels.get(each, each),
            on_change=went,
        )
        of = "segments-transform"
        st.session_state[of] = grouping.transform
        st.segmented_control(
            "Scale",
            list(Transform),
            key=of,
            required=True,
            format_func=TRANSFORMS.__getitem__,
            on_change=lambda: go(grouping.scaled(st.session_state[of])),
        )
        st.caption(TRANSFORM_WORDS[grouping.transform])


def measures() -> dict[str, str]:
    """The measures whose facts are loaded, as questions write them, with what they are called."""
    profile = session.warehouse().profile
    return {
        each.written: f"{each.measure.label} ({each.group.lower()})"
        for each in listed_measures(profile)
        if each.is_loaded(profile) and each.measure.unit != "date" and each.written not in OFFERED_FEATURES
    }


def thresholds(grouping: Grouping) -> None:
    """Features to cut and where: the segments are the cells between."""
    with st.form("segments-thresholds", border=False):
        drawn = []
        for at in range(CUT_AT_MOST):
            now = grouping.thresholds[at] if at < len(grouping.thresholds) else None
            offered = ["", *dict.fromkeys([*CUTTABLE, *([now.feature] if now else [])])]
            left, right = st.columns((1, 1), gap="small")
            feature = left.selectbox(
                "Feature",
                offered,
                index=offered.index(now.feature) if now else 0,
                format_func=lambda each: FEATURES.get(each, worded(each)) if each else "no feature",
                key=f"segments-cut-{at}-{grouping.thresholds!r}",
                label_visibility="visible" if at == 0 else "collapsed",
            )
            values = right.text_input(
                "Thresholds",
                ", ".join(f"{each:g}" for each in now.at) if now else "",
                placeholder="30, 90",
                key=f"segments-at-{at}-{grouping.thresholds!r}",
                label_visibility="visible" if at == 0 else "collapsed",
            )
            drawn.append((feature, values))
        if st.form_submit_button("Divide", type="primary"):
            draw(grouping, drawn)
    st.caption("A customer at a threshold stands below it. Customers without the value are told apart.")


def draw(grouping: Grouping, drawn: list[tuple[str, str]]) -> None:
    try:
        told = [
            Thresholds(feature, threshold_values(text)) for feature, text in drawn if feature and text.strip()
        ]
    except BadRequest as error:
        st.error(as_plain(str(error)))
        return
    go(grouping.drawn(told))
    st.rerun()
