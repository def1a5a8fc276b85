"""Lists of customers, products and the like among the files, with the names that other files have for their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from data.load.evidence import zeros
from data.load.evidence.figures import share
from data.load.fields import SUBJECT
from data.load.mapping import Join, Part
from data.load.proposal import beside, extras
from data.load.proposal.about import About
from data.load.proposal.assignment import score
from data.load.proposal.beside import Brought
from data.load.proposal.desk import Desk
from data.load.proposal.lines import in_order, keys

LISTED = {"customer": "customers", "product": "products", "channel": "channels", "partner": "partners",
          "campaign": "campaigns"}  # fmt: skip
CODED = ("department", "category", "subcategory")
ENOUGH = 1.0


def list_part(desk: Desk, each: Brought, fit: About, every: Sequence[Brought]) -> Part:
    """The part of a list."""
    part = replace(desk.part(each, fit.subject), columns=dict(fit.columns))
    for other in every:
        if other is not each and other.as_subject("order_lines") is None:
            part = _with_names(part, each, other)
    kept = extras.attributes(
        each.sample, {*part.columns.values(), *keys(part)}, SUBJECT[fit.subject].attribute_of
    )
    return replace(part, columns=in_order(fit.subject, dict(part.columns)), attributes=kept)


def is_of(desk: Desk, each: Brought, fit: About, found: dict[str, Part]) -> bool:
    """Whether a list is of members that the other parts name, by their numbers.

    Where these have lost their leading zeros, the parts that name them are padded.
    """
    member = next(name for name, subject in LISTED.items() if subject == fit.subject)
    naming = [part for part in found.values() if member in part.columns and part.kind.table is None]
    numbers = each.sample.texts[fit.columns[member]].drop_nulls().unique().to_list()
    is_named = False
    for part in naming:
        named = desk.sample(part).texts[part.columns[member]].drop_nulls().unique()
        lacking = zeros.lost(named.to_list(), numbers)
        if lacking and lacking.digits:
            found[part.subject] = zeros.padded(part, member, lacking.digits)
            desk.remarks.append(
                f"{part.columns[member]} of {part.file} has lost its leading zeros: {lacking.here} is {lacking.there}"
                f" in {each.path.name}. Proposed: {lacking.digits} digits."
            )
        is_named = is_named or bool(lacking) or share(named.is_in(numbers)) > 0
    return is_named or (not naming and (not found or fit.fit >= ENOUGH))


def without_listed(found: Mapping[str, Part]) -> Part:
    """The order lines without what lists say of their customers and products: of an address to ship to, say."""
    lines = found["order_lines"]
    listed = {name for subject in ("customers", "products", "channels") if subject in found
              for name in found[subject].columns if name not in LISTED}  # fmt: skip
    return replace(
        lines, columns={name: column for name, column in lines.columns.items() if name not in listed}
    )


def _with_names(part: Part, each: Brought, other: Brought) -> Part:
    """The list with a look-up of what its codes are called, if the other file tells."""
    found = beside.key(each.sample, other)
    own = part.columns.get(SUBJECT[part.subject].attribute_of)
    if found is None or found.on == own:
        return part
    told: dict[str, str] = {}
    for field in CODED:
        is_open = part.columns.get(field) in (None, found.on) and field in {
            each.name for each in part.kind.fields
        }
        for name in other.sample.texts if is_open else ():
            if name != found.to and score(part.subject, field, beside.named(name, other.path)):
                told.setdefault(field, f"{other.path.stem}.{name}" if name in each.sample.texts else name)
    if not told:
        return part
    join = Join(other.path.name, found.on, found.to)
    return replace(part, joins=(*part.joins, join), columns={**part.columns, **told})
