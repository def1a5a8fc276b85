"""A page is one script and one line of the menu; the browser opens each of them by its address."""

from __future__ import annotations

from pathlib import Path

import pages
from pages.ui.menu import MENU

ROOT = Path(pages.__file__).parent


def test_each_page_script_stands_in_the_menu() -> None:
    scripts = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*_page.py")}
    assert scripts == {each.script for each in MENU}


def test_no_two_pages_share_an_address_or_a_title() -> None:
    assert len({each.path for each in MENU}) == len({each.title for each in MENU}) == len(MENU)
