"""What pages share: the open warehouse, answers already given, the theme that is on, and where a page's state lives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path

import streamlit as st

from cubes import answer, catalogue
from cubes.answer import Answer
from cubes.model import Cube
from cubes.query import Query
from data.warehouse import Warehouse, current_version, default_path
from pages.ui.theme import Palette, palette

_run = threading.local()


def fragment(function: Callable[[], None]) -> Callable[[], None]:
    """A page's one fragment: each of its runs reads one snapshot from beginning to end."""

    @wraps(function)
    def run() -> None:
        _run.warehouse = _newest()
        function()

    fragment_: Callable[[], None] = st.fragment(run)
    return fragment_


def warehouse() -> Warehouse:
    """The snapshot that this run reads: the one published last when it began."""
    found: Warehouse = getattr(_run, "warehouse", None) or _newest()
    return found


def _newest() -> Warehouse:
    path = default_path().resolve()
    return _opened(str(path), current_version(path))


@st.cache_resource(show_spinner=False, max_entries=2)
def _opened(path: str, version: str) -> Warehouse:
    return Warehouse(Path(path))


def cube(name: str = "sales") -> Cube:
    return _cube(name, warehouse().version)


@st.cache_resource(show_spinner=False, max_entries=8)
def _cube(name: str, version: str) -> Cube:
    return catalogue.load(name, warehouse().profile)


def ask(query: Query) -> Answer:
    """The answer, remembered for every session until another snapshot is published."""
    store = warehouse()
    return _asked(store, query, store.version)


@st.cache_resource(show_spinner=False, max_entries=400, hash_funcs={Query: repr})
def _asked(_warehouse: Warehouse, query: Query, version: str) -> Answer:
    return answer.ask(_warehouse, query)


def currency() -> str:
    return warehouse().profile.currency


def colours() -> Palette:
    """The colours of the theme that is on."""
    return palette(st.context.theme.type)


def read_url() -> dict[str, list[str]]:
    """The page's URL parameters."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def write_url(parameters: Mapping[str, list[str]]) -> None:
    """Put a page's state into its URL, as one step of the browser's history; nothing where it is there already."""
    wanted = {name: list(values) for name, values in parameters.items()}
    if wanted != read_url():
        st.query_params.from_dict(wanted)
