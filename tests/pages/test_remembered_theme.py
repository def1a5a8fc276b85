"""What is sent of the theme is what Streamlit would send, found out once."""

from __future__ import annotations

import pytest
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.runtime import app_session

from pages.web.remembered_theme import Populate, remember_theme, remembering

SECTIONS = ("light", "dark", "sidebar", "light.sidebar", "dark.sidebar")


def _sent(populate: Populate) -> bytes:
    """As a session does it: the whole theme, then its parts within it."""
    theme = NewSession().custom_theme
    populate(theme)
    for section in SECTIONS:
        part = theme
        for name in section.split("."):
            part = getattr(part, name)
        populate(part, f"theme.{section}")
    return bytes(theme.SerializeToString(deterministic=True))


def test_the_theme_is_the_same_each_time() -> None:
    own, asked = app_session._populate_theme_msg, list[str]()

    def counted(message: object, section: str = "theme") -> None:
        asked.append(section)
        own(message, section)

    remembered = remembering(counted)
    assert _sent(remembered) == _sent(remembered) == _sent(own)
    assert len(_sent(own)) > 1000
    assert len(asked) == 1 + len(SECTIONS)


def test_it_is_remembered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_session, "_populate_theme_msg", app_session._populate_theme_msg)
    remember_theme()
    once = app_session._populate_theme_msg
    remember_theme()
    assert app_session._populate_theme_msg is once
