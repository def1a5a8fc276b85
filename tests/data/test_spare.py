"""The next writer's copy is made by writing over a snapshot that nobody needs: never one that somebody reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from data.privacy import rights
from data.store import duckdb_engine as engine
from data.store import publication, write_moments
from data.store.warehouse import Warehouse, writing
from tests.data.small import add_load, small_warehouse

pytestmark = pytest.mark.usefixtures("as_in_use")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A firm after two loads, of which no snapshot is kept but one as a spare."""
    monkeypatch.setattr(engine, "WORTH_SPARING", 0)
    monkeypatch.setenv("CLIENTELA_KEEP", "0")
    found = small_warehouse(tmp_path / "w.duckdb")
    add_load(found, 2)
    return found


def spare_of(path: Path) -> Path:
    return publication.folder(path) / "spare"


def test_a_copy_that_is_written_over_is_equal(path: Path) -> None:
    inode = spare_of(path).stat().st_ino
    base = path.read_bytes()
    with engine.drafting(path, path, spare_of(path)) as draft:
        assert draft.stat().st_ino == inode
        assert draft.read_bytes() == base
    for other in (b"", b"shorter", base + b"longer", b"x" * len(base), base[:-1]):
        spare_of(path).write_bytes(other)
        with engine.drafting(path, path, spare_of(path)) as draft:
            assert draft.read_bytes() == base
        assert not spare_of(path).exists()


def test_a_copy_made_beforehand_is_taken_as_it_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.make_ready(spare_of(path), path)
    inode, base = spare_of(path).stat().st_ino, path.read_bytes()
    assert spare_of(path).read_bytes() == base
    monkeypatch.setattr(engine, "_write", lambda *_: pytest.fail("nothing is to be written"))
    engine.make_ready(spare_of(path), path)
    with engine.drafting(path, path, spare_of(path)) as draft:
        assert (draft.stat().st_ino, draft.read_bytes()) == (inode, base)


def test_what_is_no_copy_any_more_is_compared(path: Path) -> None:
    engine.make_ready(spare_of(path), path)
    spare_of(path).write_bytes(b"other")
    with engine.drafting(path, path, spare_of(path)) as draft:
        assert draft.read_bytes() == path.read_bytes()
    engine.make_ready(spare_of(path), path)
    for batch in (3, 4):
        add_load(path, batch)
        with engine.drafting(path, path, spare_of(path)) as draft:
            assert draft.read_bytes() == path.read_bytes()


def test_each_load_writes_over_what_the_one_before_let_go_of(path: Path) -> None:
    for batch in range(3, 7):
        spare = spare_of(path).stat().st_ino
        add_load(path, batch)
        assert path.stat().st_ino == spare
        assert Warehouse(path).rows("SELECT count(DISTINCT batch) FROM sale") == [(batch,)]


def test_what_somebody_reads_is_left_alone(path: Path) -> None:
    reader = engine.Reader(spare_of(path))
    before = reader.rows("SELECT * FROM sale ORDER BY ALL")
    add_load(path, 3)
    assert reader.rows("SELECT * FROM sale ORDER BY ALL") == before
    spare = spare_of(path)
    add_load(path, 4)
    reader.close()
    inode = spare.stat().st_ino
    add_load(path, 5)
    assert path.stat().st_ino == inode


def test_what_another_process_reads_is_left_alone(path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from data.store.duckdb_engine import Reader\n"
        "reader, other = Reader(Path(sys.argv[1])), Reader(Path(sys.argv[1]))\n"
        "other.close(); open(sys.argv[1], 'rb').close(); print('open', flush=True); input()\n"
        "print(reader.rows('SELECT count(*), count(DISTINCT batch) FROM sale'))"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(spare_of(path))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert other.stdout
    assert other.stdout.readline() == "open\n"
    held = spare_of(path).stat().st_ino
    add_load(path, 3)
    assert path.stat().st_ino != held
    assert other.communicate("go on\n", timeout=60)[0] == "[(12, 1)]\n"


def test_a_copy_of_the_spare_itself_is_a_copy(path: Path) -> None:
    wanted = spare_of(path).read_bytes()
    with engine.drafting(path, spare_of(path), spare_of(path)) as draft:
        assert draft.read_bytes() == wanted == spare_of(path).read_bytes()


def test_one_that_was_half_written_over_is_never_published(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(step: str) -> None:
        if step == "sparing":
            raise RuntimeError("half-way")

    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(write_moments, "step", fail)
        with pytest.raises(RuntimeError, match="half-way"), writing(path):
            pass
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.draft*"))
    add_load(path, 3)
    assert Warehouse(path).rows("SELECT count(DISTINCT batch) FROM sale") == [(3,)]


def test_one_with_a_second_name_is_no_spare(path: Path, tmp_path: Path) -> None:
    (tmp_path / "backup.duckdb").hardlink_to(path)
    before = path.read_bytes()
    add_load(path, 3)
    add_load(path, 4)
    assert (tmp_path / "backup.duckdb").read_bytes() == before


def test_small_ones_are_not_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WORTH_SPARING", 1 << 40)
    add_load(path, 3)
    assert not spare_of(path).exists()


def test_nothing_of_a_forgotten_customer_stays_in_a_spare(path: Path) -> None:
    reader = engine.Reader(spare_of(path))  # so that it is not written over
    try:
        rights.forget(path, "K100")
    finally:
        reader.close()
    assert not spare_of(path).exists()
