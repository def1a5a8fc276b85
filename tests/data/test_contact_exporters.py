"""Nobody is written to past the rules: what writes contacts asks `left_out`, files are of written contacts alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOM, RULES, ASKED = "data.campaigns", "data.campaigns.contact_rules", "left_out"
WRITES = re.compile(
    r"(INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|COPY)\s+(contact|campaign_export|campaign_removal)\b"
)
SENDS = re.compile(
    r"\b(write_csv|write_ndjson|write_excel|write_bytes|csv\.writer|http\.client|urlopen|smtplib)\b"
)
STORED = re.compile(
    r"\b(FROM|JOIN)\s+contact\b|import \(?[^)]*?\b(contact_list|added_contacts|removed_contacts)\b"
)
ROWS = "data.campaigns.contact_rows"  # inserts what it is given: whoever imports it writes contacts
INSERTS = re.compile(r"from data\.campaigns(\.contact_rows import| import [^\n]*\bcontact_rows\b)")
CARRIED = "data.campaigns.carried_contacts"  # puts where it was what was written by the rules before
OF_AUDIENCES = re.compile(r"\baudience_member\b|\baudience_rows\b")


def sources() -> dict[str, str]:
    """What each module says, by its name."""
    files = [path for room in ("data", "cubes", "mining", "pages") for path in (ROOT / room).rglob("*.py")]
    return {
        str(path.relative_to(ROOT).with_suffix("")).replace("/", "."): path.read_text("utf-8")
        for path in files
    }


def past_the_rules(modules: Mapping[str, str]) -> list[str]:
    """Modules by which people could be reached whom the rules leave out."""
    writers = [
        name
        for name, text in modules.items()
        if (WRITES.search(text) or INSERTS.search(text)) and name not in (ROWS, CARRIED)
    ]
    found = [name for name in writers if not asks(modules, name)]
    room = {name: text for name, text in modules.items() if name.startswith(f"{ROOM}.")}
    found += [
        name for name, text in room.items()
        if SENDS.search(text) and (not STORED.search(text) or OF_AUDIENCES.search(text)) and not asks(modules, name)
    ]  # fmt: skip
    return sorted(set(found))


def asks(modules: Mapping[str, str], name: str) -> bool:
    """Whether a module calls `left_out`, or imports one of its room that does."""
    seen, waiting = set[str](), [name]
    while waiting:
        each = waiting.pop()
        if each in seen or each == RULES or each not in modules:
            continue
        seen.add(each)
        tree = ast.parse(modules[each])
        if _calls(tree) and (RULES, ASKED) in _imported(tree):
            return True
        waiting += [module for module, _ in _imported(tree) if module.startswith(f"{ROOM}.")]
    return False


def _calls(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == ASKED
        for node in ast.walk(tree)
    )


def _imported(tree: ast.AST) -> set[tuple[str, str]]:
    return {
        (node.module, each.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for each in node.names
    }


def test_nobody_is_written_to_past_the_rules() -> None:
    assert past_the_rules(sources()) == []


DRAWN = "from data.campaigns.contact_rules import left_out\nout = left_out(frame, who, rules)\n"
DOOR = 'from data.campaigns.drawn_contacts import draw\nSQL = "INSERT INTO contact BY NAME SELECT 1"\n'
LIST = 'SQL = "SELECT * FROM contact JOIN campaign_export"\nmade = rows.write_csv()\n'
GOOD = {"data.campaigns.drawn_contacts": DRAWN, "data.campaigns.door": DOOR, "data.campaigns.files": LIST}


@pytest.mark.parametrize(
    ("name", "text", "is_found"),
    [
        ("data.campaigns.door", DOOR, False),
        ("data.campaigns.other_door", 'SQL = "INSERT INTO contact VALUES (1)"', True),
        (
            "data.campaigns.other_door",
            f'{DRAWN.replace("left_out(frame", "print(frame")}SQL = "INSERT INTO contact"',
            True,
        ),
        ("pages.act.own_door", "from data.campaigns import contact_rows\ncontact_rows.put(c, rows)", True),
        ("pages.act.own_door", 'connection.execute("INSERT INTO campaign_export VALUES (1)")', True),
        ("data.campaigns.mailing", 'frame("SELECT * FROM audience_member").write_csv()', True),
        ("data.campaigns.mailing", 'import http.client\nframe("SELECT email FROM customer_record")', True),
        (
            "data.campaigns.mailing",
            "from data.campaigns.files import added_contacts\nimport http.client\n",
            False,
        ),
    ],
)
def test_an_exporter_that_does_not_ask_is_found(name: str, text: str, is_found: bool) -> None:
    assert past_the_rules(GOOD | {name: text}) == [name] * is_found
