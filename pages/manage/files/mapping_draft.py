"""Files on their way in: where they lie, what they hold, and the mapping as somebody mends it. Frozen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from data.errors import BadInput, ClientelaError
from data.load import Mapping, Options, columns, head
from data.load.mappings.mapping import AttributeColumn, Join, Part
from data.load.proposal.propose_mapping import propose_part
from data.sources.file import AS_FOUND
from data.store.attribute_names import is_attribute_name
from pages.manage.files.file_roles import NOT_USED, FileEntry, FileRole
from pages.manage.shared.allowed_folders import reads

NOTHING, COLUMN, EXPRESSION, CONSTANT = "", "columns", "expressions", "constants"
KINDS = (COLUMN, EXPRESSION, CONSTANT)
FIRST_FORMULA = {
    "revenue": "quantity * unit_price",
    "cost": "quantity * unit_cost",
    "is_return": "quantity < 0",
    "unit_price": "revenue / quantity",
}
LONGEST_SAMPLE = 28


@dataclass(frozen=True, slots=True)
class Filling:
    """What fills a field: a column, a formula or the same value in every row; `text` is empty while it is awaited."""

    kind: str = NOTHING
    text: str = ""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What was said to a question, and the mapping as it was before."""

    words: str
    before: Mapping


@dataclass(frozen=True, slots=True)
class Draft:
    """Files of one folder and the mapping that is to load them, of which one file is looked at.

    `files` are the tables that were brought, `seen` the one that is looked at and what it is taken for; `columns` are
    those that its part may name, `samples` a value of each. `awaited` are fields without text yet, by subject and
    name. `reasons` say why files are not used, by their names, `remarks` what was made of them; `written` that
    somebody wrote the mapping as text; `answers` what was said to questions, the last at the end, since the mapping
    was changed otherwise.
    """

    folder: Path
    roots: tuple[Path, ...]
    uploaded: bool
    mapping: Mapping
    files: tuple[Path, ...]
    seen: FileEntry
    columns: tuple[str, ...] = ()
    samples: Dict[str, str] = field(default_factory=dict)
    awaited: Dict[tuple[str, str], str] = field(default_factory=dict)
    reasons: Dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    written: bool = False
    answers: tuple[GivenAnswer, ...] = ()

    @property
    def part(self) -> Part:
        """The part that is looked at. Raises LookupError where the file is not used."""
        part = self.mapping.part(self.seen.role.subject)
        if part is None:
            raise LookupError(self.seen.role.subject)
        return part

    def alone(self, entry: FileEntry) -> Mapping:
        """The part of a file and nothing else, reading just this file. Raises LookupError where it is not used."""
        part = self.mapping.part(entry.role.subject)
        if part is None:
            raise LookupError(entry.role.subject)
        part = replace(part, file=self.called(entry.path))
        return replace(self.mapping, parts=(part,), folder=self.folder)

    @property
    def entries(self) -> tuple[FileEntry, ...]:
        """Every file in each of its roles."""
        roles: dict[Path, list[FileRole]] = {path: [] for path in self.files}
        for part in self.mapping.parts:
            for path in self.reads(part):
                roles.setdefault(path, []).append(FileRole(part.subject))
            for path in filter(None, (self.at(join.file) for join in part.joins)):
                roles.setdefault(path, []).append(FileRole(part.subject, look_up=True))
        return tuple(
            FileEntry(path, role)
            for path, found in roles.items()
            for role in dict.fromkeys(found or [NOT_USED])
        )

    def called(self, path: Path) -> str:
        """A file as the mapping names it."""
        return path.relative_to(self.folder).as_posix()

    def reads(self, part: Part) -> tuple[Path, ...]:
        """The files of a part, those of the main part where it names none."""
        name = part.file or self.mapping.main.file
        return () if part.database or name is None else self._found(name)

    def _found(self, name: str) -> tuple[Path, ...]:
        try:
            return reads(self.folder, name, self.roots)
        except BadInput:
            return ()

    def at(self, name: str) -> Path | None:
        """The file that the mapping calls so, the first of several."""
        return next(iter(self._found(name)), None)

    def look(self, entry: FileEntry) -> Draft:
        """With another file to look at. Errors: BadInput if it cannot be read."""
        return with_columns(replace(self, seen=entry))

    def join_of(self, entry: FileEntry) -> Join:
        """How a look-up stands beside its rows."""
        return next(join for join in self.part.joins if self.at(join.file) == entry.path)

    def with_join(self, join: Join) -> Draft:
        """With a look-up that is found by other columns."""
        joins = tuple(join if each.file == join.file else each for each in self.part.joins)
        return with_columns(self.with_part(replace(self.part, joins=joins)))

    def answered(self, words: str, part: Part) -> Draft:
        """With the part that an answer makes."""
        return replace(self.read_anew(part), answers=(*self.answers, GivenAnswer(words, self.mapping)))

    def read_anew(self, part: Part) -> Draft:
        """With the part, and its columns as they are by it; one that cannot be read so says so in the preview."""
        changed = self.with_part(part)
        try:
            return with_columns(changed)
        except ClientelaError:
            return changed

    def unanswered(self) -> Draft:
        """As it was before the last answer."""
        last = self.answers[-1]
        return replace(with_columns(replace(self, mapping=last.before)), answers=self.answers[:-1])

    def asked_again(self, subject: str, name: str) -> Draft:
        """With a question open again that was called settled."""
        part = self.mapping.part(subject)
        if part is None:
            return self
        return self.with_part(replace(part, settled=tuple(each for each in part.settled if each != name)))

    def filling(self, name: str) -> Filling:
        if (self.part.subject, name) in self.awaited:
            return Filling(self.awaited[self.part.subject, name])
        part = self.part.of_file(self.columns)
        for kind in KINDS:
            if name in getattr(part, kind):
                return Filling(kind, getattr(part, kind)[name])
        return Filling()

    def fill(self, name: str, filling: Filling) -> Draft:
        """The field filled so; a column that becomes a field is no longer kept beside them."""
        filled: dict[str, Any] = {kind: {**getattr(self.part, kind)} for kind in KINDS}
        for fields in filled.values():
            fields.pop(name, None)
        key = (self.part.subject, name)
        awaited = {each: kind for each, kind in self.awaited.items() if each != key}
        if filling.kind and filling.text.strip():
            filled[filling.kind][name] = filling.text.strip()
        elif filling.kind:
            awaited[key] = filling.kind
        order = {each.name: at for at, each in enumerate(self.part.kind.fields)}
        filled = {
            kind: dict(sorted(each.items(), key=lambda pair: order[pair[0]])) for kind, each in filled.items()
        }
        kept = tuple(
            each for each in self.part.attributes if each.column != filling.text or filling.kind != COLUMN
        )
        names = {each: others for each, others in self.part.alternatives.items() if each != name}
        part = replace(self.part, **filled, alternatives=names, attributes=kept)
        return replace(self.with_part(part), awaited=awaited)

    def first_text(self, name: str, kind: str) -> str:
        """What a formula or a value starts with when somebody turns to it."""
        now = self.filling(name)
        if kind == EXPRESSION and now.kind == COLUMN:
            return now.text if now.text.isidentifier() else f"column({now.text!r})"
        return FIRST_FORMULA.get(name, "") if kind == EXPRESSION else ""

    def choices(self, name: str) -> list[Filling]:
        """What a field may be filled with: nothing, each column, a formula, one value; what it is now included."""
        now = self.filling(name)
        found = [
            Filling(),
            *(Filling(COLUMN, each) for each in self.columns),
            Filling(EXPRESSION),
            Filling(CONSTANT),
        ]
        return found if now.kind != COLUMN or now in found else [*found, now]

    def attribute_choices(self) -> dict[str, AttributeColumn]:
        """Columns that may be kept as attributes, by their names: those kept, then those that fill no field."""
        if not self.part.kind.describes:
            return {}
        found = {each.name: each for each in self.part.attributes}
        used = {*self.part.columns.values(), *(each.column for each in self.part.attributes)}
        for column in self.columns:
            name = attribute_name(column, found)
            if column not in used and name:
                found[name] = AttributeColumn(
                    name, self.part.kind.attribute_of, column.strip(), column=column
                )
        return found

    def keep(self, names: Iterable[str]) -> Draft:
        """With just these attributes."""
        offered, wanted = self.attribute_choices(), set(names)
        kept = tuple(each for name, each in offered.items() if name in wanted)
        return self.with_part(replace(self.part, attributes=kept))

    def assign(self, name: str, dimension: str) -> Draft:
        """With an attribute that tells of another dimension."""
        moved = (replace(each, of=dimension) if each.name == name else each for each in self.part.attributes)
        return self.with_part(replace(self.part, attributes=tuple(moved)))

    def with_part(self, part: Part) -> Draft:
        return replace(self, mapping=self.mapping.with_part(part), answers=())

    def read_as(self, options: Options) -> Draft:
        """The file read in another way; where its columns are others, the fields are proposed anew."""
        part = replace(self.part, options=options)
        try:
            names = _columns(self.with_part(part))
        except ClientelaError:
            return self.with_part(part)
        if set(self.part.columns.values()) <= set(names) and self.part.columns:
            return with_columns(self.with_part(part))
        fresh = propose_part(self.seen.path, part.subject, options)
        part = replace(part, **{kind: getattr(fresh, kind) for kind in (*KINDS, "attributes")})
        return with_columns(replace(self.with_part(part), awaited={}))

    def mapped_as(self, text: str) -> Draft:
        """With the mapping that somebody wrote. Errors: BadInput."""
        mapping = Mapping.from_text(text, self.folder)
        draft = replace(self, mapping=mapping, awaited={}, reasons={}, remarks=(), written=True, answers=())
        subject = self.seen.role.subject
        return draft.look_at_part(mapping.part(subject) or mapping.main)

    def look_at_part(self, part: Part) -> Draft:
        """With the first file of a part to look at; the one that is looked at, if it is of it."""
        paths = self.reads(part)
        path = self.seen.path if self.seen.path in paths else next(iter(paths), None)
        return self if path is None else self.look(FileEntry(path, FileRole(part.subject)))


