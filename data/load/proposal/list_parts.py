"""Lists of customers, products and the like among the files, with the names that other files have for their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from data.load.evidence import leading_zeros
from data.load.mappings.canonical_fields import SUBJECT
from data.load.mappings.mapping import Join, Part
from data.load.proposal import extra_columns, related_files
from data.load.proposal.column_assignment import score
from data.load.proposal.order_line_parts import in_order, keys
from data.load.proposal.proposal_desk import Desk
from data.load.proposal.related_files import BroughtFile
from data.load.proposal.subject_of_file import About
from data.model.canonical_tables import PRODUCT

LISTED = {"customer": "customers", "product": "products", "channel": "channels", "partner": "partners",
          "campaign": "campaigns"}  # fmt: skip
ENOUGH = 1.0


def list_part(desk: Desk, each: BroughtFile, fit: About, every: Sequence[BroughtFile]) -> Part:
    """The part of a list."""
    part = replace(desk.part(each, fit.subject), columns=dict(fit.columns))
    for other in every:
        if other is not each and other.as_subject("order_lines") is None:
            part = _with_names(part, each, other)
    kept = extra_columns.attributes(
        each.sample, {*part.columns.values(), *keys(part)}, SUBJECT[fit.subject].attribute_of
    )
    return replace(part, columns=in_order(fit.subject, dict(part.columns)), attributes=kept)


def is_of(desk: Desk, each: BroughtFile, fit: About, found: Mapping[str, Part]) -> bool:
    """Whether a list is of members that the other parts name, by their numbers."""
    naming = _naming(fit, found)
    member, numbers = _numbers(each, fit)
    is_named = any(
        leading_zeros.lost(named, numbers) or set(named) & set(numbers)
        for named in (_named(desk, part, member) for part in naming)
    )
    return is_named or (not naming and (not found or fit.fit >= ENOUGH))


def with_zeros(desk: Desk, each: BroughtFile, fit: About, found: dict[str, Part], part: Part) -> Part:
    """The part of a list with the leading zeros that its numbers have lost; where it is the parts that name them that
    have, these are padded."""
    member, numbers = _numbers(each, fit)
    for naming in _naming(fit, found):
        lacking = leading_zeros.lost(_named(desk, naming, member), numbers)
        if lacking is None or lacking.digits is None:
            continue
        short, long = sorted((lacking.here, lacking.there), key=len)
        if lacking.is_here:
            found[naming.subject] = leading_zeros.padded(naming, member, lacking.digits)
            poor, rich = f"{naming.columns[member]} of {naming.file}", each.path.name
        else:
            part = leading_zeros.padded(part, member, lacking.digits)
            poor, rich = f"{fit.columns[member]} of {each.path.name}", naming.file or ""
        desk.remarks.append(
            f"{poor} has lost its leading zeros: {short} is {long} in {rich}. Proposed: {lacking.digits} digits."
        )
    return part


def _naming(fit: About, found: Mapping[str, Part]) -> list[Part]:
    """The parts that name the members of a list."""
    member = _member(fit)
    return [part for part in found.values() if member in part.columns and part.kind.table is None]


def _member(fit: About) -> str:
    return next(name for name, subject in LISTED.items() if subject == fit.subject)


def _numbers(each: BroughtFile, fit: About) -> tuple[str, list[str]]:
    """What a list is of, and the numbers in it."""
    member = _member(fit)
    return member, each.sample.texts[fit.columns[member]].drop_nulls().unique().to_list()


def _named(desk: Desk, part: Part, member: str) -> list[str]:
    """The numbers of members that a part names."""
    return desk.sample(part).texts[part.columns[member]].drop_nulls().unique().to_list()


def without_listed(found: Mapping[str, Part]) -> Part:
    """The order lines without what lists say of their customers and products: of an address to ship to, say."""
    lines = found["order_lines"]
    listed = {name for subject in ("customers", "products", "channels") if subject in found
              for name in found[subject].columns if name not in LISTED}  # fmt: skip
    return replace(
        lines, columns={name: column for name, column in lines.columns.items() if name not in listed}
    )


def _with_names(part: Part, each: BroughtFile, other: BroughtFile) -> Part:
    """The list with a look-up of what its codes are called, if the other file tells."""
    found = related_files.key(each.sample, other)
    own = part.columns.get(SUBJECT[part.subject].attribute_of)
    if found is None or found.on == own:
        return part
    told: dict[str, str] = {}
    for field in PRODUCT.descriptors:
        is_open = part.columns.get(field) in (None, found.on) and field in {
            each.name for each in part.kind.fields
        }
        for name in other.sample.texts if is_open else ():
            if name != found.to and score(part.subject, field, related_files.named(name, other.path)):
                told.setdefault(field, f"{other.path.stem}.{name}" if name in each.sample.texts else name)
    if not told:
        return part
    join = Join(other.path.name, found.on, found.to, found.pad)
    return replace(part, joins=(*part.joins, join), columns={**part.columns, **told})
