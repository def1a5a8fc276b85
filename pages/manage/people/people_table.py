"""Everybody who is named in the policies or has an account, and what follows for each from all of their roles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.access.deed import Deed
from data.access.policies import Policies
from data.access.policy import Policy
from data.access.role import label_of
from data.errors import ClientelaError
from data.people import accounts
from pages.manage.people.roles_matrix import smallest_told
from pages.manage.shared.html_tables import TableCell, table
from pages.ui.limits_told import masked_told, rows_told
from pages.ui.open_pages import open_entries
from pages.ui.page_states import card, section
from pages.ui.style.formats import ABSENT, count_text, number_text


@dataclass(frozen=True, slots=True)
class HeldPerson:
    """Somebody, or a group of the provider: where they stand, and the policy that follows, or why none does."""

    name: str
    known_from: str
    policy: Policy | None
    trouble: str = ""


def held_people(warehouse: Path, declared: Policies) -> tuple[HeldPerson, ...]:
    """Everybody, by name; groups last. Errors: WarehouseError."""
    own = {each.name: each.roles for each in accounts.listed(warehouse)}
    names = sorted({*declared.people, *own}, key=str.casefold)
    return (
        *(_held(declared, name, _known_from(name, declared, own), roles=own.get(name, ())) for name in names),
        *(
            _held(declared, name, "group", groups=(name,))
            for name in sorted(declared.groups, key=str.casefold)
        ),
    )


def _known_from(name: str, declared: Policies, own: dict[str, tuple[str, ...]]) -> str:
    return " and ".join(
        word for word, there in (("file", name in declared.people), ("account", name in own)) if there
    )


def _held(
    declared: Policies, name: str, known_from: str, roles: Sequence[str] = (), groups: Sequence[str] = ()
) -> HeldPerson:
    person = "" if groups else name
    try:
        return HeldPerson(name, known_from, declared.of(person, groups, roles))
    except ClientelaError as error:
        return HeldPerson(name, known_from, None, str(error))


def people_card(held: Sequence[HeldPerson]) -> None:
    with card("held-people"):
        section("People", f"{_counted(held)}, with what follows from all roles of each.")
        if held:
            heads = (
                "Name",
                "Roles",
                "Rows",
                "Masked",
                "Files",
                "#Withheld below",
                "#Pages",
                "May",
                "Known from",
            )
            table(heads, [tuple(_cells(each)) for each in held], "people", "People and what they may")


def _counted(held: Sequence[HeldPerson]) -> str:
    groups = sum(each.known_from == "group" for each in held)
    people = count_text(len(held) - groups, "person", "people")
    return f"{people} and {count_text(groups, 'group')}" if groups else people


def _cells(each: HeldPerson) -> Iterator[TableCell]:
    found = each.policy
    yield TableCell(each.name)
    if found is None:
        yield TableCell(each.trouble, "bad")
        yield from (TableCell(ABSENT, "quiet") for _ in range(6))
    else:
        rows, masked = rows_told(found), masked_told(found)
        files = ("with a reason" if found.reason else "yes") if found.exports else "no"
        yield TableCell(", ".join(map(label_of, found.roles)))
        yield TableCell(rows or "all", "" if rows else "quiet")
        yield TableCell(masked or "nothing", "" if masked else "quiet")
        yield TableCell(files, "" if found.exports else "quiet")
        yield smallest_told(found.smallest)
        yield TableCell(number_text(len(open_entries(found))), number=True)
        yield TableCell(", ".join(deed.value for deed in Deed if found.may(deed)) or "look alone", "quiet")
    yield TableCell(each.known_from, "quiet")
