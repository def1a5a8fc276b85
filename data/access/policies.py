"""The one file that declares roles and who has them: `policies.toml`, beside the warehouse or where a setting says."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from data import environment
from data.access.deed import Deed
from data.access.policy import UNLIMITED, Policy, together
from data.access.role import BUILT_IN, PAGES, Role
from data.access.row_cut import RowCut, parse_row_cut
from data.errors import BadInput, NotAllowed, did_you_mean

ROLE_KEYS: dict[str, type] = {
    "like": str, "pages": list, "deeds": list, "rows": list, "masked": list,
    "exports": bool, "smallest": int, "reason": bool,
}  # fmt: skip
KINDS = {str: "a text", list: "a list of texts", bool: "true or false", int: "a whole number"}
SECTIONS = ("roles", "people", "groups")
KNOWN_PAGES = {*PAGES, *(path for paths in PAGES.values() for path in paths)}


@dataclass(frozen=True, slots=True)
class Policies:
    """The roles that there are, and who has which, by person and by group of the identity provider."""

    roles: Mapping[str, Role]
    people: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]

    def of(self, person: str, groups: Iterable[str] = (), roles: Iterable[str] = ()) -> Policy:
        """What a person may who stands in these groups, and has these roles from elsewhere (local accounts).

        Errors: NotAllowed where the person has no role, BadInput where the roles show nothing together.
        """
        named = [*self.people.get(person, ()), *roles]
        named += [role for group in groups for role in self.groups.get(group, ())]
        had = [self._role(name) for name in dict.fromkeys(named)]
        if not had:
            raise NotAllowed(
                f"{person or 'Nobody'} has no role here.",
                f'Whoever looks after the policies can give one: [people."{person}"] roles = ["analyst"].',
            )
        found = together(person, had)
        _check_meeting(found)
        return found

    def _role(self, name: str) -> Role:
        if name not in self.roles:
            raise BadInput(f"There is no role {name!r}.", did_you_mean(name, self.roles))
        return self.roles[name]


BUILT_IN_ALONE = Policies(BUILT_IN, {}, {})
_seen: set[Path] = (
    set()
)  # what has limited once, limits until this process ends: a file taken away opens no door


def policies_file(warehouse: Path) -> Path:
    """Where the policies of that warehouse are declared."""
    return environment.policies() or warehouse.with_name("policies.toml")


def policies_of(warehouse: Path) -> Policies | None:
    """What is declared now; None where there is no such file. Errors: BadInput: all of the file is checked."""
    stamp = _stamp(warehouse)
    return None if stamp is None else _read(stamp)


def policy_of(warehouse: Path, person: str, groups: Iterable[str] = (), roles: Iterable[str] = ()) -> Policy:
    """What a person may. Without a file of policies only built-in roles count.

    Errors: NotAllowed, BadInput.
    """
    return _policy(_stamp(warehouse), person, tuple(groups), tuple(roles))


def open_policy(warehouse: Path, who: str = "") -> Policy:
    """What whoever comes unsigned may, on this machine alone: everything, until policies are declared.

    Errors: NotAllowed where they are.
    """
    if policies_of(warehouse) is None:
        return replace(UNLIMITED, person=who)
    raise NotAllowed(
        "Policies are declared, and nobody has said who asks.",
        "Set up a sign-in: python -m data people add NAME, or OpenID Connect (docs/sign_in.md).",
    )


class Stamp(NamedTuple):
    """One state of the file."""

    file: Path
    changed: int
    size: int
    inode: int


def _stamp(warehouse: Path) -> Stamp | None:
    file = policies_file(warehouse)
    try:
        stat = file.stat()
    except FileNotFoundError:
        if environment.policies():
            raise BadInput(
                f"{environment.POLICIES} names {file}, and there is no such file.", "Make it, or unset it."
            ) from None
        if file in _seen:
            raise BadInput(
                f"{file.name} was there and is gone.",
                "Nobody is let in until it is back; to go on without it, start Clientela anew.",
            ) from None
        return None
    except OSError as error:
        raise _unreadable(file, error) from error
    _seen.add(file)
    return Stamp(file, stat.st_mtime_ns, stat.st_size, stat.st_ino)


@lru_cache(maxsize=8)
def _read(stamp: Stamp) -> Policies:
    file = stamp.file
    try:
        declared = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(file, error) from error
    return parse_policies(declared, file.name)


@lru_cache(maxsize=1024)
def _policy(stamp: Stamp | None, person: str, groups: tuple[str, ...], roles: tuple[str, ...]) -> Policy:
    return (BUILT_IN_ALONE if stamp is None else _read(stamp)).of(person, groups, roles)


def _unreadable(file: Path, error: Exception) -> BadInput:
    return BadInput(f"{file.name} cannot be read: {error}.", "Nobody is let in until it can: mend the file.")


def parse_policies(declared: Mapping[str, Any], name: str = "policies.toml") -> Policies:
    """What a file says. Errors: BadInput, with the place."""
    _known(declared, SECTIONS, name)
    roles = dict(BUILT_IN)
    for role, said in _tables(declared, "roles", name):
        roles[role] = _parsed_role(role, said, f"{name}: [roles.{role}]", roles)
    held = {}
    for section in ("people", "groups"):
        held[section] = {
            whose: _held(said, f"{name}: [{section}.{whose}]", roles)
            for whose, said in _tables(declared, section, name)
        }
    return Policies(roles, held["people"], held["groups"])


def _tables(declared: Mapping[str, Any], section: str, name: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    found = declared.get(section, {})
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise BadInput(f"{name}: {section} holds no tables.", f"Write [{section}.NAME] above its lines.")
    return found.items()


def _known(said: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for each in said:
        if each not in known:
            raise BadInput(f"{where} says {each!r}, which means nothing here.", did_you_mean(each, known))


def _parsed_role(name: str, said: Mapping[str, Any], where: str, known: Mapping[str, Role]) -> Role:
    _known(said, ROLE_KEYS, where)
    for key, value in said.items():
        kind = ROLE_KEYS[key]
        if type(value) is not kind or (kind is list and not _is_texts(value)):
            raise BadInput(f"{where}: {key} is {value!r}.", f"Give {KINDS[kind]}.")
    like = said.get("like", name if name in BUILT_IN else "")
    if like and like not in known:
        raise BadInput(f"{where} is like {like!r}, and there is no such role.", did_you_mean(like, known))
    base = known[like] if like else Role(name, deeds=frozenset({Deed.WRITE}))
    changes: dict[str, Any] = {key: said[key] for key in ("exports", "smallest", "reason") if key in said}
    if "rows" in said:
        changes["rows"] = tuple(_row_cut(each, where) for each in said["rows"])
    if "masked" in said:
        changes["masked"] = frozenset(_column(each, where) for each in said["masked"])
    if "pages" in said:
        changes["pages"] = _pages(said["pages"], where)
    if "deeds" in said:
        changes["deeds"] = frozenset(_deed(each, where) for each in said["deeds"])
    if changes.get("smallest", 0) < 0:
        raise BadInput(f"{where}: smallest is {said['smallest']}.", "Give 0 or more customers.")
    return replace(base, name=name, **changes)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _row_cut(text: str, where: str) -> RowCut:
    try:
        return parse_row_cut(text)
    except BadInput as error:
        raise BadInput(f"{where}: {error.problem}", error.remedy) from error


def _column(text: str, where: str) -> str:
    if text.count(".") != 1 or not all(part.isidentifier() for part in text.split(".")):
        raise BadInput(f"{where}: {text!r} is no column.", "Write it as in customer.email.")
    return text


def _pages(named: Sequence[str], where: str) -> tuple[str, ...]:
    if not named:
        raise BadInput(f"{where} has no pages: nobody in that role would see anything.", "Name one at least.")
    for each in named:
        if each not in KNOWN_PAGES:
            raise BadInput(
                f"{where}: there is no page {each!r}.", did_you_mean(each, sorted(KNOWN_PAGES - {""}))
            )
    return tuple(named)


def _deed(text: str, where: str) -> Deed:
    if text not in list(Deed):
        raise BadInput(f"{where}: there is no deed {text!r}.", did_you_mean(text, list(Deed)))
    return Deed(text)


def _held(said: Mapping[str, Any], where: str, roles: Mapping[str, Role]) -> tuple[str, ...]:
    _known(said, ("roles",), where)
    named = said.get("roles", [])
    if not named or not _is_texts(named):
        raise BadInput(f"{where} has no roles.", 'Write roles = ["analyst"].')
    for each in named:
        if each not in roles:
            raise BadInput(f"{where}: there is no role {each!r}.", did_you_mean(each, roles))
    _check_meeting(together(where, [roles[each] for each in named]))
    return tuple(named)


def _check_meeting(policy: Policy) -> None:
    """Errors: BadInput where cuts of one level have no member in common."""
    kept: dict[str, set[str]] = {}
    for cut in policy.rows:
        if not cut.exclude:
            own = set(cut.members)
            kept[cut.level] = kept[cut.level] & own if cut.level in kept else own
    for cut in policy.rows:
        if cut.exclude and cut.level in kept:
            kept[cut.level] -= set(cut.members)
    for level, members in kept.items():
        if not members:
            raise BadInput(
                f"The roles of {policy.person} ({', '.join(policy.roles)}) have no {level} in common:"
                " together they show nothing.",
                "Rows meet the cuts of all roles; take one role away, or widen its rows.",
            )
