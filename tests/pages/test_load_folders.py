"""Which files the page may read: those of the allowed folders and those uploaded, and no others by any way round."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.errors import BadInput
from data.load import Mapping
from pages.manage.files.first_draft import begin
from pages.manage.shared import allowed_folders, uploaded_files
from tests.data.load_files import ROWS, write

TEXT = """source = "shop"
[order_lines]
file = "lines.csv"
joins = [{{ file = "{name}", on = "Item" }}]
[order_lines.columns]
date = "Day"
revenue = "Price"
"""


class File:
    """What the uploader would hand over."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.content = content

    def getbuffer(self) -> memoryview:
        return memoryview(self.content)


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "inbox"
    (folder / "2024").mkdir(parents=True)
    write(folder / "2024" / "lines.csv", ROWS)
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    monkeypatch.setenv("CLIENTELA_FOLDERS", f"{folder}{os.pathsep}{tmp_path / 'absent'}")
    monkeypatch.setattr(uploaded_files, "ROOT", tmp_path / "uploads")
    return folder


def test_files_of_the_inbox_are_listed_and_opened(inbox: Path) -> None:
    path = inbox / "2024" / "lines.csv"
    (inbox / "notes.pdf").touch()
    assert allowed_folders.listed() == [str(path)]
    assert allowed_folders.named(str(path)) == path
    assert allowed_folders.named("2024/lines.csv") == path


def test_what_another_uploaded_is_no_file_to_be_named(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the allowed folders are so wide that uploads lie inside of them."""
    monkeypatch.setenv("CLIENTELA_FOLDERS", str(inbox.parent))
    kept = uploaded_files.keep([File("brought.csv", b"a,b\n1,2\n")]) / "brought.csv"
    assert [Path(each).name for each in allowed_folders.listed()] == ["lines.csv", "secret.csv"]
    for name in (str(kept), f"uploads/{kept.parent.name}/brought.csv"):
        with pytest.raises(BadInput, match="lies outside the folders"):
            allowed_folders.named(name)
    uploaded_files.remove(kept.parent)


@pytest.mark.parametrize(
    "name", ["../secret.csv", "/etc/passwd", "2024/../../secret.csv", "~/x.csv", "link.csv", "way/secret.csv"]
)
def test_what_lies_outside_is_refused_in_words(inbox: Path, name: str) -> None:
    (inbox / "link.csv").symlink_to(inbox.parent / "secret.csv")
    (inbox / "way").symlink_to(inbox.parent)
    with pytest.raises(BadInput, match="outside the folders") as refusal:
        allowed_folders.named(name)
    assert str(inbox) in refusal.value.remedy


@pytest.mark.parametrize("name", ["absent.csv", "2024", "x" * 400, "a\0b"])
def test_what_is_no_file_is_refused_in_words(inbox: Path, name: str) -> None:
    with pytest.raises(BadInput):
        allowed_folders.named(name)


def test_by_default_only_the_inbox_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLIENTELA_FOLDERS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert allowed_folders.allowed() == (tmp_path / "var" / "inbox",)
    assert allowed_folders.listed() == []


@pytest.mark.parametrize("name", ["/etc/passwd", "../../secret.csv", "link.csv", "absent.csv"])
def test_a_mapping_reads_only_what_lies_beside_its_lines(inbox: Path, name: str) -> None:
    (inbox / "2024" / "link.csv").symlink_to(inbox.parent / "secret.csv")
    mapping = Mapping.from_text(TEXT.format(name=name), inbox / "2024")
    with pytest.raises(BadInput):
        allowed_folders.check_files(mapping, inbox / "2024", allowed_folders.allowed())
    fine = Mapping.from_text(TEXT.format(name="lines.csv"), inbox / "2024")
    allowed_folders.check_files(fine, inbox / "2024", allowed_folders.allowed())


@pytest.mark.parametrize("name", ["/etc/passwd", "link.csv"])
def test_not_even_the_columns_of_another_file_are_read(inbox: Path, name: str) -> None:
    folder = inbox / "2024"
    (folder / "link.csv").symlink_to(inbox.parent / "secret.csv")
    (folder / "m.toml").write_text(TEXT.format(name=name))
    with pytest.raises(BadInput, match="else"):
        begin([folder / "m.toml", folder / "lines.csv"], allowed_folders.allowed(), False)
    (folder / "n.toml").write_text(
        TEXT.format(name="lines.csv").replace('file = "lines.csv"', f'file = "{name}"')
    )
    with pytest.raises(BadInput, match="else"):
        begin([folder / "n.toml", folder / "lines.csv"], allowed_folders.allowed(), False)
    with pytest.raises(BadInput, match="somewhere else"):
        begin([folder / "link.csv"], allowed_folders.allowed(), False)


def test_uploads_are_private_and_go_away(inbox: Path) -> None:
    folder = uploaded_files.keep([File("../../Sales <1>.csv", b"a"), File("", b"b")])
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == {
        "Sales _1_.csv": b"a",
        "upload": b"b",
    }
    assert folder.stat().st_mode & 0o077 == 0
    assert uploaded_files.ROOT.stat().st_mode & 0o077 == 0
    assert all(each.stat().st_mode & 0o077 == 0 for each in folder.iterdir())
    assert uploaded_files.keep([File("more.csv", b"c")], folder) == folder
    uploaded_files.remove(inbox)
    uploaded_files.remove(folder)
    assert inbox.exists()
    assert not folder.exists()


def test_what_nobody_loaded_is_forgotten_after_a_day(inbox: Path) -> None:
    old, new = uploaded_files.keep([File("a.csv", b"a")]), uploaded_files.keep([File("b.csv", b"b")])
    os.utime(old, (0, 0))
    uploaded_files.forget_old()
    assert not old.exists()
    assert new.exists()


@pytest.mark.parametrize(
    "name", ["..", ".", "/", "\\", ".hidden", "a\0b", "con\n.csv", "x" * 300 + ".csv", "日本.csv"]
)
def test_plain_names_are_plain(name: str) -> None:
    plain = uploaded_files.plain_name(name)
    assert plain
    assert plain not in (".", "..")
    assert len(plain) < 140
    assert not set(plain) & set("/\\\0\n<>:*?")
