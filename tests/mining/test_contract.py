"""What every miner is: functions of frames and parameters that give frozen results, and know no warehouse."""

from __future__ import annotations

import dataclasses
import inspect
import pkgutil
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any, get_type_hints

import pytest

import mining

COMMANDS = ("mining.__main__", "mining.commands.")  # which compose cube and miner, as pages do
MODULES = [
    import_module(each.name)
    for each in pkgutil.walk_packages(mining.__path__, "mining.")
    if not each.ispkg and not each.name.startswith(COMMANDS)
]


def public(module: ModuleType) -> Iterator[FunctionType]:
    for name, each in vars(module).items():
        if inspect.isfunction(each) and each.__module__ == module.__name__ and not name.startswith("_"):
            yield each


def values(module: ModuleType) -> Iterator[Any]:
    """The dataclasses that a module declares."""
    for each in vars(module).values():
        if inspect.isclass(each) and each.__module__ == module.__name__ and dataclasses.is_dataclass(each):
            yield each


def named(hint: Any) -> Iterator[type]:
    """The classes that a type hint names."""
    for each in getattr(hint, "__args__", ()) or ():
        yield from named(each)
    if inspect.isclass(hint):
        yield hint


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_miner_says_why_it_exists_and_gives_frozen_results(module: ModuleType) -> None:
    assert (module.__doc__ or "").strip()
    assert list(public(module)) or all(each.__dataclass_params__.frozen for each in values(module))
    for function in public(module):
        hints = get_type_hints(function)
        is_check = function.__name__.startswith("check_")
        assert is_check or hints["return"] is not type(None), f"{function.__name__} does instead of telling"
        for result in named(hints["return"]):
            if result.__module__.startswith("mining") and not issubclass(result, Enum):
                assert dataclasses.is_dataclass(result), result
                assert result.__dataclass_params__.frozen, f"{function.__name__} gives what can be changed"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_miner_gets_frames_and_no_warehouse(module: ModuleType) -> None:
    """Texts, also those that know the values in them, are plain."""
    for function in public(module):
        for name, hint in get_type_hints(function).items():
            strange = [
                each
                for each in named(hint)
                if each.__module__.split(".")[0] in ("data", "cubes", "duckdb") and not issubclass(each, str)
            ]
            assert not strange, f"{function.__name__} takes {strange} as {name}"
