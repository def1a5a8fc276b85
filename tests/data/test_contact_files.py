"""Files of contacts are there whole or not at all, whoever else writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from data import environment
from data.campaigns.contact_files import write_file
from data.errors import BadInput, WarehouseError
from data.store import write_moments


def test_two_who_write_the_same_file_leave_it_whole_and_nothing_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, steps = tmp_path / "list [1].csv", list[str]()

    def other(step: str) -> None:
        steps.append(step)
        if steps == ["file written"]:
            write_file(b"second", file)

    monkeypatch.setattr(write_moments, "step", other)
    write_file(b"the first of them", file)
    assert (file.read_bytes(), [each.name for each in tmp_path.iterdir()]) == (
        b"the first of them",
        [file.name],
    )
    assert file.stat().st_mode & 0o077 == 0


def test_what_an_ended_process_left_goes_and_nothing_stays_of_what_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "list.csv"
    (tmp_path / ".list.csv.abc.part").write_bytes(b"persons")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(WarehouseError, match="No space left"):
            write_file(b"all", file)
    assert not list(tmp_path.iterdir())
    for place in (tmp_path / "none" / "list.csv", tmp_path):
        with pytest.raises(WarehouseError, match="cannot be written"):
            write_file(b"all", place)
    write_file(b"all", Path("/dev/null"))
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize(
    "address",
    ["https://[::1", "https://h:abc/", "https://h:99999/", "https://h:0/", "https://h/ü", "https://h/a b",
     "https://u:p@h/", "http://localhost@evil.example/", "http://localhost.evil.example/", "ftp://h/", "https:///x"],
)  # fmt: skip
def test_a_webhook_that_cannot_be_asked_is_told_before_anything_is_sent(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(environment.WEBHOOK, address)
    monkeypatch.setenv(environment.WEBHOOK_SECRET, "a secret of the house")
    with pytest.raises(BadInput, match="no https address") as told:
        environment.webhook()
    assert "u:p" not in str(told.value)
