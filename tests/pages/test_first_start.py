"""The first start of a new release: the warehouse is brought up to date meanwhile, and whoever waited is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.store.older_warehouse import is_older
from tests.data.releases.kept_firm import open_kept


def start() -> None:
    import streamlit as st

    from pages.ui import session
    from pages.ui.first_start import ensure_warehouse

    ensure_warehouse()
    st.write(f"{session.warehouse().profile.lines} lines")


def test_a_warehouse_of_an_earlier_release_is_there_after_the_first_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = open_kept(2, tmp_path / "w.duckdb")
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    app = AppTest.from_function(start, default_timeout=120).run()
    assert not app.exception
    assert [each.value for each in app.markdown][-1] == "6 lines"
    assert "is brought up to date; nothing of it is lost" in app.toast[0].value
    assert not is_older(path)
    assert not app.run().toast


def test_where_it_cannot_be_done_it_is_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = open_kept(2, tmp_path / "w.duckdb")
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("data.store.duckdb_engine.shutil.copyfile", full)
        app = AppTest.from_function(start, default_timeout=120).run()
    assert app.exception
    assert not [each.value for each in app.markdown if "lines" in each.value]
    assert is_older(path)
    assert not app.run().exception
