"""What was noticed in the files of a draft, part by part: what its owner should know or decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from data.errors import ClientelaError
from data.load.evidence.notice import Notice, WayOut
from data.load.mappings.mapping import AttributeColumn, Part
from pages.manage.files.file_roles import FileEntry, FileRole
from pages.manage.files.first_rows import looked
from pages.manage.files.lacking_fields import lacking_fields
from pages.manage.files.mapping_draft import Draft


@dataclass(frozen=True, slots=True)
class FileQuestion:
    """A notice about the file `entry`, of which the mapping says `part`."""

    entry: FileEntry
    part: Part
    notice: Notice

    def after(self, choice: WayOut) -> Part:
        """The part of the mapping after a choice, which reads all of its files by all names of their columns."""
        part, names = choice.part, self.part.alternatives
        kept = {name: each for name, each in names.items() if part.columns.get(name) in each}
        columns = {**part.columns, **{name: each[0] for name, each in kept.items()}}
        own = {each.name: each for each in self.part.attributes}
        attributes = tuple(_as_before(own.get(each.name), each) for each in part.attributes)
        return replace(part, file=self.part.file, columns=columns, alternatives=kept, attributes=attributes)


def _as_before(before: AttributeColumn | None, now: AttributeColumn) -> AttributeColumn:
    """An attribute with all names of its column, where it is one of them still."""
    return before if before is not None and now.column in before.alternatives else now


def questions(draft: Draft) -> tuple[FileQuestion, ...]:
    """Those that stop a load first, then those about the part that is looked at."""
    found = [question for part in draft.mapping.parts for question in _of(draft, part)]
    own = draft.seen.role.subject
    return tuple(
        sorted(
            found, key=lambda each: (not each.notice.stops, each.part.subject != own, not each.notice.asks)
        )
    )


def _of(draft: Draft, part: Part) -> Iterator[FileQuestion]:
    """What was noticed in the file that is looked at, else in the first of its part."""
    paths = draft.reads(part)
    path = draft.seen.path if draft.seen.path in paths else next(iter(paths), None)
    if path is None or lacking_fields(part):
        return
    entry = FileEntry(path, FileRole(part.subject))
    try:
        notices = looked(draft, entry).notices
    except ClientelaError:
        return  # the preview of that file says why
    for notice in notices:
        yield FileQuestion(entry, part, notice)
