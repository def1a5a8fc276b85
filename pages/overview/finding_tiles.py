"""The findings of mining that boards hold: the pages they are of, and how each is drawn in small."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import streamlit as st

from cubes.query import Cut, parse_cut
from data.access.policy import REMEDY
from data.errors import BadRequest, ClientelaError, NotAllowed
from data.operational.statement_erasure import ERASED
from pages.explore.put_on_board import is_wanted, want
from pages.ui import session
from pages.ui.cut_chips import words
from pages.ui.open_pages import is_open

Parameters = Mapping[str, list[str]]
Opened = Callable[[str, dict[str, list[str]]], None]
SEGMENTS, BASKETS = "discover/segments_page.py", "discover/baskets_page.py"


@dataclass(frozen=True, slots=True)
class FindingKind:
    """A page's finding: `find` gives what `draw` draws, and refuses with a BadRequest; what `is_quick` never waits.

    What is found is small: it is kept as long as the snapshot is read. A click on a part of it opens the page with that
    part named in the parameter `part`.
    """

    script: str
    title: Callable[[Parameters], str]
    find: Callable[[Parameters], Any]
    draw: Callable[[Any, str, Callable[[str], None]], None]
    is_quick: bool = False
    has_settings: bool = True
    part: str = ""


@cache
def findings() -> dict[str, FindingKind]:
    """Those of each page. Mining is imported with them: seconds that no board without findings waits for."""
    from pages.discover.rules_tile import draw_rules, rules_title, top_rules
    from pages.discover.segments_tile import draw_sizes, found_sizes, found_title, saved_sizes

    return {
        "segments": FindingKind(SEGMENTS, found_title, found_sizes, draw_sizes, part="segment"),
        "saved-segments": FindingKind(
            SEGMENTS, lambda _: "Saved segments", saved_sizes, draw_sizes, is_quick=True, has_settings=False
        ),
        "baskets": FindingKind(BASKETS, rules_title, top_rules, draw_rules),
    }


@dataclass(frozen=True, slots=True)
class FindingAddress:
    """A finding as a tile keeps it, `segments?method=rfm`, read."""

    written: str
    kind: FindingKind
    parameters: dict[str, list[str]]

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """Its slice. Raises BadRequest for what cannot be read."""
        return tuple(map(parse_cut, self.parameters.get("where", ())))

    @property
    def on_page(self) -> dict[str, list[str]]:
        """What opens the page at it."""
        return self.parameters if self.kind.has_settings else {}


def read_finding(written: str) -> FindingAddress:
    """Raises BadRequest for a page that has no findings, and for one that named a customer who was erased."""
    if written == ERASED:
        raise BadRequest("This finding named a customer who was erased.", "Take the tile away.")
    page, _, parameters = written.partition("?")
    if page not in findings():
        raise BadRequest(f"There is no finding of {page!r}.", "Take the tile away.")
    return FindingAddress(written, findings()[page], parse_qs(parameters))


def title_of(finding: FindingAddress) -> str:
    """What it is, and within which filters; without those where they name what is gone."""
    try:
        title = finding.kind.title(finding.parameters)
        return " · ".join((title, *(words(session.cube(), cut) for cut in finding.cuts)))
    except ClientelaError:
        return "A finding"


def draw_finding(finding: FindingAddress, key: str, opened: Opened) -> None:
    """What was found on these data, or the button to find it. Raises BadRequest where it cannot be; NotAllowed."""
    if not is_open(finding.kind.script):
        raise NotAllowed("This finding is of a page that is not open to you.", REMEDY)
    found = _found(finding, key)
    if found is None:
        return

    def into(part: str) -> None:
        name = finding.kind.part
        opened(finding.kind.script, {**finding.on_page, **({name: [part]} if name else {})})

    finding.kind.draw(found, key, into)


def _found(finding: FindingAddress, key: str) -> Any:
    """The finding, or why there is none, kept for everybody who reads this snapshot; None while nobody asked for it.

    Sets are read for whoever looks: what was found within one is of its present members, and of those who may see it.
    """
    kept = session.warehouse().beside
    name = f"finding {finding.written} {session.sets_read(finding.cuts)!r}"
    if name not in kept:
        if not finding.kind.is_quick and not is_wanted(finding.written):
            _offer(finding, key)
            return None
        with st.spinner("Looking into the data …"):
            kept[name] = _sought(finding)
    if isinstance(kept[name], BadRequest):
        raise BadRequest(kept[name].problem, kept[name].remedy)
    return kept[name]


def _sought(finding: FindingAddress) -> Any:
    try:
        return finding.kind.find(finding.parameters)
    except BadRequest as error:
        return error


def _offer(finding: FindingAddress, key: str) -> None:
    st.html(
        '<p class="clientela-quiet" data-testid="finding-waits">Nobody has looked for this in the present data yet. '
        "It may take a while.</p>"
    )
    st.button(
        "Draw", key=f"draw-{key}", icon=":material/query_stats:", on_click=want, args=(finding.written,)
    )
