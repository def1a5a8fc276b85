"""Nothing leaves, is written or looked at past the audit: each module that could do so says it there first."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from data import operational_extension
from data.store import extension
from tests.data.test_contact_exporters import sources

ROOT = Path(__file__).parents[2]
LEAVES = re.compile(
    r"\b(write_csv|write_parquet|write_ndjson|write_json|write_excel|stdout\.buffer|zipfile\.ZipFile|"
    r"http\.client\.\w+Connection|smtplib|urlopen|download_button|copy\.write)\b|COPY \("
)
SAYS_SO = frozenset({"exporting", "offering"})
# What makes the bytes of a file and hands them over: whoever takes them from there says so.
MAKERS: dict[str, frozenset[str]] = {
    "data.export.parquet_bytes": frozenset({"parquet_bytes"}),
    "data.campaigns.contact_files": frozenset({"csv_bytes", "write_file"}),
    "data.privacy.access": frozenset({"write_zip"}),
    "pages.ui.export_files": frozenset({"csv", "xlsx"}),
}
# The demonstration's own files, which hold nobody; a database is read through files of a moment; processes of ours
# are asked whether they live.
ON_TERMINALS = ("mining.__main__",)  # what is printed is looked at: it says so by `shown`
OF_NOBODY = ("data.demo.", "data.sources.", "data.load.", "pages.web.several_processes")
OFFERS = "pages.ui.offered_files"
PUBLISHES = {"publish": "data.store.publication", "drafting": "data.store.publication"}
WRITES_STATEMENTS = {
    "data.operational.statement_log",
    "data.operational.statement_erasure",
    "data.operational.statement_copies",
}
LOOKS: dict[str, frozenset[str]] = {
    "saw_customer": frozenset(
        {
            "customer_records.golden",
            "customer_records.identities",
            "customer_records.said_of",
            "time_line.with_written",
            "words.outlook_words",
        }
    ),
    "searched": frozenset(
        {
            "customer_finder.find",
            "customer_finder.with_phone",
            "customer_records.search",
            "member_lookup.search",
            "search_sources.found",
        }
    ),
    "saw_rows": frozenset({"rows_behind.order_lines", "customer_details", "read_audit"}),
}
# All members of a saved segment's level: nothing is sought; and what is sought for those who say so.
LISTS = ("pages.discover.saved_segments", "pages.ui.search_everything.search_sources")
ENTRIES = ("data/__main__.py", "cubes/__main__.py", "mining/__main__.py", "pages/_router.py")


@cache
def called(text: str) -> set[str]:
    """What a module calls: by its last name, and by the last two."""
    dotted = [ast.unparse(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return {".".join(each.split(".")[-many:]) for each in dotted for many in (1, 2)}


@cache
def taken(text: str) -> set[tuple[str, str]]:
    """What a module imports by name: (module, name)."""
    return {
        (node.module or "", each.name)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }


def unsaid_exports(modules: Mapping[str, str]) -> list[str]:
    """Modules by which something could leave that the audit does not hear of."""
    leaving = [name for name, text in modules.items() if LEAVES.search(text) and name not in MAKERS]
    taking = [
        name
        for name, text in modules.items()
        if any(each in MAKERS.get(module, ()) for module, each in taken(text))
    ]
    told = [name for name in {*leaving, *taking} if not name.startswith(OF_NOBODY)]
    says = {name: SAYS_SO | ({"shown"} if name in ON_TERMINALS else set()) for name in told}
    return sorted(name for name in told if not says[name] & called(modules[name]))


def other_doors(modules: Mapping[str, str]) -> list[str]:
    """Pages that offer a file by another way."""
    return sorted(
        name for name, text in modules.items() if "download_button" in called(text) and name != OFFERS
    )


def unsaid_writes(modules: Mapping[str, str]) -> list[str]:
    """Modules that put a snapshot up, or open what people wrote to write, by another way."""
    found = [
        name for name, text in modules.items() for each, only in PUBLISHES.items()
        if f"engine.{each}" in called(text) and name != only
    ]  # fmt: skip
    found += [
        name for name, text in modules.items()
        if "operational_store.writing" in called(text) and name not in WRITES_STATEMENTS
    ]  # fmt: skip
    return sorted(set(found))


def unsaid_looks(modules: Mapping[str, str]) -> list[str]:
    """Pages that show a customer, search, or list rows of persons, and say nothing."""
    return sorted(
        name
        for name, text in modules.items()
        if name.startswith("pages.") and name not in LISTS
        for says, shown in LOOKS.items()
        if shown & called(text) and says not in called(text)
    )


def test_nothing_leaves_unsaid() -> None:
    assert unsaid_exports(sources()) == []


def test_files_leave_pages_by_one_way() -> None:
    assert other_doors(sources()) == []
    settings = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))
    assert settings["client"]["disableDataExport"] is True, "tables have a way of their own"


def test_nothing_is_written_unsaid() -> None:
    assert unsaid_writes(sources()) == []
    assert "audit" in extension._SAID_BEFOREHAND
    for each in ENTRIES:
        assert "operational_extension.register" in called((ROOT / each).read_text("utf-8")), each
    assert operational_extension.register.__module__ == "data.operational_extension"


def test_nobody_is_looked_at_unsaid() -> None:
    assert unsaid_looks(sources()) == []


@pytest.mark.parametrize(
    ("name", "text", "finds"),
    [
        ("data.other", "frame.write_csv(to)", unsaid_exports),
        ("data.other", "exporting('x')\nframe.write_csv(to)", None),
        (
            "data.other",
            "from data.people.export_note import exporting\nframe.write_parquet(to)",
            unsaid_exports,
        ),
        ("pages.other", "from pages.ui.export_files import csv\nst.write(csv(frame))", unsaid_exports),
        ("data.other", "import http.client\nhttp.client.HTTPSConnection('x')", unsaid_exports),
        ("pages.other", "exporting('x')\nst.download_button('CSV', made)", other_doors),
        ("data.other", "with engine.drafting(path, base, spare) as draft: pass", unsaid_writes),
        ("data.other", "with operational_store.writing(file) as store: pass", unsaid_writes),
        ("pages.other", "customer_records.search(store, text)", unsaid_looks),
        ("pages.other", "noted_looks.searched(text, 'x')\ncustomer_records.search(store, text)", None),
    ],
)
def test_a_door_that_says_nothing_is_found(name: str, text: str, finds: object) -> None:
    checks = (unsaid_exports, other_doors, unsaid_writes, unsaid_looks)
    assert [each for each in checks if each({name: text})] == ([finds] if finds else [])
