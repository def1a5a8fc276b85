"""What pages say while the cluster that counts is away, or was never published to: a sentence, not a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
import streamlit
from streamlit import config
from streamlit.testing.v1 import AppTest

import pages
from data import environment
from data.export.publish_tables import publish
from data.store.warehouse import Warehouse
from tests.serving import free_port
from tests.tiny import Line, write_tiny

ASKING = ("explore/explore_page.py", "discover/segments_page.py")
DETAILS = "client.showErrorDetails"
ROLL_UPS = "manage/aggregates/rollups_page.py"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A warehouse to be counted by a cluster, at whose address nobody listens."""
    found = tmp_path / "w.duckdb"
    write_tiny(found, [Line(day=date(2011, at, 1), order=f"o{at}", customer=f"c{at}") for at in range(1, 9)])
    monkeypatch.setenv(environment.WAREHOUSE, str(found))
    monkeypatch.setenv(environment.PUBLISHED, str(tmp_path / "published"))
    monkeypatch.setenv(environment.ENGINE, f"sc://localhost:{free_port()}")
    before = config.get_option(DETAILS)
    config.set_option(DETAILS, "full")  # what is raised is seen as it is
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)  # there is no navigation here
    yield found
    config.set_option(DETAILS, before)


def ran(script: str) -> None:
    import runpy

    runpy.run_path(script)


def opened(page: str) -> AppTest:
    script = str(Path(pages.__file__).parent / page)
    return AppTest.from_function(ran, default_timeout=60, args=(script,)).run()


def html(app: AppTest) -> str:
    return " ".join(str(getattr(each, "body", "")) for each in app.get("html"))


@pytest.mark.parametrize("page", ASKING)
def test_a_page_that_asks_says_that_nothing_is_published_and_that_nobody_answers(
    path: Path, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = opened(page).exception[0]
    assert "Nothing is published in" in told.message
    with monkeypatch.context() as patch, closing(Warehouse(path)) as warehouse:
        patch.delenv(environment.ENGINE)
        publish(warehouse, environment.published())
    told = opened(page).exception[0]
    assert "does not answer" in told.message


def test_roll_ups_say_that_a_cluster_counts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = "rollups-by-cluster"
    assert marked in html(opened(ROLL_UPS))
    monkeypatch.delenv(environment.ENGINE)
    assert marked not in html(opened(ROLL_UPS))
