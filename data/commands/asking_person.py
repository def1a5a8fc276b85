"""As whom a command runs: `--person`, what it needs of that person's roles, and the warehouse that it opens."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data import environment
from data.access.acting import Acting, acting, acting_as
from data.access.deed import Deed
from data.access.policies import policies_file, policies_of, policy_of
from data.access.policy import OF_SINGLE_CUSTOMERS, REMEDY, Policy
from data.errors import BadInput, NotAllowed
from data.people import audit_log
from data.people.accounts import listed
from data.people.audit_event import AuditEvent
from data.store.warehouse import Warehouse

DEST = "person of "


def add_person(parser: argparse.ArgumentParser) -> None:
    """`--person` before and after the name of a command; each place keeps its own, so that two are found out."""
    parser.add_argument(
        "--person",
        dest=f"{DEST}{parser.prog}",
        metavar="NAME",
        default=argparse.SUPPRESS,
        help="as whom it is asked: what the policies leave of the data for this person",
    )


@dataclass(frozen=True, slots=True)
class CommandNeeds:
    """What a command needs of the person as whom it runs.

    `deeds` are to be allowed, those too that `by_options` finds in what was typed; one of `pages` is to be open, where
    any is named. `whole` is said where it tells or changes things of the whole firm: of no person whose roles cut
    rows; `bare` where it tells all that is held: of no person from whom anything is kept.
    `signs` is said where `--by` names who does it.
    """

    deeds: tuple[Deed, ...] = ()
    pages: tuple[str, ...] = ()
    whole: bool = False
    bare: bool = False
    signs: bool = False
    by_options: Callable[[argparse.Namespace], tuple[Deed, ...]] = lambda _: ()

    def check(self, policy: Policy, args: argparse.Namespace) -> None:
        """Errors: NotAllowed."""
        for deed in (*self.deeds, *self.by_options(args)):
            policy.check(deed)
        if self.pages and not any(map(policy.sees, self.pages)):
            raise NotAllowed(f"{policy.person} may not ask this: {self._why_closed(policy)}.", REMEDY)
        if self.whole or self.bare:
            policy.check_whole("This is of the whole firm")
        if self.bare and not policy.is_unlimited:
            raise NotAllowed(
                f"This tells all that is held, and some of it is kept from {policy.person}.",
                "Ask somebody from whom nothing is.",
            )

    def _why_closed(self, policy: Policy) -> str:
        roles = ", ".join(policy.roles)
        if policy.smallest > 1 and any(map(policy.has_page, OF_SINGLE_CUSTOMERS.intersection(self.pages))):
            return f"it tells of customers one by one, and {roles} withholds counts of fewer than {policy.smallest}"
        if any(map(policy.has_page, self.pages)):
            return f"it is of the whole firm, of which {roles} shows {policy.words} alone"
        return f"no role ({roles}) opens the page of it ({', '.join(self.pages)})"


def exports_to(*options: str) -> Callable[[argparse.Namespace], tuple[Deed, ...]]:
    """That a file is written where one of these options is given."""

    def found(args: argparse.Namespace) -> tuple[Deed, ...]:
        return (Deed.EXPORT,) if any(getattr(args, each) for each in options) else ()

    return found


def place(args: argparse.Namespace) -> Path:
    """The warehouse that a command works on."""
    return getattr(args, "warehouse", None) or environment.warehouse()


def opened(args: argparse.Namespace) -> Warehouse:
    """The warehouse as whoever runs the command sees it: no command opens it in another way. Errors: WarehouseError."""
    return Warehouse(place(args)).under(acting().policy)


@contextmanager
def as_person(args: argparse.Namespace) -> Iterator[None]:
    """What is done in here, the person does whom `--person` names, where it names one.

    Errors: BadInput where it cannot be told what they may; NotAllowed where they may not.
    """
    named = person_of(args)
    if named is None:
        yield
        return
    with acting_as(Acting(named, _policy(place(args), named), "command")):
        _check(args, named)
        yield


def _check(args: argparse.Namespace, person: str) -> None:
    """Errors: NotAllowed where whoever acts may not run this, which the audit is told."""
    needs: CommandNeeds | None = getattr(args, "needs", None)
    if needs is None:  # nobody said what it needs: it is nobody's
        raise NotAllowed("This command is run as no person.", "Leave --person out.")
    try:
        needs.check(acting().policy, args)
    except NotAllowed:
        audit_log.note(AuditEvent.REFUSED, detail="command", at=place(args))
        raise
    if needs.signs:
        _sign(args, person)


def person_of(args: argparse.Namespace) -> str | None:
    """As whom a command runs; None where that is whoever keeps this machine. Errors: BadInput."""
    named = [value.strip() for name, value in vars(args).items() if name.startswith(DEST)]
    if len(named) > 1:
        raise BadInput("--person is given twice.", "Name one person.")
    if named == [""]:
        raise BadInput("--person names nobody.", "Write a name of the policies behind it.")
    return named[0] if named else None


def _policy(warehouse: Path, person: str) -> Policy:
    """What the file of policies and the person's account say. Errors: BadInput, NotAllowed."""
    accounts = {each.name: each for each in listed(warehouse)}
    roles = accounts[person].roles if person in accounts else ()
    if policies_of(warehouse) is None and not roles:
        raise BadInput(
            f"No policies are declared, so that nothing says what {person} may see.",
            f'Write them to {policies_file(warehouse)}, such as [people."{person}"] roles = ["analyst"].',
        )
    return policy_of(warehouse, person, (), roles)


def _sign(args: argparse.Namespace, person: str) -> None:
    """Who does it is the person as whom it runs. Errors: BadInput where --by says otherwise."""
    if args.by not in ("", person):
        raise BadInput(f"--by says {args.by}, and --person {person}.", "Leave --by out.")
    args.by = person
