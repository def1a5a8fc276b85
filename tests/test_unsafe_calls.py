"""Nothing that runs, unpacks or guesses what it should not is called anywhere in Clientela."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.serving import ROOT

PACKAGES = ("data", "cubes", "mining", "pages", "bench")
RUNS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "tempfile.mktemp"}
UNPACKS = {"pickle", "cPickle", "dill", "marshal", "shelve", "joblib", "yaml", "xml", "lxml"}
SECRET = ("pages/web", "data/people", "data/access")


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in [ROOT / "app.py", *(each for folder in folders for each in (ROOT / folder).rglob("*.py"))]:
        yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    found = [each for each in ast.walk(tree) if isinstance(each, ast.Import | ast.ImportFrom)]
    whole = [name.name for each in found if isinstance(each, ast.Import) for name in each.names]
    parts = [each.module or "" for each in found if isinstance(each, ast.ImportFrom)]
    return {name.split(".")[0] for name in [*whole, *parts]}


def called(function: ast.expr) -> str:
    """`name`, or `module.name`; empty for what has no such name, which none of RUNS is."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return f"{function.value.id}.{function.attr}"
    return function.id if isinstance(function, ast.Name) else ""


def unsafe(tree: ast.Module) -> list[str]:
    """What in a module runs what it reads, or unpacks objects."""
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
    named = {called(each.func) for each in calls}
    given = {str(keyword.arg) for each in calls for keyword in each.keywords}
    loose = {each for each in given if each == "shell" or each.startswith("unsafe_allow")}
    return sorted((RUNS & named) | (UNPACKS & imported(tree)) | loose)


def test_nothing_runs_what_it_reads() -> None:
    found = {str(path): told for path, tree in modules(*PACKAGES) if (told := unsafe(tree))}
    assert not found
    sample = (
        "import pickle, os\neval(x)\nos.system(x)\nrun(x, shell=True)\nst.markdown(x, unsafe_allow_html=True)"
    )
    assert unsafe(ast.parse(sample)) == ["eval", "os.system", "pickle", "shell", "unsafe_allow_html"]


def test_what_must_not_be_guessed_is_not_drawn_by_chance_alone() -> None:
    assert not [path for path, tree in modules(*SECRET) if "random" in imported(tree)]


def test_no_script_of_ours_keeps_or_sends_anything() -> None:
    """The cookie of the chosen language is all that one writes."""
    stores = r"(?:local|session)Storage|indexedDB|document\.cookie"
    kept = re.compile(rf"{stores}|XMLHttpRequest|\bfetch\(|new Function|document\.write")
    files = [*(ROOT / "pages").rglob("*.js"), *(ROOT / "pages").rglob("*_choice.py")]
    found = {file.name: told for file in files if (told := kept.findall(file.read_text(encoding="utf-8")))}
    assert found == {"locale_choice.py": ["document.cookie"]}
