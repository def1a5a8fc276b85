"""docs/roles.md tells of roles what policies do, and its example is the one that pages show."""

from __future__ import annotations

import tomllib
from pathlib import Path

from data.access.deed import Deed
from data.access.example_policies import EXAMPLE
from data.access.policies import parse_policies
from data.access.policy import together
from data.access.role import BUILT_IN, Role
from pages.ui.limits_told import columns_told
from pages.ui.menu import MENU

DOCS = Path(__file__).parents[2] / "docs" / "roles.md"


def line_of(role: Role) -> str:
    """A role as a line of the table."""
    policy = together("", [role])
    pages = ", ".join(each.title for each in MENU if policy.sees(each.path))
    deeds = ", ".join(f"`{each}`" for each in Deed if policy.may(each))
    return f"| `{role.name}` | {pages} | {deeds} | {columns_told(role.masked) or 'nothing'} |"


def test_the_table_of_roles_is_that_of_the_code() -> None:
    text = DOCS.read_text("utf-8")
    told = [
        line for line in text.splitlines() if line.startswith(tuple(f"| `{name}` |" for name in BUILT_IN))
    ]
    assert told == [line_of(role) for role in BUILT_IN.values()]
    assert [line for line in text.splitlines() if line.startswith("| `") and line not in told] == [
        f"| `{each}` | {each.label} |" for each in Deed
    ]


def test_the_example_is_the_one_of_the_page_and_means_what_it_says() -> None:
    assert f"```toml\n{EXAMPLE}```\n" in DOCS.read_text("utf-8")
    policies = parse_policies(tomllib.loads(EXAMPLE))
    maria, anna = policies.of("maria"), policies.of("anna@example.com")
    assert (str(*maria.rows), maria.exports, maria.smallest) == ("country=France|Germany", False, 5)
    assert not maria.may(Deed.EXPORT)
    assert maria.may(Deed.CAMPAIGN)
    assert anna.reason
    assert anna.may(Deed.LOAD)
    assert policies.of("somebody", ["Controlling"]).roles == ("executive",)
