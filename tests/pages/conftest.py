"""Who looks at the pages in these tests: an English reader, unless a test asks for another."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from pages.overview import awaited_tile
from pages.ui import session, sought_work
from pages.ui.style import locales
from pages.ui.style.locales import Locale

# Whoever opens a snapshot lets go of earlier ones at once; here each test opens one, and garbage is found in time.
session.gc = SimpleNamespace(collect=lambda: 0)


@pytest.fixture(autouse=True)
def _run_ended() -> Iterator[None]:
    """The snapshot that a run of a page read is let go with it."""
    yield
    session._run.warehouse = None


@pytest.fixture(autouse=True)
def _tiles_are_awaited() -> Iterator[None]:
    """What is sought is there before its page or tile is drawn, however much else runs beside the tests.

    By a patch of its own: it changes nothing that is made once.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module in (awaited_tile, sought_work):
            patch.setattr(module, "A_MOMENT", 60)
        yield


@pytest.fixture
def italian() -> Iterator[Locale]:
    """Whoever looks reads Italian numbers."""
    locales.use(locales.locale_of("it"))
    yield locales.current()
    locales.use(locales.ENGLISH)


@pytest.fixture(params=["en", "it", "ru"])
def locale(request: pytest.FixtureRequest) -> Iterator[Locale]:
    """Whoever looks reads English, Italian and Russian in turn."""
    locales.use(locales.locale_of(request.param))
    yield locales.current()
    locales.use(locales.ENGLISH)
