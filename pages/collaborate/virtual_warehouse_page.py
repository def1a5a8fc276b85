"""Virtual warehouse."""

from __future__ import annotations

from pages.ui import session
from pages.ui.page_states import page_title


@session.fragment
def show() -> None:
    page_title("Virtual warehouse")


show()
