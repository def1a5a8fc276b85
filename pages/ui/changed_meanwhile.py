"""What somebody changed while another wrote: both versions side by side, and what whoever wrote chooses of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from data import environment
from data.errors import ChangedMeanwhile, MeanwhileChange
from data.operational.meanwhile_words import change_words, part_words, value_words
from pages.ui.local_time import in_words

WAITS = "What you wrote is not saved, and waits here for what you choose."
MOST = 20
Words = Mapping[str, Callable[[Any], str]]  # how values of a part are said, where not as they are held
NO_WORDS: Words = {}


@dataclass(frozen=True, slots=True)
class OvertakenWrite:
    """A write that was refused. `again` puts it in the place of theirs, standing on what it is given; `both` joins the
    two, where that can be; `kept` is called where theirs is kept."""

    error: ChangedMeanwhile
    again: Callable[[Any], object]
    both: Callable[[], object] | None = None
    kept: Callable[[], object] | None = None


def changed_meanwhile(
    key: str, write: OvertakenWrite, forget: Callable[[], object], words: Words = NO_WORDS
) -> None:
    """Draw the sentence, both versions and the ways on. `forget` is called before any of them is gone."""
    changes = write.error.changes

    def chosen(then: Callable[[], object] | None) -> None:
        forget()
        if then:
            then()

    with st.container(border=True, key=f"changed-{key}"):
        at = in_words(max(each.at for each in changes))
        said = f"<b>{escape(change_words(changes, environment.who()))}, {escape(at)}.</b> {WAITS}"
        st.html(f'<p class="clientela-verdict" role="status" data-testid="changed-meanwhile">{said}</p>')
        st.html(versions_table(changes, words))
        with st.container(horizontal=True, gap="small", key=f"changed-ways-{key}"):
            st.button("Keep what is there", key=f"changed-theirs-{key}", on_click=chosen, args=(write.kept,))
            if write.both:
                st.button("Keep both", key=f"changed-both-{key}", on_click=chosen, args=(write.both,))
            st.button("Put mine in its place", key=f"changed-mine-{key}", on_click=chosen,
                      args=(lambda: write.again(write.error.standing_on),))  # fmt: skip


def versions_table(changes: tuple[MeanwhileChange, ...], words: Words = NO_WORDS) -> str:
    """A line a part: as it is now, and as it would be."""
    several = len({each.thing for each in changes}) > 1
    lines = "".join(_line(each, several, words) for each in changes[:MOST])
    more = len(changes) - MOST
    rest = f'<tr><td colspan="3">and {more:,} more</td></tr>' if more > 0 else ""
    by = " and ".join(dict.fromkeys("you" if each.by == environment.who() else each.by for each in changes))
    head = f"<thead><tr><td></td><th>Now, by {escape(by)}</th><th>Yours</th></tr></thead>"
    return f'<table class="clientela-versions">{head}<tbody>{lines}{rest}</tbody></table>'


def _line(each: MeanwhileChange, several: bool, words: Words) -> str:
    name = each.thing.removeprefix("the ") if several else part_words(each.part)
    versions = ((each.theirs, each.mine), (each.mine, each.theirs))
    both = (_value(each.part, value, other, words) for value, other in versions)
    cells = "".join(f"<td>{escape(value)}</td>" for value in both)
    return f"<tr><th>{escape(name[:1].upper() + name[1:])}</th>{cells}</tr>"


def _value(part: str, value: Any, other: Any, words: Words) -> str:
    return words[part](value) if value is not None and part in words else value_words(value, other)
