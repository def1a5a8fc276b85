"""The entries of the glossary as markup, one after the other or folded under their subjects."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from pages.manage.glossary.glossary_entries import GlossaryEntry
from pages.ui.style.formats import number_text


def by_subject(entries: Sequence[GlossaryEntry], folded: bool) -> str:
    """The entries under their subjects, which open on demand where they are folded."""
    parts = []
    for subject, those in groupby(entries, key=lambda each: each.subject):
        articles = [article(each) for each in those]
        head = escape(subject)
        if folded:
            count = f"<small>{number_text(len(articles))}</small>"
            parts.append(f"<details><summary>{head} {count}</summary>{''.join(articles)}</details>")
        else:
            parts.append(f"<h3>{head}</h3>{''.join(articles)}")
    return "".join(parts)


def article(entry: GlossaryEntry) -> str:
    link = f'<a href="{escape(entry.href)}" target="_self">Open in Explore</a>'
    way = link if entry.href else "<small>Nothing is loaded yet.</small>"
    return (
        f'<article data-measure="{escape(entry.written)}"><p><b>{escape(entry.label)}</b><br>'
        f"<code>{escape(entry.written)}</code></p><p>{escape(entry.doc)}<br>"
        f"<small>{escape(entry.formula)} · {escape(entry.unit)} · {escape(entry.more)}</small> {way}</p></article>"
    )
