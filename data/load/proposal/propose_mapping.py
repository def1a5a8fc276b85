"""A first mapping for files that nobody described yet: from their headers, and from what their values tell."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data.errors import BadInput
from data.load import evidence
from data.load.evidence.notice import Notice
from data.load.mappings.canonical_fields import SUBJECT, SUBJECTS
from data.load.mappings.mapping import Mapping, Part
from data.load.proposal import extra_columns
from data.load.proposal.column_assignment import assign
from data.load.proposal.list_parts import is_of, list_part, with_zeros, without_listed
from data.load.proposal.order_line_parts import lines_among, lines_part, looked_up
from data.load.proposal.proposal_desk import Desk
from data.load.proposal.related_files import BroughtFile
from data.load.proposal.subject_of_file import About
from data.load.typing.typed_rows import type_rows
from data.sources.file import AS_FOUND, Options
from data.store import duckdb_engine as engine

LEAST_KEYS = 20


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping to start from, by subject what was noticed in its rows, and in words what was made of the files.

    `unused` are the names of files that nothing was made of, `lacks` what its parts lack for being loaded.
    """

    mapping: Mapping
    notices: Dict[str, tuple[Notice, ...]]
    remarks: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    def in_words(self) -> list[str]:
        """Everything that is to be known of it, a sentence each."""
        return [*self.remarks, *(f"{name}: nothing was made of it." for name in self.unused), *self.lacks]


def propose(path: Path, source: str | None = None, options: Options = AS_FOUND) -> Mapping:
    """A mapping of one file of order lines to start from. It may lack required fields: `Mapping.check` says which.

    Errors: BadInput if the file cannot be read.
    """
    with engine.scratch() as connection:
        desk = Desk(connection, options)
        part, currency = lines_part(desk, desk.bring(path), [])
    return Mapping(source or _source(path.name), (part,), currency=currency, folder=path.parent)


def propose_part(path: Path, subject: str, options: Options = AS_FOUND) -> Part:
    """A file as rows of a subject that somebody chose; it may lack required fields. Errors: BadInput."""
    with engine.scratch() as connection:
        desk = Desk(connection, options)
        each = desk.bring(path)
        if SUBJECT[subject].is_lines:
            return lines_part(desk, each, [])[0]
        fit = each.as_subject(subject) or About(subject, assign(each.sample, subject), 0.0)
        if fit.is_list:
            return list_part(desk, each, fit, [each])
        part = replace(desk.part(each, subject), columns=fit.columns)
        return replace(part, key=_key(each, part))


def propose_all(paths: Sequence[Path], source: str | None = None) -> Proposal:
    """A mapping of files that belong together: order lines, lists beside them, and whatever else they are about.

    Errors: BadInput if a file cannot be read, or none is about anything known.
    """
    with engine.scratch() as connection:
        desk = Desk(connection)
        parts, currency = _parts(desk, desk.distinct([desk.bring(path) for path in paths]))
        if not parts:
            raise BadInput(
                f"Nothing tells what {paths[0].name} is about.",
                "Name its columns in a mapping: docs/mapping.md lists the subjects and their fields.",
            )
        listed = tuple(parts[subject.name] for subject in SUBJECTS if subject.name in parts)
        main = parts.get("order_lines", listed[0])
        called = source or _source(main.file or "")
        mapping = Mapping(called, listed, currency=currency, folder=paths[0].parent)
        notices = {part.subject: _noticed(desk, mapping, part) for part in listed}
        return Proposal(mapping, notices, tuple(desk.remarks), tuple(desk.unused), tuple(desk.lacks))


def _parts(desk: Desk, every: Sequence[BroughtFile]) -> tuple[dict[str, Part], str | None]:
    """What the files are about, and the currency of their amounts."""
    found: dict[str, Part] = {}
    used: set[Path] = set()
    currency = None
    if main := lines_among(every):
        others = [each for each in every if each is not main]
        found["order_lines"], currency = lines_part(desk, main, others)
        used |= {main.path, *looked_up(found["order_lines"], others)}
    for each in every:
        if each.path not in used and (part := _other(desk, each, found, every)):
            found[part.subject] = part
            used |= {each.path, *looked_up(part, every)}
    if "order_lines" in found:
        found["order_lines"] = without_listed(found)
    files = {join.file for part in found.values() for join in part.joins}
    for each in every:
        if each.path not in used and each.path.name not in files:
            desk.unused.append(each.path.name)
    return found, currency


def _other(
    desk: Desk, each: BroughtFile, found: dict[str, Part], every: Sequence[BroughtFile]
) -> Part | None:
    """The part of a file that is not about order lines, if it is about anything that no other file is."""
    for fit in each.about:
        if fit.subject in found or fit.subject == "order_lines":
            continue
        if not fit.is_list:
            part = replace(desk.part(each, fit.subject), columns=fit.columns)
            return replace(part, key=_key(each, part))
        if is_of(desk, each, fit, found):
            return with_zeros(desk, each, fit, found, list_part(desk, each, fit, every))
    return None


def _key(each: BroughtFile, part: Part) -> tuple[str, ...]:
    """What tells one record from another, where it does in all rows that were seen."""
    number = each.sample.texts.get(part.columns.get("number", ""))
    sure = number is not None and not number.null_count() and number.n_unique() == len(number) >= LEAST_KEYS
    return ("number",) if sure else ()


def _noticed(desk: Desk, mapping: Mapping, part: Part) -> tuple[Notice, ...]:
    """What is noticed in the rows of a part, as in a preview."""
    staged = desk.shaped(part)
    sides = desk.look_ups(part, staged)
    desk.remarks += [note for note in staged.notes if note not in desk.remarks]
    try:
        replace(mapping, parts=(part,)).check()
        desk.remarks += type_rows(desk.connection, part, staged, sides, "typed").notes
        return evidence.notices(desk.connection, part, staged, sides, "typed")
    except BadInput as error:
        desk.lacks.append(str(error))
        return evidence.untyped(desk.connection, part, staged, sides)


def _source(name: str) -> str:
    """What a file is from, by its name without days and numbers, which the next one has others of.

    >>> _source("Sales_2024-01.csv"), _source("orders*.csv"), _source("2024.csv")
    ('sales', 'orders', '2024')
    """
    called = extra_columns.identifier(Path(name.replace("*", "")).stem)
    return called.rstrip("0123456789_") or called or "file"
