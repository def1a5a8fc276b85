"""What a policy leaves of the data, in the reader's words."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cubes import catalogue
from data.access.policy import Policy
from data.access.role import CONTACTS
from data.access.row_cut import RowCut
from data.store.warehouse import Profile
from pages.ui import session
from pages.ui.acting_person import policy
from pages.ui.style.formats import count_text

MASKED = "masked"
LABELS = {
    "customer.name": "names",
    "customer.street": "streets",
    "customer.postcode": "postcodes",
    "customer.email": "e-mail addresses",
    "customer.phone": "phone numbers",
}


def rows_told(of: Policy | None = None) -> str:
    """The rows that a policy shows, that of whoever looks where none is named; empty where that is all."""
    shown = policy() if of is None else of
    if not shown.rows:
        return ""
    profile = session.warehouse().profile
    return " and ".join(cut_told(cut, level_label(cut.level, profile)) for cut in shown.rows)


def cut_told(cut: RowCut, label: str) -> str:
    """A cut as one reads it.

    >>> cut_told(RowCut("country", ("France", "Germany")), "Country")
    'Country: France or Germany'
    """
    *first, last = cut.members
    members = f"{', '.join(first)} or {last}" if first else last
    return f"{label}: {'not ' if cut.exclude else ''}{members}"


def level_label(name: str, profile: Profile) -> str:
    """What the first cube that has a level calls it."""
    cubes = (catalogue.load(each, profile) for each in catalogue.CUBES)
    labels = (level.label for cube in cubes for level in cube.levels if level.name == name)
    return next(labels, name.replace("_", " ").capitalize())


def is_masked(column: str) -> bool:
    """Whether a column, written `customer.email`, is kept from whoever looks."""
    return column in policy().masked


def masked_told(of: Policy) -> str:
    """The masked columns, in words; empty where there are none."""
    return columns_told(of.masked)


def columns_told(masked: Collection[str]) -> str:
    """Columns of persons as one reads them.

    >>> columns_told({"customer.email", "customer.name"})
    'names, e-mail addresses'
    """
    first = ["names and contacts"] if set(masked) >= CONTACTS else []
    rest = [LABELS[each] for each in LABELS if each in masked] if not first else []
    return ", ".join([*first, *rest, *sorted(set(masked) - set(LABELS))])


def limits_told(of: Policy) -> Iterator[str]:
    """Sentences on what a policy shows and gives of the data."""
    yield f"Rows: {rows_told(of)}." if of.rows else "All rows."
    if of.masked:
        yield f"Masked: {masked_told(of)}."
    if of.smallest:
        yield f"Counts below {count_text(of.smallest, 'customer')} are withheld."
    yield (
        ("Files may be taken away, with a reason." if of.reason else "Files may be taken away.")
        if (of.exports)
        else "No files may be taken away."
    )
