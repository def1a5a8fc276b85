"""A page that is being built."""

from __future__ import annotations

from pages.ui.states import empty_state, page_title

page_title("Load")
empty_state("This page is being built", "Come back soon.", key="stub")
