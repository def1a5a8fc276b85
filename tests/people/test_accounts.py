"""Local accounts: what is kept of a password, who is signed out when, and the last administrator."""

from __future__ import annotations

import io
import sqlite3
import stat
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from data.__main__ import main
from data.errors import BadInput, NotAllowed, WarehouseError
from data.people import accounts, people_store, sessions
from tests.people.conftest import NAME, PASSWORD


def begun(place: Path, name: str = NAME) -> str:
    account = accounts.checked(place, name, PASSWORD)
    assert account is not None
    return sessions.begin(place, account.name, (), account.roles, account.changed_at)


def test_of_a_password_its_argon2id_hash_is_kept_alone_in_a_private_file(place: Path) -> None:
    accounts.add(place, "Maria", PASSWORD)
    file = people_store.place(place)
    for each in place.parent.glob(f"{file.name}*"):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600
        assert PASSWORD.encode() not in each.read_bytes()
    ((kept,),) = sessions.read(place, "SELECT password FROM account")
    assert kept.startswith("$argon2id$")
    assert PasswordHasher().verify(kept, PASSWORD)


def test_the_first_account_is_an_administrators_and_the_last_administrator_stays(place: Path) -> None:
    assert accounts.add(place, NAME, PASSWORD).roles == ("administrator",)
    accounts.add(place, "paolo", PASSWORD, ["analyst"])
    with pytest.raises(BadInput, match="last administrator"):
        accounts.remove(place, NAME)
    with pytest.raises(BadInput, match="last administrator"):
        accounts.change_roles(place, NAME, ["analyst"])
    accounts.change_roles(place, "paolo", ["administrator"])
    accounts.remove(place, NAME)
    assert [each.name for each in accounts.listed(place)] == ["paolo"]


def test_who_a_policies_file_makes_administrator_is_one(place: Path) -> None:
    accounts.add(place, NAME, PASSWORD, ["analyst"])
    place.with_name("policies.toml").write_text(
        '[people.paolo]\nroles = ["administrator"]\n', encoding="utf-8"
    )
    accounts.add(place, "paolo", PASSWORD)
    accounts.remove(place, NAME)


def test_a_name_and_its_password_open_it_and_nothing_else_does(place: Path) -> None:
    accounts.add(place, NAME, PASSWORD)
    assert accounts.checked(place, " MARIA ", PASSWORD)
    for name, password in (
        (NAME, PASSWORD + "x"),
        (NAME, ""),
        ("nobody", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ):
        assert accounts.checked(place, name, password) is None


def test_a_name_that_there_is_not_is_checked_like_one_that_there_is(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long: a hash with the same parameters is checked for each."""
    accounts.add(place, NAME, PASSWORD)
    asked: list[str] = []
    check = accounts._verified
    monkeypatch.setattr(accounts, "_verified", lambda kept, said: asked.append(kept) or check(kept, said))
    for name in (NAME, "nobody"):
        accounts.checked(place, name, "wrong")
    assert [each.rsplit("$", 2)[0] for each in asked] == [asked[0].rsplit("$", 2)[0]] * 2
    assert len(set(asked)) == 2


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaa", "maria-maria-maria", "x" * 2000])
def test_a_password_that_is_easy_to_guess_is_refused(place: Path, password: str) -> None:
    with pytest.raises(BadInput, match="four words"):
        accounts.add(place, NAME, password)
    assert not sessions.has_accounts(place)


@pytest.mark.parametrize("name", ["", "a b", "../x", "<b>", "a" * 65, ".a", "ма́ша"])
def test_a_name_is_of_plain_letters(place: Path, name: str) -> None:
    with pytest.raises(BadInput, match="no name of an account"):
        accounts.add(place, name, PASSWORD)


def test_another_password_other_roles_and_removal_end_the_sessions(place: Path) -> None:
    accounts.add(place, "anna", PASSWORD)
    accounts.add(place, NAME, PASSWORD, ["analyst"])
    kept = begun(place, "anna")
    for change in (
        lambda: accounts.change_password(place, NAME, PASSWORD),
        lambda: accounts.change_roles(place, NAME, ["marketing"]),
        lambda: accounts.remove(place, NAME),
    ):
        token = begun(place)
        assert sessions.found(place, token)
        change()
        assert sessions.found(place, token) is None
        assert sessions.found(place, kept)


def test_an_account_that_changes_between_check_and_session_opens_none(place: Path) -> None:
    accounts.add(place, NAME, PASSWORD)
    account = accounts.checked(place, NAME, PASSWORD)
    assert account
    accounts.change_password(place, NAME, "another horse battery")
    with pytest.raises(NotAllowed, match="changed just now"):
        sessions.begin(place, NAME, (), account.roles, account.changed_at)


def test_no_account_is_without_a_role(place: Path) -> None:
    accounts.add(place, NAME, PASSWORD)
    with pytest.raises(NotAllowed, match="no role"):
        accounts.add(place, "paolo", PASSWORD)
    with pytest.raises(BadInput, match="Did you mean 'analyst'"):
        accounts.add(place, "paolo", PASSWORD, ["analist"])


def test_a_store_that_is_none_of_ours_opens_no_door(place: Path) -> None:
    for content in (b"no database at all, but long enough to be read", None):
        people_store.place(place).unlink(missing_ok=True)
        if content is None:
            with sqlite3.connect(people_store.place(place)) as other:
                other.execute("CREATE TABLE account (x)")
            other.close()
        else:
            people_store.place(place).write_bytes(content)
        with pytest.raises(WarehouseError, match="people"):
            sessions.has_accounts(place)
        with pytest.raises(WarehouseError, match="damaged"):
            accounts.add(place, NAME, PASSWORD)


def test_the_commands_take_no_password_as_an_argument(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str, said: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        code = main(["people", *words, "--warehouse", str(place)])
        told = capsys.readouterr()
        return code, told.out + told.err

    assert run("list") == (0, "There are no accounts. Add the first: python -m data people add NAME.\n")
    assert "no terminal" in run("add", "Maria")[1]
    code, told = run("add", "Maria", "--role", "analyst", "--password-stdin", said=f"{PASSWORD}\n")
    assert (code, told.split(".")[0]) == (0, "maria can sign in as analyst, administrator")
    assert PASSWORD not in told
    assert "From now on nobody" in told
    assert run("list")[1] == "maria  analyst, administrator\n"
    token = begun(place)
    assert run("sign-out", "maria")[1] == "1 session of maria ended.\n"
    assert sessions.found(place, token) is None
    assert run("password", "maria", "--password-stdin", said="another horse battery\n")[0] == 0
    assert accounts.checked(place, NAME, "another horse battery")
    assert run("remove", "maria")[0] == 2
    assert "Did you mean 'maria'" in run("remove", "mara")[1]
    told = run("add", "anna", "--role", "analyst", "--password-stdin", said=f"{PASSWORD}\n")[1]
    assert told == "anna can sign in as analyst.\n"
