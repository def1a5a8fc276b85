"""Publishing for a distributed engine: whole or not at all, only what changed, and nothing of persons."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data import environment
from data.__main__ import main
from data.cluster import published_manifest
from data.cluster.published_manifest import NAME, UNFINISHED
from data.errors import BadInput, WarehouseError
from data.export import publish_tables
from data.export.publish_tables import publish
from data.store.schema_release import SCHEMA
from data.store.warehouse import Warehouse, writing
from tests.serving import ROOT
from tests.tiny import Line, tiny_warehouse

LINES = [
    Line(day=date(2024, month, 5), customer=f"Person {month}", revenue=10 * month) for month in (1, 2, 3)
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    tiny_warehouse(tmp_path / "w.duckdb", LINES).close()
    return tmp_path / "w.duckdb"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "published"


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(environment.ENGINE, raising=False)


def published(path: Path, folder: Path) -> publish_tables.Published:
    with closing(Warehouse(path)) as warehouse:
        return publish(warehouse, folder)


def opened(path: Path, folder: Path) -> published_manifest.PublishedManifest:
    with closing(Warehouse(path)) as warehouse:
        return published_manifest.opened(folder, warehouse.snapshot, SCHEMA)


def correct(path: Path) -> None:
    with writing(path) as connection:
        connection.execute(
            "UPDATE sale SET revenue = revenue + 1 WHERE day_key = (SELECT max(day_key) FROM sale)"
        )


def test_tables_are_the_warehouse_s_a_file_a_month(path: Path, folder: Path) -> None:
    published(path, folder)
    files = opened(path, folder).tables["sale"]
    assert [each.path.split("/")[1] for each in files] == ["month=2024-01", "month=2024-02", "month=2024-03"]
    rows = pl.read_parquet([folder / each.path for each in files])
    with closing(Warehouse(path)) as warehouse:
        mine = warehouse.frame(f"SELECT {', '.join(rows.columns)} FROM sale ORDER BY day_key")
    assert rows.equals(mine)


def test_no_name_of_a_person_is_published(path: Path, folder: Path) -> None:
    published(path, folder)
    everything = b"".join(each.read_bytes() for each in folder.rglob("*.parquet"))
    assert b"Person" not in everything
    assert "member" not in opened(path, folder).tables


def test_only_the_month_that_changed_is_written_again(path: Path, folder: Path) -> None:
    first = published(path, folder)
    assert first.written == first.files
    before = opened(path, folder).tables["sale"]
    correct(path)
    assert published(path, folder).written == 1
    after = opened(path, folder).tables["sale"]
    assert before[:2] == after[:2]
    assert before[2] != after[2]


def test_a_reader_keeps_its_files_until_the_publication_after_the_next(path: Path, folder: Path) -> None:
    published(path, folder)
    old = folder / opened(path, folder).tables["sale"][2].path
    correct(path)
    published(path, folder)
    assert old.exists()
    correct(path)
    published(path, folder)
    assert not old.exists()


def test_what_stops_half_way_changes_nothing_and_is_taken_up_again(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(published_manifest, "write", stops)
        with pytest.raises(WarehouseError, match="cannot be written: No space left"):
            published(path, folder)
    with pytest.raises(WarehouseError, match="only half published"):
        opened(path, folder)
    published(path, folder)
    kept = opened(path, folder)
    correct(path)
    with monkeypatch.context() as patch:
        patch.setattr(published_manifest, "write", stops)
        with pytest.raises(WarehouseError):
            published(path, folder)
    assert published_manifest.read(folder) == kept


def test_a_disk_that_fills_up_is_told(path: Path, folder: Path, tmp_path: Path) -> None:
    published(path, folder)
    place = tmp_path / "full" / opened(path, folder).tables["sale"][0].path
    place.parent.mkdir(parents=True)
    (tmp_path / "full" / UNFINISHED).touch()
    place.with_name(f".{place.name}").symlink_to("/dev/full")
    with pytest.raises(WarehouseError, match="cannot be written: No space left"):
        published(path, tmp_path / "full")


def test_each_folder_that_is_none_of_ours_is_told(path: Path, folder: Path) -> None:
    with pytest.raises(WarehouseError, match="Nothing is published"):
        opened(path, folder)
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear")
    for publishing in (published, opened):
        with pytest.raises(WarehouseError, match="other things than a published warehouse"):
            publishing(path, folder)
    assert (folder / "letter.txt").read_text() == "Dear"
    (folder / "letter.txt").unlink()
    (folder / NAME).write_text("{")
    with pytest.raises(WarehouseError, match="cannot be read as a published"):
        opened(path, folder)


def test_what_others_put_beside_the_tables_stays(path: Path, folder: Path) -> None:
    theirs = [folder / name for name in (".profile", "photos/a.jpg", "notes.txt")]
    for at, each in enumerate(theirs):
        each.parent.mkdir(exist_ok=True, parents=True)
        each.write_text("mine")
        published(path, folder)
        assert all(one.read_text() == "mine" for one in theirs[: at + 1])
    left = [
        folder / "sale" / "month=2024-01" / ".half.parquet",
        folder / f".{NAME}.0a",
        folder / "rollups" / "x",
    ]
    for each in left:
        each.parent.mkdir(exist_ok=True)
        each.write_text("half")
    published(path, folder)
    assert not any(each.exists() for each in left)


def test_another_publication_release_or_a_file_gone_is_told(path: Path, folder: Path) -> None:
    published(path, folder)
    with pytest.raises(WarehouseError, match="another publication than the warehouse"):
        published_manifest.opened(folder, "another", SCHEMA)
    with closing(Warehouse(path)) as warehouse, pytest.raises(WarehouseError, match="another release"):
        published_manifest.opened(folder, warehouse.snapshot, SCHEMA + 1)
    gone = opened(path, folder).tables["sale"][0].path
    (folder / gone).write_bytes(b"half")
    with pytest.raises(WarehouseError, match="missing or not whole"):
        opened(path, folder)
    assert published(path, folder).written == 1
    opened(path, folder)
    assert not (folder / UNFINISHED).exists()


def test_the_command_says_what_it_wrote(path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", "--warehouse", str(path), "--to", str(folder)]) == 0
    assert "of them new" in capsys.readouterr().out
    assert json.loads((folder / NAME).read_text())["rollups"] == []


@pytest.mark.parametrize(
    "said", ["localhost:15002", "http://localhost:15002", "sc://localhost", "sc://a b:1"]
)
def test_an_address_that_is_none_is_told(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.ENGINE, said)
    with pytest.raises(BadInput, match="no address of a Spark Connect server"):
        environment.check()


def test_nothing_of_a_cluster_is_imported_where_none_is_set_up() -> None:
    """Its packages are imported within functions of `data/cluster`, or by a module that only functions import."""
    at_top = re.compile(r"^(from|import) (pyspark|sqlglot|data\.cluster\.spark_dialect)", re.MULTILINE)
    for package in ("cubes", "data", "mining", "pages"):
        for file in (ROOT / package).rglob("*.py"):
            assert file.name == "spark_dialect.py" or not at_top.search(file.read_text(encoding="utf-8")), (
                file
            )
