"""Rules drawn: a network of items, or left sides by right sides; and the first of them in words."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from mining.patterns.association_rules import Rules, sentence
from pages.discover.baskets_view import Association, Picture
from pages.discover.rule_frames import bubbles, edges_and_nodes, rule_clicked
from pages.discover.rules_table import open_rule
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import rules_matrix, rules_network
from pages.ui.page_states import card, section
from pages.ui.style.told_sentences import in_language

PICTURES = {Picture.NETWORK: ":material/hub:", Picture.MATRIX: ":material/grid_view:"}
SAID = 12
Go = Callable[[Association], None]


def rules_picture(view: Association, rules: Rules, go: Go) -> None:
    """The rules as a network of items, or as left sides by right sides; a click opens one."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html('<h2 class="clientela-section">What draws what</h2>', width="content")
        st.space("stretch")
        st.session_state["baskets-picture"] = view.picture
        st.segmented_control(
            "Picture",
            list(Picture),
            key="baskets-picture",
            required=True,
            format_func=PICTURES.__getitem__,
            on_change=lambda: go(view.drawn(st.session_state["baskets-picture"])),
            label_visibility="collapsed",
            help="Network of items, or left sides by right sides",
        )

    def clicked(ids: tuple[str, ...]) -> None:
        rule = rule_clicked(rules, ids)
        go(open_rule(view, rule) if rule else view.about(ids[0]))

    token = f"{view.to_parameters()}-{rules.min_support}"
    if view.picture is Picture.NETWORK:
        figure = rules_network(*edges_and_nodes(rules), session.colours(), height=520)
        chart(figure, f"network-{token}", "Network of items bought together", clicked)
    else:
        figure = rules_matrix(bubbles(rules), session.colours(), height=520)
        chart(figure, f"matrix-{token}", "Left sides by right sides of rules", clicked)


def in_words(rules: Rules) -> None:
    """The rules of highest lift as sentences."""
    first = rules.frame.head(SAID).iter_rows(named=True)
    said = "".join(
        f'<li style="margin:0 0 .4rem">{escape(in_language(sentence(rule)))}</li>' for rule in first
    )
    style = "margin:0;padding-left:1.1rem;font-size:.9286rem;line-height:1.45"
    with card("words"):
        section("In words")
        st.html(f'<ul data-testid="sentences" style="{style}">{said}</ul>')
