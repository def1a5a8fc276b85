"""What a part of a mapping must be like before a file is looked at: errors in the words of the mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from data.errors import BadInput, did_you_mean
from data.load.mappings.declared_check import check_fields
from data.load.mappings.expression import check_patterns
from data.model.canonical_tables import RATE
from data.store.attribute_names import NAME, is_attribute_name

if TYPE_CHECKING:
    from data.load.mappings.mapping import AttributeColumn, Part


def check_part(part: Part) -> None:
    """Errors: BadInput when a required field is not mapped, a name cannot be used, or two statements differ."""
    subject, filled = part.kind, set(part.filled)
    if subject.is_lines:
        _check_lines(part)
    elif lacking := [name for name in subject.required if name not in filled]:
        raise BadInput(
            f"[{part.subject}] does not say which column is the {lacking[0]}.",
            f'Add {lacking[0]} = "..." under [{part.subject}.columns].',
        )
    if subject.fact is RATE and len(filled & {"rate", "per"}) != 1:
        raise BadInput(
            "[rates] needs one of rate and per.",
            "Map rate (what one unit is worth in the currency of report) or per (how many units buy one of it).",
        )
    _check_changes(part)
    _check_shape(part)
    twice = {name for name in part.filled if part.filled.count(name) > 1}
    if twice:
        raise BadInput(
            f"[{part.subject}] fills {min(twice)} twice.", "Keep one column, expression or constant."
        )
    for attribute in part.attributes:
        _check_attribute(attribute, part)
    expressions = dict(part.expressions) | {
        each.name: each.expression for each in part.attributes if each.expression
    }
    if part.shape.only:
        expressions["only"] = part.shape.only
    for name, text in expressions.items():
        check_patterns(text, f"of {name} of [{part.subject}]")
    check_fields(part.checks, _kinds(part), f"[{part.subject}]")


def _kinds(part: Part) -> Mapping[str, str]:
    """How each field that a check may name reads: those filled or computed, and the attributes."""
    computed = ("revenue", "cost") if part.kind.is_lines else ()
    names = {each.name: each.kind for each in part.kind.fields}
    return {name: names[name] for name in (*part.filled, *computed)} | {
        each.name: "text" for each in part.attributes
    }


def _check_lines(part: Part) -> None:
    filled = set(part.filled)
    if "date" not in filled:
        raise BadInput("The mapping names no date.", 'Add date = "..." under [order_lines.columns].')
    if "revenue" not in filled and not {"quantity", "unit_price"} <= filled:
        raise BadInput(
            "The mapping names no amount.",
            "Map revenue, or quantity and unit_price, under [order_lines.columns].",
        )
    if part.returns == "positive" and "is_return" not in filled:
        raise BadInput(
            'The mapping says returns = "positive" but not which lines are returns.',
            "Map is_return, for example is_return = \"starts_with(order, 'C')\" under"
            " [order_lines.expressions].",
        )


def _check_changes(part: Part) -> None:
    if unmapped := [name for name in part.key if name not in part.filled]:
        raise BadInput(
            f"The key of [{part.subject}] names {unmapped[0]!r}, which is not mapped.",
            did_you_mean(unmapped[0], part.filled),
        )
    if part.changes == "modified" and "modified" not in part.filled:
        raise BadInput(
            f'[{part.subject}] says changes = "modified" but not which column tells when.',
            f'Add modified = "..." under [{part.subject}.columns].',
        )
    if part.kind.table is None and part.changes == "modified" and not part.key:
        raise BadInput(
            f'[{part.subject}] says changes = "modified" but not what tells one record from another.',
            f'Add key = ["..."] to [{part.subject}].',
        )
    if part.kind.table is not None and part.changes == "full" and "modified" in part.filled:
        raise BadInput(
            f'[{part.subject}] says changes = "full" and maps modified: which of them is the moment?',
            'Leave modified out, or say changes = "modified".',
        )
    if part.database and part.kind.table is None and part.changes == "append" and not part.key:
        raise BadInput(
            f"[{part.subject}] would add all that the database holds at each load.",
            'Say key = ["..."], the fields that tell one record from another, or changes = "full".',
        )
    if part.database and bool(part.table) == bool(part.query):
        raise BadInput(
            f"[{part.subject}] reads a database and needs either a table or a query.",
            'Say table = "public.orders" or query = "SELECT ...".',
        )
    check_variable(part)


def _check_shape(part: Part) -> None:
    shape, filled, record = part.shape, part.filled, part.kind.record
    for said, names in (("unknown", shape.unknown), ("pad", shape.pad)):
        if unmapped := [name for name in names if name not in filled]:
            raise BadInput(
                f"{said} of [{part.subject}] names {unmapped[0]!r}, which is not mapped.",
                did_you_mean(unmapped[0], filled),
            )
    if odd := [name for name in shape.pad if part.kind.field(name).kind != "text"]:
        raise BadInput(
            f"pad of [{part.subject}] names {odd[0]!r}, which is no text.", "Pad numbers of members."
        )
    if shape.fill and record is None:
        raise BadInput(
            f"[{part.subject}] cannot be filled down.", "Fill order lines, or facts by their number."
        )
    if shape.fill and record not in part.columns:
        raise BadInput(
            f'[{part.subject}] says fill = "down" but not which lines belong together.',
            f'Map {record} = "..." under [{part.subject}.columns].',
        )


def check_variable(part: Part) -> None:
    """An address itself is refused before anybody can show or keep it, and not repeated."""
    if part.database and not re.fullmatch(r"[A-Z_][A-Z0-9_]*", part.database):
        raise BadInput(
            f"What [{part.subject}] calls its database is not the name of an environment variable.",
            'Put the address into one, such as ERP_DATABASE, and say database = "ERP_DATABASE".',
        )


def _check_attribute(attribute: AttributeColumn, part: Part) -> None:
    name = attribute.name
    if not re.fullmatch(NAME, name):
        raise BadInput(
            f"The attribute {name!r} cannot be a name.",
            "Use small letters, digits and underscores, a letter first, at most 40 characters.",
        )
    if not is_attribute_name(name):
        raise BadInput(
            f"The attribute name {name!r} is taken.", f"Call it {name.removesuffix('_code')}_group, say."
        )
    owners = [table.name for table in part.kind.describes]
    if not owners:
        raise BadInput(
            f"[{part.subject}] cannot keep attributes: {name!r} has no place there.",
            "Keep attributes with order lines, customers, products, channels, partners or campaigns.",
        )
    if attribute.of not in owners:
        raise BadInput(
            f"The attribute {name!r} of [{part.subject}] cannot belong to {attribute.of!r}.",
            did_you_mean(attribute.of, owners),
        )
    if (attribute.column is None) == (attribute.expression is None):
        raise BadInput(
            f"The attribute {name!r} needs a column or an expression.", 'Write { column = "..." }.'
        )
