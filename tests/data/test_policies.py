"""Policies: what a file may say, what roles say together, and that what is wrong in it keeps doors shut in words."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from data import environment
from data.access.acting import Acting, acting, acting_as
from data.access.deed import Deed
from data.access.policies import open_policy, parse_policies, policies_of, policy_of
from data.access.policy import UNLIMITED
from data.access.role import BUILT_IN, PAGES
from data.access.row_cut import RowCut, parse_row_cut
from data.errors import BadInput, NotAllowed
from pages.ui.menu import MENU

HEART = """
[roles.north]
rows = ["country=France|Germany"]
masked = ["customer.email"]
exports = false
smallest = 5
[people.maria]
roles = ["north"]
"""


def declared(text: str) -> None:
    parse_policies(tomllib.loads(text))


def test_the_heart_of_a_file_says_what_maria_sees() -> None:
    maria = parse_policies(tomllib.loads(HEART)).of("maria")
    assert maria.rows == (RowCut("country", ("France", "Germany")),)
    assert maria.masked == {"customer.email"}
    assert maria.smallest == 5
    assert not maria.may(Deed.EXPORT)
    assert not maria.may(Deed.LOAD)
    assert maria.may(Deed.WRITE)
    assert maria.sees("explore")
    assert not maria.sees("customer")
    assert maria.print
    assert maria.print != UNLIMITED.print == ""


def test_roles_of_one_person_limit_rows_together_and_open_pages_together() -> None:
    policies = parse_policies(
        tomllib.loads(HEART + '[roles.shops]\nlike="marketing"\nrows=["channel_type=Store"]\nsmallest=9\n')
    )
    both = policies.of("maria", roles=["shops"])
    assert [str(cut) for cut in both.rows] == ["country=France|Germany", "channel_type=Store"]
    assert both.smallest == 9
    assert both.sees("campaigns")
    assert both.may(Deed.CAMPAIGN)
    assert not both.may(Deed.EXPORT), "one role forbids it"
    assert policies.of("carla", roles=["marketing", "administrator"]).may(Deed.EXPORT), "none forbids it"
    assert policies.of("x", groups=["sales"], roles=["service"]).roles == ("service",)


def test_where_small_counts_are_withheld_no_page_shows_customers_one_by_one() -> None:
    few = parse_policies(tomllib.loads('[roles.few]\nlike="marketing"\nsmallest=5')).of("x", roles=["few"])
    assert not few.sees("customer")
    assert not few.sees("audiences")
    assert few.sees("explore")
    assert "fewer than 5" in few.closes("customer")


def test_who_has_no_role_is_not_let_in() -> None:
    policies = parse_policies(tomllib.loads(HEART))
    for person in ("", "ugo", "Maria"):
        with pytest.raises(NotAllowed, match="has no role here"):
            policies.of(person)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[roles.a]\nrows=["=France"]', "names no level"),
        ('[roles.a]\nrows=["country="]', "names no level"),
        ("[roles.a]\npages=[]", "has no pages"),
        ('[roles.a]\npages=["explor"]', "Did you mean 'explore'"),
        ('[roles.a]\ndeeds=["lod"]', "Did you mean 'load'"),
        ('[roles.a]\nrow=["country=Italy"]', "Did you mean 'rows'"),
        ('[roles.a]\nsmallest="5"', "Give a whole number"),
        ("[roles.a]\nsmallest=-1", "Give 0 or more"),
        ('[roles.a]\nexports="no"', "Give true or false"),
        ('[roles.a]\nmasked=["email"]', "is no column"),
        ('[roles.a]\nlike="analist"', "Did you mean 'analyst'"),
        ('[people.maria]\nroles=["nord"]', "There is no role|there is no role"),
        ("[people.maria]\nroles=[]", "has no roles"),
        ("[people.maria]", "has no roles"),
        ("people = 3", "holds no tables"),
        ("[rolls.a]", "Did you mean 'roles'"),
        (
            '[roles.a]\nrows=["country=Italy"]\n[roles.b]\nrows=["country=France"]\n'
            '[people.maria]\nroles=["a","b"]',
            "have no country in common",
        ),
        (
            '[roles.a]\nrows=["country=Italy"]\n[roles.b]\nrows=["country!=Italy"]\n'
            '[people.maria]\nroles=["a","b"]',
            "have no country in common",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_said_and_nobody_is_let_in(text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        declared(text)


def test_a_file_is_read_anew_where_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse, file = tmp_path / "w.duckdb", tmp_path / "policies.toml"
    assert policies_of(warehouse) is None
    assert open_policy(warehouse).is_unlimited
    assert policy_of(warehouse, "anna", roles=["administrator"]).may(Deed.ADMINISTER)
    file.write_text(HEART)
    assert policy_of(warehouse, "maria").smallest == 5
    file.write_text(HEART.replace("smallest = 5", "smallest = 7"))
    os.utime(file, ns=(1, 1))
    assert policy_of(warehouse, "maria").smallest == 7
    with pytest.raises(NotAllowed, match="nobody has said who asks"):
        open_policy(warehouse)
    file.write_text("[roles")
    with pytest.raises(BadInput, match="Nobody is let in"):
        policy_of(warehouse, "maria")
    monkeypatch.setenv(environment.POLICIES, str(tmp_path / "other.toml"))
    with pytest.raises(BadInput, match="no such file"):
        policy_of(warehouse, "maria")


def test_a_file_that_is_taken_away_opens_no_door(tmp_path: Path) -> None:
    warehouse, file = tmp_path / "w.duckdb", tmp_path / "policies.toml"
    assert open_policy(warehouse) == UNLIMITED
    file.write_text(HEART, encoding="utf-8")
    before = policy_of(warehouse, "maria")
    file.rename(tmp_path / "away")
    for asked in (lambda: open_policy(warehouse), lambda: policy_of(warehouse, "otto", roles=["analyst"])):
        with pytest.raises(BadInput, match="was there and is gone"):
            asked()
    (tmp_path / "away").rename(file)
    assert policy_of(warehouse, "maria") == before


def test_whoever_acts_is_who_writes() -> None:
    maria = Acting("maria", parse_policies(tomllib.loads(HEART)).of("maria"))
    with acting_as(maria):
        assert acting() is maria
        assert environment.who() == "maria"
    assert acting().policy.is_unlimited


def test_every_page_is_in_some_role() -> None:
    assert {path for paths in PAGES.values() for path in paths} >= {entry.path for entry in MENU}
    opened = {path for role in BUILT_IN.values() for path in role.paths}
    assert opened == {path for paths in PAGES.values() for path in paths}


def test_a_cut_is_written_as_it_is_read() -> None:
    assert str(parse_row_cut(r" country != A\|B | C ")) == r"country!=A\|B|C"
