"""The cards of Segments: who they are and how far to be believed, how they differ, lie, and are told in thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

import polars as pl
import streamlit as st

from cubes.analysis.customer_measures import CustomerMeasures
from mining.segments.cluster_stability import Stability
from mining.segments.rfm_quintiles import GRID
from pages.discover import found_segments as findings
from pages.discover import segment_trust as trust
from pages.discover.found_segments import FoundSegments
from pages.discover.segment_choices import go
from pages.discover.segment_frames import cautions, grid, indexes, rows
from pages.discover.segments_view import LONGEST_NAME, LONGEST_SENTENCE, Grouping, Method
from pages.explore.put_on_board import put_on_board
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import heatmap, segment_profile
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view
from pages.ui.segment_figures import segment_plane, sweep_figure
from pages.ui.segment_list import segment_list
from pages.ui.sought_work import AskedWork, await_work, found_yet, watch_work
from pages.ui.style.formats import count_text, share_text
from pages.ui.style.told_sentences import numbers_told

Opened = Callable[[str], None]
INDEX, DEVIATIONS = "Index", "Standard deviations"


def who(
    grouping: Grouping,
    finding: FoundSegments,
    tints: dict[str, str],
    chosen: str,
    opened: Opened,
    kept: Mapping[str, str],
    asked: AskedWork[Stability] | None,
) -> None:
    """The list with a word of trust each; where that is still sought, how far it is."""
    with card("segments"):
        section("Who they are", "A click opens a segment's customers beside the list.")
        listed, stability = rows(finding, tints, session.currency()), found_yet(asked) if asked else None
        said = dict(grouping.sentences)
        listed = [each.described(said.get(grouping.found_name(each.id), "")) for each in listed]
        if stability:
            listed = trust.badged(listed, stability, dict(grouping.names))
        segment_list(listed, chosen, "segments-list", opened)
        if stability:
            quiet(trust.stability_words(stability), "stability")
        elif asked:
            watch_work(asked, "Drawing customers anew, to see which segments come again …")
        quiet(" ".join(cautions(finding)), "cautions")
        put_on_board(kept, "segments-board")


def quiet(words: str, test_id: str) -> None:
    st.html(f'<p class="clientela-quiet" data-testid="{test_id}">{escape(words)}</p>')


def differences(finding: FoundSegments, token: str, opened: Opened) -> None:
    """Each segment against all: in what made it, or in the usual figures."""
    with card("profile"):
        section("How they differ")
        kinds = [DEVIATIONS, INDEX] if finding.explanation else [INDEX]
        kind = kinds[0]
        if len(kinds) > 1:
            kind = st.segmented_control(
                "Told in", kinds, default=kind, key="segments-differ", required=True, label_visibility="collapsed"
            ) or kind  # fmt: skip
        if kind == INDEX:
            quiet(
                "The middle customer against that of all buyers: 100 is the same, 200 twice as much.",
                "differ",
            )
            figure = segment_profile(indexes(finding), session.colours())
        else:
            quiet(
                "How far a segment lies from all others, in standard deviations of the scaled feature.",
                "differ",
            )
            figure = heatmap(trust.differences(finding), session.colours(), middle=0.0)
        chart(figure, f"profile-{kind}-{token}", "Profiles of the segments", lambda ids: opened(ids[0]))


def explained(finding: FoundSegments, token: str) -> None:
    """The segments told again in thresholds, with how often that is right."""
    if finding.explanation is None:
        return
    with card("tree"):
        section("In thresholds", numbers_told(trust.tree_words(finding.explanation)))
        told = "".join(
            f"<li><b>{escape(segment)}</b>: {escape(rule)}</li>"
            for segment, rule in trust.main_rules(finding)
        )
        st.html(f'<ul class="clientela-quiet" data-testid="rules">{told}</ul>')
        with st.expander("All leaves of the tree"):
            units = {"in_it": "percent", "of_it": "percent", "customers": "count"}
            leaves = trust.tree_rules(finding)
            frame_view(leaves, f"tree-{token}", units, height=300)
            downloads("clientela-segments-rules", lambda: leaves, "tree", units)
            st.caption(
                "In it: the share of those who meet the rule. Of it: the share of the segment that does."
            )


def plane(finding: FoundSegments, tints: dict[str, str], token: str, chosen: str, opened: Opened) -> None:
    with card("plane"):
        section("How they lie", numbers_told(" ".join(finding.scatter.axes)))
        height = max(370, min(640, 30 + 56 * len(finding.names)))
        figure = segment_plane(finding.scatter.points, tints, session.colours(), chosen=chosen, height=height)
        chart(figure, f"plane-{token}", "Customers on a plane, by segment", lambda ids: opened(ids[0]))


def how_made(
    grouping: Grouping, finding: FoundSegments, told: CustomerMeasures, token: str, opened: Opened
) -> None:
    """What the method has to say of itself: the grid, or how many segments there should be."""
    if grouping.method is Method.RFM:
        with card("how"):
            rfm_grid(finding, token, opened)
    elif grouping.method.takes_k:
        with card("how"):
            how_many(grouping, finding, told)


def rfm_grid(finding: FoundSegments, token: str, opened: Opened) -> None:
    section(
        "The grid",
        "Customers by fifths: recency down, frequency and money across. Who bought within the usual time is in row 3 "
        "or above, who bought long ago in row 2 or below.",
    )
    figure = heatmap(grid(finding), session.colours(), unit="count", height=300)

    def clicked(ids: tuple[str, ...]) -> None:
        opened(GRID[int(ids[0]), int(ids[1])])

    chart(figure, f"grid-{token}", "RFM grid", clicked)


def how_many(grouping: Grouping, finding: FoundSegments, told: CustomerMeasures) -> None:
    """Several numbers of segments side by side, on demand."""
    section(
        "How many segments?",
        "Silhouette (higher is clearer; dotted: on shuffled columns) and sizes, for 2 to 10 segments.",
    )
    if not grouping.sweep:
        quiet(
            "Clustering finds as many segments as it is told to. Compare what each number gives, then choose one that"
            " you can act on.",
            "how-many",
        )
        st.button(
            "Compare 2 to 10 segments",
            key="segments-sweep",
            icon=":material/query_stats:",
            on_click=lambda: go(grouping.swept()),
        )
        return
    sweep = await_work(findings.compared(grouping, told, finding.as_of), "Comparing 2 to 10 segments …")
    if sweep is None:
        return
    figure = sweep_figure(sweep.frame, session.colours(), suggested=sweep.suggested_k, chosen=grouping.k)
    alt = "Silhouette and sizes by number of segments"
    chart(figure, f"sweep-{grouping!r}", alt, lambda ids: go(grouping.into(int(ids[0]))))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(trust.sweep_words(sweep))
        if grouping.k != sweep.suggested_k:
            st.button(
                f"Take {sweep.suggested_k}",
                key="segments-suggested",
                on_click=lambda: go(grouping.into(sweep.suggested_k)),
            )
    with st.expander("All figures"):
        table = trust.sweep_table(sweep)
        frame_view(table, f"sweep-table-{grouping!r}", height=300)
        downloads("clientela-segments-side-by-side", lambda: table, "sweep")
        st.caption("Davies-Bouldin: less is clearer. Calinski-Harabasz: more is clearer.")


def edit(grouping: Grouping, finding: FoundSegments, segment: str) -> None:
    """A segment's name and sentence in a person's own words."""
    found = grouping.found_name(segment)
    with st.popover("Name", icon=":material/edit:"), st.form(f"name-{segment}", border=False):
        name = st.text_input("Name", segment, max_chars=LONGEST_NAME)
        now = dict(grouping.sentences).get(found, "")
        sentence = st.text_area(
            "Sentence",
            now,
            max_chars=LONGEST_SENTENCE,
            placeholder="What its customers do, in your own words",
        )
        if not st.form_submit_button("Call it so", type="primary"):
            return
        wanted = " ".join(name.split())
        if wanted != segment and wanted in finding.names:
            st.error("Another segment is called so.")
            return
        go(grouping.called(found, wanted, sentence))
        st.rerun()


def sentence_of(grouping: Grouping, finding: FoundSegments, segment: str) -> str:
    """What is said of an opened segment: a person's own words, else its size, behaviour, rule and advice."""
    profile = finding.profiles.row(by_predicate=pl.col("segment") == segment, named=True)
    own = dict(grouping.sentences).get(grouping.found_name(segment), "")
    if own:
        size = count_text(profile["customers"], "customer")
        return f"{size} ({share_text(profile['share_customers'])}). {own}"
    rule = finding.explanation.sentence(segment) if finding.explanation else ""
    told = f"{profile['sentence']}. {rule + '. ' if rule else ''}"
    return f"{told}{findings.ADVICE.get(segment, '')}"
