"""The menu: each page has a script in the folder of its group, and a group without pages is not shown."""

from __future__ import annotations

from pathlib import Path

import pages
from pages.ui.menu import GROUPS, MENU, Entry, grouped

FOLDER = Path(pages.__file__).parent


def entry(group: str, title: str) -> Entry:
    return Entry(title, title.lower(), f"{group}/{title.lower()}.py", ":material/stacks:")


def test_groups_stand_in_their_order_whatever_that_of_entries() -> None:
    found = grouped([entry("manage", "Data"), entry("discover", "Baskets"), entry("manage", "Sources")])
    assert {group: [each.title for each in entries] for group, entries in found.items()} == {
        "Discover": ["Baskets"],
        "Manage": ["Data", "Sources"],
    }
    assert list(found) == ["Discover", "Manage"]


def test_every_page_is_shown_and_has_its_script() -> None:
    assert {each.group for each in MENU} <= set(GROUPS)
    assert sorted(each.path for found in grouped(MENU).values() for each in found) == sorted(
        each.path for each in MENU
    )
    assert len({each.path for each in MENU}) == len(MENU)
    assert all((FOLDER / each.script).is_file() for each in MENU)


def test_every_page_script_is_in_the_menu() -> None:
    scripts = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*_page.py")}
    assert scripts == {each.script for each in MENU}
