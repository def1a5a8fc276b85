"""A file on its way in: where it lies, what its columns hold, and the mapping as somebody mends it. Frozen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from data.errors import BadInput, ClientelaError
from data.load import Mapping, Options, columns, head, propose
from data.load.fields import LINE_FIELDS
from data.load.mapping import Attribute, Part
from data.names import is_attribute_name
from pages.manage.folders import at, check_inside

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
class Draft:
    """`columns` are those that a mapping may name, `samples` a value of each; `awaited` are fields without text yet."""

    lines: Path
    roots: tuple[Path, ...]
    uploaded: bool
    mapping: Mapping
    columns: tuple[str, ...] = ()
    samples: Dict[str, str] = field(default_factory=dict)
    awaited: Dict[str, str] = field(default_factory=dict)

    @property
    def part(self) -> Part:
        return self.mapping.order_lines

    def filling(self, name: str) -> Filling:
        if name in self.awaited:
            return Filling(self.awaited[name])
        for kind in KINDS:
            if name in getattr(self.part, kind):
                return Filling(kind, getattr(self.part, kind)[name])
        return Filling()

    def fill(self, name: str, filling: Filling) -> Draft:
        """The field filled so; a column that becomes a field is no longer kept beside them."""
        filled: dict[str, Any] = {kind: {**getattr(self.part, kind)} for kind in KINDS}
        for fields in filled.values():
            fields.pop(name, None)
        awaited = {each: kind for each, kind in self.awaited.items() if each != name}
        if filling.kind and filling.text.strip():
            filled[filling.kind][name] = filling.text.strip()
        elif filling.kind:
            awaited[name] = filling.kind
        order = {each.name: at for at, each in enumerate(LINE_FIELDS)}
        filled = {
            kind: dict(sorted(each.items(), key=lambda pair: order[pair[0]])) for kind, each in filled.items()
        }
        kept = tuple(
            each for each in self.part.attributes if each.column != filling.text or filling.kind != COLUMN
        )
        return replace(self.with_part(replace(self.part, **filled, attributes=kept)), awaited=awaited)

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

    def attribute_choices(self) -> dict[str, Attribute]:
        """Columns that may be kept as attributes, by their names: those kept, then those that fill no field."""
        found = {each.name: each for each in self.part.attributes}
        used = {*self.part.columns.values(), *(each.column for each in self.part.attributes)}
        for column in self.columns:
            name = attribute_name(column, found)
            if column not in used and name:
                found[name] = Attribute(name, "line", column.strip(), column=column)
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
        return replace(self, mapping=self.mapping.with_part(part))

    def read_as(self, options: Options) -> Draft:
        """The file read in another way; where its columns are others, the fields are proposed anew."""
        part = replace(self.part, options=options)
        try:
            names = _columns(self.lines, self.mapping.with_part(part), self.roots)
        except ClientelaError:
            return self.with_part(part)
        if set(self.part.columns.values()) <= set(names) and self.part.columns:
            return with_columns(self.with_part(part))
        fresh = propose(self.lines, self.mapping.source, options).order_lines
        part = replace(part, **{kind: getattr(fresh, kind) for kind in (*KINDS, "attributes")})
        return with_columns(replace(self.with_part(part), awaited={}))

    def mapped_as(self, text: str) -> Draft:
        """With the mapping that somebody wrote. Errors: BadInput."""
        return with_columns(replace(self, mapping=Mapping.from_text(text, self.lines.parent), awaited={}))


def begin(paths: Sequence[Path], roots: tuple[Path, ...], uploaded: bool) -> Draft:
    """A draft of these files: tables, and perhaps a mapping that names them. Errors: BadInput."""
    for path in paths:
        check_inside(path, roots)
    texts = [path for path in paths if path.suffix.lower() == ".toml"]
    tables = [path for path in paths if path not in texts]
    if len(texts) > 1:
        raise BadInput("There are two mappings among the files.", "Bring one of them.")
    if texts:
        mapping = _read(texts[0])
        lines = _lines_of(mapping, texts[0].parent, tables, roots)
        mapping = mapping.with_part(replace(mapping.order_lines, file=lines.name))
        return with_columns(Draft(lines, roots, uploaded, replace(mapping, folder=lines.parent)))
    proposed = [(propose(path), path) for path in tables]
    mapping, lines = max(proposed, key=lambda pair: _completeness(pair[0]))
    return with_columns(Draft(lines, roots, uploaded, mapping))


def with_columns(draft: Draft) -> Draft:
    """The draft with the columns and samples of its file as it is read now. Errors: BadInput."""
    options = draft.part.options
    rows = head(draft.lines, options)
    samples = {name: _sample(rows[name].to_list()) for name in rows.columns}
    return replace(draft, columns=tuple(_columns(draft.lines, draft.mapping, draft.roots)), samples=samples)


def attribute_name(column: str, taken: Iterable[str]) -> str:
    """A name for a column kept as an attribute; empty where none can be made of it.

    >>> attribute_name("Ship Mode", []), attribute_name("Région", []), attribute_name("Size", ["size"])
    ('ship_mode', 'own_region', 'own_size')
    """
    plain = unicodedata.normalize("NFKD", column.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:32]
    tries = (slug, f"own_{slug}", f"{slug}_2", f"own_{slug}_2")
    return next((each for each in tries if is_attribute_name(each) and each not in set(taken)), "")


def _read(path: Path) -> Mapping:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path.name} cannot be read as text.", "A mapping is a TOML file: see docs/mapping.md."
        ) from error
    return Mapping.from_text(text, path.parent)


def _lines_of(mapping: Mapping, folder: Path, tables: Sequence[Path], roots: Iterable[Path]) -> Path:
    """The file of order lines: as the mapping calls it, else the only table that came along."""
    name = mapping.order_lines.file
    found = at(folder, name, roots) if name is not None else None
    if found is not None:
        return found
    if len(tables) == 1:
        return tables[0]
    called = f"{name}, the file of order lines" if name else "the file of order lines"
    raise BadInput(f"The mapping came without {called}.", "Bring both at once.")


def _columns(lines: Path, mapping: Mapping, roots: Iterable[Path]) -> list[str]:
    """The columns of the order lines, then those that look-ups add; one that is not there adds none."""
    part = mapping.order_lines
    found = columns(lines, part.options)
    for join in part.joins:
        beside = at(lines.parent, join.file, roots)
        stem = Path(join.file).stem
        if beside is not None:
            found += [f"{stem}.{each}" if each in found else each for each in columns(beside)]
    return found


def _completeness(mapping: Mapping) -> tuple[bool, int]:
    filled = set(mapping.order_lines.filled)
    amount = "revenue" in filled or {"quantity", "unit_price"} <= filled
    return ("date" in filled and amount, len(filled))


def _sample(values: Iterable[str | None]) -> str:
    text = next((str(each).strip() for each in values if each is not None and str(each).strip()), "")
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_SAMPLE else f"{plain[: LONGEST_SAMPLE - 1]}…"
