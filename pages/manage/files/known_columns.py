"""Files that have the columns of what was loaded before: read as those were, until somebody says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from data.errors import ClientelaError
from data.load import Mapping, columns
from data.load.mappings.canonical_fields import SUBJECT
from data.load.mappings.mapping import Part
from pages.manage.files.mapping_draft import Draft, GivenAnswer

LEAST = 2


def as_before(draft: Draft, known: Sequence[Mapping]) -> Draft:
    """The draft read as its files were loaded last, where the main one has been; the draft itself, where not."""
    groups = [(part, draft.reads(part)) for part in draft.mapping.parts]
    main = draft.reads(draft.mapping.main)
    tries = []
    for source in dict.fromkeys(each.source for each in known):
        mine = [each for each in known if each.source == source]
        found = {paths: match for _, paths in groups if paths and (match := _match(draft, paths[0], mine))}
        if main in found:
            tries.append((found, mine[0]))
    if not tries:
        return draft
    found, told = max(tries, key=lambda each: len(each[0]))
    parts = {part.subject: part for part, paths in groups if paths not in found}
    parts |= {match.subject: replace(match, file=_file(draft, paths)) for paths, match in found.items()}
    mapping = replace(
        draft.mapping, source=told.source, firm=told.firm, currency=told.currency, match=told.match,
        parts=tuple(parts[name] for name in SUBJECT if name in parts),
    )  # fmt: skip
    words = f"Read as {told.source} was loaded before, because the columns are the same."
    again = replace(draft, mapping=mapping, remarks=()).look_at_part(found[main])
    return replace(again, answers=(GivenAnswer(words, draft.mapping),))


def _file(draft: Draft, paths: tuple[Path, ...]) -> str | None:
    return next(part.file for part in draft.mapping.parts if draft.reads(part) == paths)


def _match(draft: Draft, path: Path, known: Iterable[Mapping]) -> Part | None:
    """The part that reads just such files, the one that names most of their columns."""
    parts = (part for mapping in known for part in mapping.parts if not part.database)
    fitting = [part for part in parts if _fits(draft, path, part)]
    return max(fitting, key=lambda part: len(_named(part)), default=None)


def _fits(draft: Draft, path: Path, part: Part) -> bool:
    try:
        there = set(columns(path, part.options))
    except ClientelaError:
        return False
    beside = [draft.at(join.file) for join in part.joins]
    if None in beside:
        return False
    there |= {name for file in beside if file is not None for name in columns(file)}
    return len(_named(part)) >= LEAST and _named(part) <= there


def _named(part: Part) -> set[str]:
    """The columns that a part names plainly; those of look-ups by their own names."""
    named = {*part.columns.values(), *(each.column for each in part.attributes if each.column)}
    stems = tuple(f"{Path(join.file).stem}." for join in part.joins)
    return {
        next((name.removeprefix(stem) for stem in stems if name.startswith(stem)), name) for name in named
    }
