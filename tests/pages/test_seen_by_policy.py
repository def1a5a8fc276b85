"""Pages show what others wrote, and what was found before, only as far as the policy of whoever looks shows it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What reads all that people wrote, and where pages may: what is read there is somebody's own, sifted, or names alone.
READERS = {
    "audiences.audiences": {"ui/audience_dialog.py"},
    "member_sets.member_sets": {"act/explored_members.py"},
    "planned_campaigns.planned_campaigns": {"act/plan_form.py"},
    "planned_campaigns.all_plans": set(),
    "notes.notes": {"explore/notes_panel.py"},
    "notes_among": {"explore/written_beside.py"},
    "targets.targets": {"value/kpi_view.py"},
    "targets.target_history": {"value/kpi_panel.py"},
    "statement_log.current": {"ui/search_everything/kept_views.py"},
    "statement_log.history": set(),
    "statement_log.since": set(),
    "audience_standing": set(),
}
# What is kept of no rows of a warehouse, or of files that were just handed over.
WITHOUT_ROWS = {
    "provider", "found", "checked",
    "warm_up", "begin_to_load", "_token", "_previewed", "desk", "offered", "findings", "code_version", "_template",
    "_demonstration", "_renewal", "_part", "locale_of", "_written", "style_sheet", "shell_scripts", "compressed",
}  # fmt: skip


@cache
def pages() -> tuple[tuple[str, ast.AST], ...]:
    """Each call and function of the pages, with the file that it stands in."""
    texts = {
        str(file.relative_to(ROOT / "pages")): file.read_text(encoding="utf-8")
        for file in sorted((ROOT / "pages").rglob("*.py"))
    }
    asked = (*(f"{each}(" for each in READERS), "cache")
    files = {name: ast.parse(text) for name, text in texts.items() if any(each in text for each in asked)}
    return tuple(
        (name, each)
        for name, tree in files.items()
        for each in ast.walk(tree)
        if isinstance(each, ast.Call | ast.FunctionDef)
    )


def test_what_people_wrote_is_read_as_it_is_seen() -> None:
    for name, each in pages():
        if isinstance(each, ast.Call) and (reader := ast.unparse(each.func)) in READERS:
            assert name in READERS[reader], f"{name} reads {reader}: see cubes.analysis.seen_statements"


def test_what_pages_keep_belongs_to_a_version_which_tells_policies_apart() -> None:
    kept = set()
    for name, each in pages():
        if isinstance(each, ast.FunctionDef) and any("cache" in ast.unparse(d) for d in each.decorator_list):
            kept.add(each.name)
            named = {argument.arg for argument in (*each.args.args, *each.args.kwonlyargs)}
            assert "version" in named or each.name in WITHOUT_ROWS, f"{name}: {each.name}"
    assert kept >= WITHOUT_ROWS, "some of these are gone"
