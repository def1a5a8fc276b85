"""The shape of a page stands there while it is drawn, and is gone when it is, whatever came of it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page(path: str, problem: bool = False) -> AppTest:
    def script(path: str, problem: bool) -> None:
        import streamlit as st

        from pages.ui.page_skeleton import page_skeleton

        with page_skeleton(path):
            st.session_state["meanwhile"] = st.session_state.get("meanwhile", 0) + 1
            st.text("The page")
            if problem:
                raise ValueError("The page went wrong")

    return AppTest.from_function(script, kwargs={"path": path, "problem": problem}, default_timeout=60).run()


def test_it_is_gone_with_the_page_drawn() -> None:
    for problem in (False, True):
        drawn = page("explore", problem)
        assert [each.type for each in drawn.main.children.values()][:2] == ["empty", "text"]


def test_every_page_has_a_shape_that_nobody_reads_out() -> None:
    from pages.ui import page_skeleton
    from pages.ui.menu import MENU

    shapes = {entry.path: page_skeleton.SHAPES.get(entry.path, page_skeleton.OTHER_PAGES) for entry in MENU}
    assert set(page_skeleton.SHAPES) <= set(shapes)
    assert all("<i" in each and not each.replace("<", " <").split(">")[-1] for each in shapes.values())
