"""Modules as they would read with entries added: nothing on the disk is touched, and nothing else is changed.

`python -m tests.additions.SCENARIO FOLDER` runs with the entries that its own module names.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Entry:
    """Text put into the file of a module, right behind the line `after`, or as the whole of a new file."""

    module: str
    text: str
    after: str = ""

    @property
    def file(self) -> str:
        place = ROOT.joinpath(*self.module.split("."))
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        return file.relative_to(ROOT).as_posix()

    def put_into(self, source: str) -> str:
        if not self.after:
            return self.text
        assert source.count(self.after) == 1, f"{self.module} has no one place {self.after!r}"
        return source.replace(self.after, self.after + self.text)


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: Path, entries: Sequence[Entry]) -> None:
        super().__init__(name, str(path))
        self._entries = entries

    def get_code(self, fullname: str) -> CodeType:
        source = Path(self.path).read_text(encoding="utf-8") if Path(self.path).exists() else ""
        for each in self._entries:
            source = each.put_into(source)
        return compile(source, self.path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        own = [each for each in self._entries if each.module == fullname]
        if not own:
            return None
        file = ROOT / own[0].file
        return importlib.util.spec_from_file_location(
            fullname,
            file,
            loader=_Loader(fullname, file, own),
            submodule_search_locations=[str(file.parent)] if file.stem == "__init__" else None,
        )


def add(entries: Sequence[Entry]) -> None:
    """From now on, in this process: before any of those modules is imported."""
    early = [each.module for each in entries if each.module in sys.modules]
    assert not early, f"{early} were imported before anything was added to them"
    sys.meta_path.insert(0, _Finder(entries))
