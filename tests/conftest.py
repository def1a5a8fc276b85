"""What all tests share: nothing is timed, for several processes share the machine; a failure tells what was asked."""

import gc
import os
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import settings

from cubes import cube_extension
from data import environment, operational_extension
from data.people import audit_store
from data.store import duckdb_engine
from tests import made_once, plain_writers, spare_engines

pytest_plugins = ["pytester", "tests.questions_told"]

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
cube_extension.register()
operational_extension.register()
# What is killed in tests is another process, never the machine: this one waits for no disk.
audit_store.KIND = replace(audit_store.KIND, synchronous="OFF")
duckdb_engine.LOCAL_ONLY["fsync_mode"] = "NONE"
spare_engines.use_again()
plain_writers.use()
os.fsync = lambda _descriptor: None
os.environ.setdefault(
    environment.THREADS, "1"
)  # warehouses are small: more threads would cost more than they do


def pytest_collection_finish() -> None:
    """What is there before the first test is there to the end: nobody need look through it for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.fixture
def monkeypatch() -> Iterator[pytest.MonkeyPatch]:
    """pytest's own; what is made once asks whether it was used."""
    with made_once.patching() as patch:
        yield patch


@pytest.fixture(scope="module")
def as_in_use() -> Iterator[None]:
    """Writers as users have them, for modules that write many rows, or look at the engine itself."""
    with plain_writers.in_use():
        yield


@pytest.fixture(autouse=True)
def own_main_module() -> Iterator[None]:
    """Streamlit's tester leaves the script that it ran as `__main__`; processes that later tests start would run it."""
    own = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = own
