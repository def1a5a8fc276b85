"""How long a session lasts, and who hears that it has ended."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from data.errors import NotAllowed
from data.people import accounts, people_store, sessions
from tests.people.conftest import NAME, PASSWORD
from tests.serving import ROOT

MINUTE = 60


@pytest.fixture
def token(place: Path) -> str:
    return sessions.begin(place, NAME, ("sales",))


def later(place: Path, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.time()
    monkeypatch.setattr(sessions.time, "time", lambda: now + seconds)
    sessions.look_again(place)


def test_the_store_knows_a_session_by_a_hash(place: Path, token: str) -> None:
    found = sessions.found(place, token)
    assert found
    assert (found.person, found.groups, found.provider) == (NAME, ("sales",), True)
    assert token.encode() not in b"".join(each.read_bytes() for each in place.parent.glob("*.sqlite*"))
    for other in ("", token[:-1], token + "x", sessions.hashed(token), token.lower()):
        assert sessions.found(place, other) is None


def test_it_ends_when_nobody_does_anything(place: Path, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_IDLE_MINUTES", "5")
    later(place, monkeypatch, 4 * MINUTE)
    found = sessions.found(place, token)
    assert found
    sessions.acted(place, found)
    later(place, monkeypatch, 4 * MINUTE)
    assert sessions.found(place, token)
    later(place, monkeypatch, 6 * MINUTE)
    assert sessions.found(place, token) is None


def test_it_ends_after_a_working_day_whatever_is_done(
    place: Path, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(23):
        later(place, monkeypatch, 30 * MINUTE)
        found = sessions.found(place, token)
        assert found
        sessions.acted(place, found)
    later(place, monkeypatch, 31 * MINUTE)
    assert sessions.found(place, token) is None


def test_a_clock_that_was_put_back_opens_no_old_session(
    place: Path, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(place, monkeypatch, -3 * 3600)
    assert sessions.found(place, token) is None


def test_other_roles_end_it_for_good(place: Path, token: str) -> None:
    policies = place.with_name("policies.toml")
    said = policies.read_text(encoding="utf-8")
    policies.write_text(said.replace("analyst", "marketing"), encoding="utf-8")
    assert sessions.found(place, token) is None
    policies.write_text(said, encoding="utf-8")
    assert sessions.found(place, token) is None


def test_while_the_policies_cannot_be_read_it_is_shut(place: Path, token: str) -> None:
    policies = place.with_name("policies.toml")
    said = policies.read_text(encoding="utf-8")
    for half in ("[groups.sales", ""):
        policies.write_text(half, encoding="utf-8")
        assert sessions.found(place, token) is None
        policies.write_text(said + "\n" * (len(half) + 1), encoding="utf-8")
        assert sessions.found(place, token)


def test_nobody_without_a_role_begins_one(place: Path) -> None:
    with pytest.raises(NotAllowed, match="has no role here"):
        sessions.begin(place, NAME, ("cleaners",))
    assert not people_store.place(place).exists()


def test_another_process_hears_of_an_end_within_a_second(place: Path, token: str) -> None:
    """And of a beginning at once."""
    accounts.add(place, "anna", PASSWORD)
    script = (
        "import sys, time; from pathlib import Path; from data.people import sessions as s\n"
        "place = Path(sys.argv[1])\n"
        "for token in sys.stdin:\n"
        "    print(s.found(place, token.strip()) is not None, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(place)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdin
        assert other.stdout

        def is_found(which: str) -> bool:
            print(which, file=other.stdin, flush=True)
            return (other.stdout.readline() if other.stdout else "").strip() == "True"

        assert is_found(token)
        assert is_found(sessions.begin(place, NAME, ("sales",)))
        sessions.end(place, token)
        time.sleep(sessions.KEPT_SECONDS + 0.1)
        assert not is_found(token)
        other.stdin.close()
