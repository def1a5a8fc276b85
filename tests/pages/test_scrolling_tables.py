"""What may be wider than a phone scrolls by keys as well: whoever uses no pointer reaches all of it."""

from __future__ import annotations

import re
from pathlib import Path

from pages.manage.shared.html_tables import scrolling

PAGES = Path(__file__).parents[2] / "pages"


def test_keys_reach_it_and_are_told_what_it_is() -> None:
    found = scrolling("<table></table>", "data-ledger", "loads", 'Files of "Ann"')
    assert 'tabindex="0"' in found
    assert 'aria-label="Files of &quot;Ann&quot;"' in found


def test_nothing_scrolls_sideways_that_keys_do_not_reach() -> None:
    styles = "".join(each.read_text() for each in (PAGES / "ui" / "assets").glob("*.css"))
    names = re.findall(r"^\.([\w-]+) \{[^}]*overflow-x: auto", styles, re.MULTILINE)
    assert {"data-ledger", "people-matrix"} <= set(names)
    drawn = re.compile(rf'<div class="(?:{"|".join(names)})\b')
    assert not [each.name for each in PAGES.rglob("*.py") if drawn.search(each.read_text())]
