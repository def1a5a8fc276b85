"""What a file is taken for, changed: the mapping's parts, patterns and look-ups follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from data.errors import BadInput
from data.load import Options, columns
from data.load.proposal.propose_mapping import propose_part
from data.load.proposal.related_files import pattern
from pages.manage.files.file_roles import NOT_USED, FileEntry, FileRole, joined
from pages.manage.files.mapping_draft import Draft
from pages.manage.shared.allowed_folders import tables


def take(draft: Draft, entry: FileEntry, role: FileRole) -> Draft:
    """The draft with a file taken for something else, which is looked at. Errors: BadInput where that cannot be."""
    if role == entry.role:
        return draft
    main = draft.mapping.main.file if draft.mapping.parts else None
    parts = tuple(replace(part, file=part.file or main) for part in draft.mapping.parts)
    reasons = {name: why for name, why in draft.reasons.items() if name != entry.path.name}
    changed = _without(replace(draft, mapping=replace(draft.mapping, parts=parts), reasons=reasons), entry)
    if role.look_up:
        changed = _with_look_up(changed, entry.path, role)
    elif role != NOT_USED:
        changed = _with_rows(changed, entry.path, role)
    return changed.look(FileEntry(entry.path, role))


def adds(draft: Draft, path: Path, role: FileRole) -> bool:
    """Whether a file can have this role beside those that have it. Errors: BadInput if it cannot be read."""
    part = draft.mapping.part(role.subject)
    before = draft.reads(part) if part is not None else ()
    return part is None or not before or _is_alike(path, before[0], part.options)


def _without(draft: Draft, entry: FileEntry) -> Draft:
    """With the file out of this role; a part goes with its last file."""
    part = draft.mapping.part(entry.role.subject)
    if part is None:
        return draft
    if entry.role.look_up:
        rest = tuple(join for join in part.joins if draft.at(join.file) != entry.path)
        return draft.with_part(replace(part, joins=rest))
    left = [path for path in draft.reads(part) if path != entry.path]
    if left:
        return draft.with_part(replace(part, file=_pattern(draft, left)))
    others = tuple(each for each in draft.mapping.parts if each.subject != part.subject)
    return replace(draft, mapping=replace(draft.mapping, parts=others), answers=())


def _with_look_up(draft: Draft, path: Path, role: FileRole) -> Draft:
    part = draft.mapping.part(role.subject)
    if part is None:
        label = FileRole(role.subject).label.lower()
        raise BadInput(f"{path.name} held the only {label}.", "Say first which other file holds them.")
    own = next(iter(draft.reads(part)), None)
    join = joined(draft.called(path), columns(own, part.options) if own else [], columns(path))
    return draft.with_part(replace(part, joins=(*part.joins, join)))


def _with_rows(draft: Draft, path: Path, role: FileRole) -> Draft:
    """Files of the same columns are one stream; one of other columns takes the place of those before."""
    part = draft.mapping.part(role.subject)
    before = draft.reads(part) if part is not None else ()
    if part is not None and before and adds(draft, path, role):
        return draft.with_part(replace(part, file=_pattern(draft, [*before, path])))
    why = f"{path.name} brings the {role.label.lower()}, with other columns"
    reasons = dict(draft.reasons) | {each.name: why for each in before}
    fresh = replace(propose_part(path, role.subject), file=draft.called(path))
    return replace(draft.with_part(fresh), reasons=reasons)


def _pattern(draft: Draft, paths: Iterable[Path]) -> str:
    """What the mapping calls these files together. Errors: BadInput if others are called so, too."""
    names = sorted(draft.called(path) for path in paths)
    beside = {draft.called(path) for path in (*draft.files, *tables(draft.folder, draft.roots))}
    found = pattern(names, sorted(beside - set(names)))
    if found is None:
        raise BadInput(
            f"No pattern tells {' and '.join(names[:3])} from the files beside them.",
            "Give files that belong together names that begin alike, such as sales_1.csv and sales_2.csv.",
        )
    return found


def _is_alike(path: Path, other: Path, options: Options) -> bool:
    """Whether two files have the same columns, in whatever order."""
    return sorted(columns(path, options)) == sorted(columns(other, options))
