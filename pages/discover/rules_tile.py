"""Association rules as a tile of a board: the first few at the settings of an address of Baskets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from data.errors import BadRequest
from pages.discover import found_rules
from pages.discover.baskets_view import parse_association
from pages.discover.found_rules import RefusedRules
from pages.discover.rule_frames import SIDES, about
from pages.discover.rule_thresholds import percent
from pages.ui.style.formats import count_text, format_value, number_text

SHOWN = 6


@dataclass(frozen=True, slots=True, eq=False)
class TopRules:
    """The first rules by lift, as mining gives them; of how many, in how many baskets, and at which thresholds."""

    frame: pl.DataFrame
    rules: int
    baskets: int
    support: Decimal
    confidence: Decimal

    @property
    def words(self) -> str:
        every = count_text(self.rules, "rule")
        shown = f"The {SHOWN} of highest lift of {every}" if self.rules > SHOWN else every
        return (
            f"{shown} in {count_text(self.baskets, 'basket')}; support at least {percent(self.support)}, "
            f"confidence at least {percent(self.confidence)}."
        )


def top_rules(parameters: Mapping[str, list[str]]) -> TopRules:
    """Raises BadRequest where there are none, and what to try."""
    asked = parse_association(parameters)
    encoded = found_rules.encoded(asked.cuts, asked.level)
    if encoded.baskets is None:
        raise BadRequest("Nothing was bought within its filters.", "Open it in Baskets and widen them.")
    support = asked.support or encoded.suggested
    rules = found_rules.found(asked, encoded.baskets, support)
    if isinstance(rules, RefusedRules):
        raise BadRequest(rules.problem, rules.remedy)
    held = about(rules, asked.item).frame
    if held.is_empty():
        raise BadRequest("No rule passes at these settings.", "Open it in Baskets and lower the thresholds.")
    baskets = len(encoded.baskets)
    return TopRules(held.head(SHOWN), held.height, baskets, support, asked.confidence)


def rules_title(parameters: Mapping[str, list[str]]) -> str:
    asked = parse_association(parameters)
    about_item = f" with “{asked.item}”" if asked.item else ""
    return f"Bought together, by {found_rules.level_label(asked.level).lower()}{about_item}"


def draw_rules(found: TopRules, key: str, opened: Callable[[str], None]) -> None:
    """Each rule as a line, its figures below it."""
    lines = "".join(map(_line, found.frame.iter_rows(named=True)))
    st.html(
        f'<ol class="clientela-rules">{lines}</ol>'
        f'<p class="clientela-quiet" data-testid="finding-told">{escape(found.words)}</p>'
    )


def _line(rule: Mapping[str, Any]) -> str:
    left, right = (escape(" + ".join(rule[side])) for side in SIDES)
    confidence = format_value(rule["confidence"], "percent")
    figures = (
        f"lift {number_text(rule['lift'], 1)} · {confidence} of baskets with the left side · "
        f"{count_text(rule['count_both'], 'basket')}"
    )
    return f"<li><b>{left}</b> <i>→</i> <b>{right}</b><small>{escape(figures)}</small></li>"
