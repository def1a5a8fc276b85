"""The pages of Value by addresses that cannot be: each a sentence and a way on, never a traceback."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

import pages
from cubes.ask import answer_cache
from tests.tiny import Line, tiny_warehouse

PAGES = Path(pages.__file__).parent / "value"
PANEL = {"tier": "dirichlet", "brand": "0.25:0.2:Colgate"}


def page(path: str) -> None:
    import runpy

    runpy.run_path(path)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("firm").resolve() / "w.duckdb"
    tiny_warehouse(path, [Line(order="a"), Line(order="b", country="Italy", customer="C2")]).close()
    return path


@pytest.mark.parametrize(
    ("name", "address", "says"),
    [
        ("customer_share", {"where": "country=Atlantis"}, "There is no country &#x27;Atlantis&#x27;"),
        ("lifetime", {"where": "country=Atlantis"}, "There is no country &#x27;Atlantis&#x27;"),
        ("lifetime", {"by": "contry"}, "Sales has no level &#x27;contry&#x27;"),
        ("customer_share", {"where": "day=2024-02-30..2024-03-01"}, "is no day"),
        ("customer_share", {"tier": "breadth", "by": "channel"}, "Customers are not grouped by"),
        ("customer_share", PANEL | {"penetration": "56", "rate": "2.6"}, "go from 0 to 1"),
        ("customer_share", PANEL | {"penetration": "0.56", "rate": "-2"}, "too few for a penetration"),
    ],
)
def test_an_address_that_cannot_be_is_told_so(
    store: Path, monkeypatch: pytest.MonkeyPatch, name: str, address: Mapping[str, str], says: str
) -> None:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(store))
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)  # pages are the router's
    answer_cache.shared.cache_clear()
    app = AppTest.from_function(page, default_timeout=60, kwargs={"path": str(PAGES / f"{name}_page.py")})
    app.query_params |= address
    app.run()
    assert not app.exception
    told = " ".join(str(each.proto.body) for kind in ("html", "warning") for each in app.get(kind))
    assert says in told
