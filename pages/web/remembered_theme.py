"""The theme of Streamlit's settings, put together once a process: its own way does so anew for every run of a page,
where all sessions wait for it, and that is a fifth of what a drill costs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

Populate = Callable[..., None]


def remembering(populate: Populate) -> Populate:
    """What `populate` writes into a message for a section of the settings, found out once for each."""

    @cache
    def found(section: str) -> CustomThemeConfig:
        theme = CustomThemeConfig()
        populate(theme, section)
        return theme

    @wraps(populate)
    def remembered(message: CustomThemeConfig, section: str = "theme") -> None:
        theme = found(section)
        if theme.ByteSize():
            message.MergeFrom(theme)

    return remembered


def remember_theme() -> None:
    """From now on, in this process: settings changed later are read at its next start."""
    if not hasattr(app_session._populate_theme_msg, "__wrapped__"):
        app_session._populate_theme_msg = remembering(app_session._populate_theme_msg)
