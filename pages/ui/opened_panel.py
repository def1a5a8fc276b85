"""What a click opened, beside what was clicked: it stays in sight while the list scrolls, and is a sheet on phones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape

import streamlit as st

from pages.ui.page_states import card

BESIDE = (7, 6)


@contextmanager
def opened_panel(
    title: str, testid: str, close: Callable[[], None], marks: Mapping[str, object] | None = None
) -> Iterator[None]:
    """The panel with its title and the button that closes it; `marks` tell tests what is in it.

    It belongs alone into the last column of a row.
    """
    told = "".join(f' data-{name}="{escape(str(value))}"' for name, value in (marks or {}).items())
    with card("opened"):
        with st.container(horizontal=True, vertical_alignment="center", key="opened-head"):
            heading = f'<h2 class="clientela-section" data-testid="{testid}"{told}>{escape(title)}</h2>'
            st.html(heading, width="stretch")
            st.button(
                "Close", key="opened-close", type="tertiary", icon=":material/close:", on_click=close,
                width="content",
            )  # fmt: skip
        yield
