"""Whatever is installed is named in constraints.txt, so that everybody has the same and each can be audited."""

from __future__ import annotations

import re
from importlib.metadata import distributions

import pytest

from tests.serving import ROOT

TOOLS = {"pip", "setuptools", "wheel"}
LISTS = ("requirements.txt", "tests/requirements.txt", "bench/requirements.txt")
BESIDE = "requirements-spark.txt"


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(file: str) -> dict[str, str]:
    """The packages that a list names, with their versions."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    told = [line.split("#")[0].strip() for line in lines]
    pairs = [re.split(r"(?:\[[\w,]+\])?==", each) for each in told if each and not each.startswith("-")]
    assert all(len(each) == 2 for each in pairs), pairs
    return {normal(name): version for name, version in pairs}


def test_all_that_is_installed_is_locked() -> None:
    locked = pinned("constraints.txt")
    installed = {normal(each.metadata["Name"]): each.version for each in distributions()}
    left = {
        name: version
        for name, version in installed.items()
        if name not in TOOLS and locked.get(name) != version
    }
    assert not left, f"make lock names them: {left}"


@pytest.mark.parametrize("file", [*LISTS, BESIDE])
def test_what_is_asked_for_is_what_is_locked(file: str) -> None:
    locked = pinned("constraints.txt")
    assert pinned(file)
    assert {name: locked.get(name) for name in pinned(file)} == pinned(file)


def test_the_lock_is_used_wherever_packages_are_installed() -> None:
    assert "-c constraints.txt" in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert "-r requirements.txt" in (ROOT / BESIDE).read_text(encoding="utf-8").splitlines()
    for file in LISTS[1:]:
        assert "-r ../requirements.txt" in (ROOT / file).read_text(encoding="utf-8").splitlines()
