"""The shape of a page in grey: it stands there from the moment that the page is asked for until its first card comes.

The style sheet shows it after a moment, so that a page that comes at once does not flicker, and hides it behind cards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

CARDS = '<div><i style="--wide: 5"></i><i style="--wide: 7"></i></div>'
LINE = '<div class="line"><i></i></div>'
SHAPES = {
    "": f'<div class="tiles">{"<i></i>" * 6}</div>{CARDS}',
    "explore": LINE * 2 + CARDS,
    "boards": LINE + CARDS,
}
OTHER_PAGES = f"{LINE}<div><i></i></div>"


@contextmanager
def page_skeleton(path: str) -> Iterator[None]:
    """While the block runs, the shape of the page at `path` stands where the page will be."""
    place = st.empty()
    bones = SHAPES.get(path, OTHER_PAGES)
    place.html(
        '<div role="status" aria-busy="true" aria-label="Loading">'
        f'<div class="clientela-shape" aria-hidden="true">{bones}</div></div>'
    )
    try:
        yield
    finally:
        place.empty()