def with_columns(draft: Draft) -> Draft:
    """The draft with the columns and samples of the file that is looked at. Errors: BadInput."""
    options = draft.part.options if draft.seen.role.is_rows else AS_FOUND
    rows = head(draft.seen.path, options)
    samples = {name: _sample(rows[name].to_list()) for name in rows.columns}
    return replace(draft, columns=tuple(_columns(draft)), samples=samples)


def attribute_name(column: str, taken: Iterable[str]) -> str:
    """A name for a column kept as an attribute; empty where none can be made of it.

    >>> attribute_name("Ship Mode", []), attribute_name("Région", []), attribute_name("Size", ["size"])
    ('ship_mode', 'own_region', 'own_size')
    """
    plain = unicodedata.normalize("NFKD", column.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:32]
    tries = (slug, f"own_{slug}", f"{slug}_2", f"own_{slug}_2")
    return next((each for each in tries if is_attribute_name(each) and each not in set(taken)), "")


def _columns(draft: Draft) -> list[str]:
    """The columns of the file that is looked at, then those that look-ups add; one that is not there adds none."""
    if not draft.seen.role.is_rows:
        return columns(draft.seen.path)
    part = draft.part
    found = columns(draft.seen.path, part.options)
    for join in part.joins:
        beside = next(iter(reads(draft.folder, join.file, draft.roots)), None)
        stem = Path(join.file).stem
        if beside is not None:
            found += [f"{stem}.{each}" if each in found else each for each in columns(beside)]
    return found


def _sample(values: Iterable[str | None]) -> str:
    text = next((str(each).strip() for each in values if each is not None and str(each).strip()), "")
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_SAMPLE else f"{plain[: LONGEST_SAMPLE - 1]}…"
