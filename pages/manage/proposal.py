"""What files are proposed to be, before anybody says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data.errors import BadInput
from data.load import Mapping, Options, columns, propose
from data.load.fields import SUBJECT
from data.load.mapping import Part
from data.sources.file import AS_FOUND
from pages.manage.roles import pattern

LISTS = {"customers": "customer", "products": "product"}


def proposed(paths: Sequence[Path]) -> tuple[Mapping, dict[str, str]]:
    """A mapping of these files of one folder, and why some are not used, by their names.

    Files of the same columns are one stream. Errors: BadInput where none of them can be read.
    """
    readable, reasons, refused = [], {}, None
    groups: dict[tuple[str, ...], list[Path]] = {}
    for path in paths:
        try:
            groups.setdefault(tuple(sorted(columns(path))), []).append(path)
            readable.append(path)
        except BadInput as error:
            refused = error
            reasons[path.name] = error.problem.rstrip(".")
    if refused is not None and not readable:
        raise refused
    found: dict[str, Part] = {}
    whole = sorted(((propose(each[0]), each) for each in groups.values()), key=_completeness, reverse=True)
    for mapping, group in whole:
        own = [path.name for path in group]
        name = pattern(own, [path.name for path in paths if path.name not in own])
        subject = _subject(mapping.order_lines) or ("" if found else "order_lines")
        if subject and subject not in found and name:
            found[subject] = replace(part_of(group[0], subject), file=name)
        else:
            reasons |= dict.fromkeys(own, "nothing in it tells what it holds")
    return replace(whole[0][0], parts=tuple(found[each] for each in SUBJECT if each in found)), reasons


def part_of(path: Path, subject: str, options: Options = AS_FOUND) -> Part:
    """A file as rows of a subject that somebody chose. Errors: BadInput."""
    lines = propose(path, options=options).order_lines
    if subject == "order_lines":
        return lines
    fields = [each.name for each in SUBJECT[subject].fields]
    chosen = {name: column for name, column in lines.columns.items() if name in fields}
    return Part(subject, file=path.name, options=options, columns=chosen)


def _completeness(proposal: tuple[Mapping, list[Path]]) -> tuple[bool, int]:
    filled = set(proposal[0].order_lines.filled)
    return (_is_lines(filled), len(filled))


def _is_lines(filled: set[str]) -> bool:
    return "date" in filled and ("revenue" in filled or {"quantity", "unit_price"} <= filled)


def _subject(lines: Part) -> str:
    filled = set(lines.filled)
    if _is_lines(filled) or filled & {"date", "order", "quantity", "revenue"}:
        return "order_lines"
    return next((name for name, number in LISTS.items() if number in filled), "")
