"""A mapping: which columns of a firm's files are which canonical fields. TOML in, TOML out."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from data.errors import BadInput, did_you_mean
from data.load.mappings.canonical_fields import SUBJECT, SUBJECTS, Subject
from data.load.mappings.declared_check import DeclaredCheck, read_checks
from data.load.mappings.delivery_interval import Every
from data.load.mappings.part_rules import check_part, check_variable
from data.load.mappings.row_shape import AS_IT_STANDS, SHAPE, RowShape, check_digits, read_shape
from data.load.notation.date_notation import said_formats
from data.sources.file import AS_FOUND, Options

SETTINGS = ("source", "firm", "currency", "every")
CHOICES = {
    "repeats": ("keep", "drop"),
    "returns": ("signed", "positive"),
    "changes": ("append", "full", "modified"),
    "drift": ("warn", "stop", "accept"),
}
OF_LINES = ("returns",)
READING = ("sheet", "delimiter", "encoding", "skip")
TEXTS = ("date_format", "decimal", "as_of", "ids")
WHERE = ("file", "database", "table", "query")
PARTS = ("columns", "expressions", "constants", "attributes")


@dataclass(frozen=True, slots=True)
class AttributeColumn:
    """A column kept beyond the canonical ones: a level of the dimension `of`."""

    name: str
    of: str
    label: str
    column: str | None = None
    expression: str | None = None
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Join:
    """A look-up beside the rows: `on` is a column already known, `to` the column of `file` that equals it, where
    both are filled with leading zeros to `pad` digits, if it is said."""

    file: str
    on: str
    to: str
    pad: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """How one file or table is read and mapped. Fields are filled by `columns`, `expressions` or `constants`.

    `file` may hold `*`: every such file of its folder is a delivery. `database` names the environment variable
    with the address of a database, of which `table` or `query` is read. `key` are the fields that tell one record
    from another; `changes` says what a delivery means for those delivered before; `ids` names the numbering of
    its customers; the statements of a part with more `trust` win; `as_of` finds the day of an export in its name.
    `alternatives` are the names of a column, where files call it differently: the first that a file has is meant.
    `shape` says which rows and cells of the file are meant; `settled` names what was noticed (data.load.notice) and
    is as it should be.
    """

    subject: str
    file: str | None = None
    database: str | None = None
    table: str | None = None
    query: str | None = None
    key: tuple[str, ...] = ()
    changes: str = "append"
    drift: str = "warn"
    as_of: str | None = None
    ids: str | None = None
    trust: int | None = None
    options: Options = AS_FOUND
    date_format: str | None = None
    decimal: str | None = None
    null: tuple[str, ...] = ()
    shape: RowShape = AS_IT_STANDS
    repeats: str = "keep"
    returns: str = "signed"
    joins: tuple[Join, ...] = ()
    columns: Dict[str, str] = field(default_factory=dict)
    alternatives: Dict[str, tuple[str, ...]] = field(default_factory=dict)
    expressions: Dict[str, str] = field(default_factory=dict)
    constants: Dict[str, str] = field(default_factory=dict)
    attributes: tuple[AttributeColumn, ...] = ()
    checks: tuple[DeclaredCheck, ...] = ()
    settled: tuple[str, ...] = ()

    @property
    def kind(self) -> Subject:
        return SUBJECT[self.subject]

    @property
    def hash(self) -> str:
        """What tells this part from another; comments, order and file names do not."""
        plain = json.dumps(plain_part(self, names=False), sort_keys=True)
        return hashlib.sha256(plain.encode()).hexdigest()

    @property
    def padded_joins(self) -> tuple[Join, ...]:
        """Its look-ups, each padded as the field is whose column it goes by, unless it says so itself."""
        pads = {self.columns[name]: digits for name, digits in self.shape.pad.items() if name in self.columns}
        return tuple(replace(each, pad=each.pad or pads.get(each.on)) for each in self.joins)

    @property
    def filled(self) -> tuple[str, ...]:
        """The canonical fields that this part fills."""
        return (*self.columns, *self.expressions, *self.constants)

    @property
    def dated(self) -> tuple[str, ...]:
        """The times of the day that it does not fill, and that its date may tell beside the day."""
        by_date = "date" in self.columns or "date" in self.expressions
        return tuple(name for name in self.kind.seconds if by_date and name not in self.filled)

    @property
    def has_alternatives(self) -> bool:
        """Whether what it reads depends on how a file calls its columns."""
        return bool(self.alternatives) or any(each.alternatives for each in self.attributes)

    def of_file(self, header: Collection[str]) -> Part:
        """The part as it reads a file with these columns: of alternatives the first that is there, else the first."""
        named = {
            field: _first(names, header)
            for field, names in self.alternatives.items()
            if self.columns.get(field) == names[0]
        }
        attributes = tuple(
            replace(each, column=_first(each.alternatives, header), alternatives=())
            if each.alternatives
            else each
            for each in self.attributes
        )
        return replace(self, columns={**self.columns, **named}, alternatives={}, attributes=attributes)


def _first(names: Sequence[str], header: Collection[str]) -> str:
    return next((name for name in names if name in header), names[0])


@dataclass(frozen=True, slots=True)
class Mapping:
    """What one source delivers: order lines, and whatever else of SUBJECTS it knows.

    `parts` stand in the order of SUBJECTS, so that lists of members come before what refers to them.

    >>> text = 'source = "shop"\\n[order_lines.columns]\\ndate = "Day"\\nrevenue = "Sales"\\n'
    >>> Mapping.from_text(text).order_lines.columns["date"]
    'Day'
    """

    source: str
    parts: tuple[Part, ...]
    firm: str | None = None
    currency: str | None = None
    every: str | None = None
    match: bool = True
    folder: Path = Path()

    def part(self, subject: str) -> Part | None:
        """The part of that subject, if the mapping holds it."""
        return next((part for part in self.parts if part.subject == subject), None)

    @property
    def order_lines(self) -> Part:
        """The order lines. Raises LookupError where the source brings none."""
        part = self._lines()
        if part is None:
            raise LookupError("order_lines")
        return part

    def _lines(self) -> Part | None:
        return next((part for part in self.parts if part.kind.is_lines), None)

    @property
    def main(self) -> Part:
        """The part that a file named by hand stands for: the order lines, else the last."""
        return self._lines() or self.parts[-1]

    @property
    def attributes(self) -> tuple[AttributeColumn, ...]:
        """Every attribute once."""
        return tuple({each.name: each for part in self.parts for each in part.attributes}.values())

    @classmethod
    def from_text(cls, text: str, folder: Path = Path()) -> Mapping:
        """Parse and check TOML; `folder` is where its relative file names start.

        Errors: BadInput naming what is wrong and the nearest right word.
        """
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"The mapping is not TOML: {error}.", "See docs/mapping.md.") from error
        return _mapping(table, folder)

    def to_toml(self) -> str:
        """The mapping as TOML text; `from_text` reads it back to an equal one."""
        return _toml(_plain(self))

    def with_part(self, part: Part) -> Mapping:
        """The same mapping with another part of that subject."""
        others = {each.subject: each for each in self.parts} | {part.subject: part}
        return replace(self, parts=tuple(others[name] for name in SUBJECT if name in others))

    def check(self) -> Mapping:
        """The mapping itself. Errors: BadInput when a required field is not mapped or a name cannot be used."""
        for part in self.parts:
            check_part(part)
        if self.every:
            Every.parse(self.every)
        return self


def read_mapping(path: Path) -> Mapping:
    """The mapping in the TOML file at `path`. Errors: BadInput."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read as text"
        raise BadInput(
            f"The mapping {path} {reason}.", "Name a TOML file as docs/mapping.md describes."
        ) from error
    return Mapping.from_text(text, path.parent)


def _mapping(table: dict[str, Any], folder: Path) -> Mapping:
    _known(table, (*SETTINGS, "match", *SUBJECT), "the mapping")
    source = table.get("source")
    if not isinstance(source, str) or not source.strip():
        raise BadInput("The mapping does not name its source.", 'Begin it with source = "...".')
    parts = tuple(_part(s, _table(table[s.name], s.name)) for s in SUBJECTS if s.name in table)
    if not parts:
        raise BadInput("The mapping describes no file.", "Begin with [order_lines] or [customers].")
    texts = {name: _text(table[name], name) for name in SETTINGS[1:] if name in table}
    match = table.get("match", True)
    if not isinstance(match, bool):
        raise BadInput(f"match = {match!r} is not known.", "Write match = true or match = false.")
    return Mapping(source=source.strip(), parts=parts, match=match, folder=folder, **texts).check()


def _part(subject: Subject, table: dict[str, Any]) -> Part:
    allowed = (*WHERE, "null", "joins", "key", "trust", "checks", "settled", *SHAPE, *READING, *TEXTS, *PARTS)
    own = {name: CHOICES[name] for name in CHOICES if subject.is_lines or name not in OF_LINES}
    _known(table, (*allowed, *own), f"[{subject.name}]")
    names = [each.name for each in subject.fields]
    filled: dict[str, Any] = {}
    for kind in ("columns", "expressions", "constants"):
        entries = _table(table.get(kind, {}), f"{subject.name}.{kind}")
        _known(entries, names, f"[{subject.name}.{kind}]")
        filled[kind] = {
            name: _alternatives(value)[0]
            if kind == "columns" and isinstance(value, list)
            else _text(value, name)
            for name, value in entries.items()
        }
    filled["alternatives"] = {
        name: _alternatives(value)
        for name, value in table.get("columns", {}).items()
        if isinstance(value, list)
    }
    filled |= {name: _text(table[name], name) for name in WHERE if name in table}
    filled |= _reading(table) | {name: _choice(table[name], name) for name in own if name in table}
    part = Part(
        subject=subject.name,
        key=tuple(_text(each, "key") for each in _listed(table.get("key", []))),
        trust=_trust(table.get("trust")),
        options=_options(table),
        null=tuple(_text(each, "null") for each in _listed(table.get("null", []))),
        shape=read_shape(table, f"[{subject.name}]", names),
        settled=tuple(_text(each, "settled") for each in _listed(table.get("settled", []))),
        joins=tuple(_join(each, subject) for each in _listed(table.get("joins", []))),
        attributes=_attributes(_table(table.get("attributes", {}), f"{subject.name}.attributes"), subject),
        checks=read_checks(table.get("checks", []), f"[{subject.name}]"),
        **filled,
    )
    check_variable(part)
    return part


def _reading(table: dict[str, Any]) -> dict[str, str]:
    texts = {name: _text(table[name], name) for name in TEXTS if name in table}
    if texts.get("decimal", ".") not in (".", ","):
        raise BadInput(
            f"decimal = {texts['decimal']!r} is not known.", 'Write decimal = "." or decimal = ",".'
        )
    if "date_format" in texts:
        said_formats(texts["date_format"])
    return texts


def _trust(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise BadInput(
            f"trust = {value!r} is not a whole number.", "Write trust = 20; lists have 10, lines 0."
        )
    return value


def _options(table: dict[str, Any]) -> Options:
    skip = table.get("skip", 0)
    if not isinstance(skip, int) or skip < 0:
        raise BadInput(f"skip = {skip!r} is not a number of lines.", "Write skip = 2 to pass over two lines.")
    texts = {name: _text(table[name], name) for name in ("sheet", "delimiter", "encoding") if name in table}
    return Options(skip=skip, **texts)


def _join(entry: Any, subject: Subject) -> Join:
    table = _table(entry, f"{subject.name}.joins")
    _known(table, ("file", "on", "to", "pad"), f"a join of [{subject.name}]")
    if not {"file", "on"} <= set(table):
        raise BadInput(
            f"A join of [{subject.name}] is not whole.", 'Write { file = "orders.csv", on = "orderID" }.'
        )
    on = _text(table["on"], "on")
    pad = table.get("pad")
    if pad is not None:
        check_digits(pad, f"of a join of [{subject.name}]")
    return Join(_text(table["file"], "file"), on, _text(table.get("to", on), "to"), pad)


def _attributes(table: dict[str, Any], subject: Subject) -> tuple[AttributeColumn, ...]:
    return tuple(_attribute(name, entry, subject) for name, entry in table.items())


def _attribute(name: str, entry: Any, subject: Subject) -> AttributeColumn:
    settings = {"column": entry} if isinstance(entry, (str, list)) else _table(entry, f"attribute {name}")
    _known(settings, ("column", "expression", "of", "label"), f"the attribute {name}")
    column = settings.get("column")
    names = _alternatives(column) if isinstance(column, list) else ()
    texts = {
        key: _text(names[0] if names and key == "column" else value, key) for key, value in settings.items()
    }
    label = texts.pop("label", name.replace("_", " ").capitalize())
    return AttributeColumn(name, texts.pop("of", subject.attribute_of), label, **texts, alternatives=names)


def _alternatives(value: list[Any]) -> tuple[str, ...]:
    """The names of one column. Errors: BadInput."""
    names = tuple(dict.fromkeys(_text(each, "a column") for each in value))
    if not names:
        raise BadInput("A column of the mapping has no name.", 'Write revenue = ["Net", "Amount"].')
    return names


def _known(table: Dict[str, Any], names: Any, where: str) -> None:
    for name in table:
        if name not in names:
            raise BadInput(f"{where[0].upper() + where[1:]} cannot hold {name!r}.", did_you_mean(name, names))


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput(f"{where} of the mapping is not a table.", "See docs/mapping.md.")
    return value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise BadInput(f"{name} of the mapping is not a text.", f'Write {name} = "...".')
    return str(value)


def _choice(value: Any, name: str) -> str:
    if value not in CHOICES[name]:
        raise BadInput(f"{name} = {value!r} is not known.", did_you_mean(str(value), CHOICES[name]))
    return str(value)


def _plain(mapping: Mapping, names: bool = True) -> dict[str, Any]:
    """The mapping as TOML's own types, without what is at its default; `names` keeps the file names."""
    plain: dict[str, Any] = {name: getattr(mapping, name) for name in SETTINGS if getattr(mapping, name)}
    if not mapping.match:
        plain["match"] = False
    return plain | {part.subject: plain_part(part, names) for part in mapping.parts}


def plain_part(part: Part, names: bool = True) -> dict[str, Any]:
    """A part as TOML's own types; `names` keeps where it is read from and how it is checked."""
    values: dict[str, Any] = {name: getattr(part, name) for name in WHERE if names}
    values |= {"key": list(part.key), "trust": part.trust}
    values |= {name: getattr(part.options, name) for name in READING}
    values |= {name: getattr(part, name) for name in TEXTS}
    values["null"] = list(part.null)
    values |= part.shape.plain()
    values |= {name: getattr(part, name) for name in CHOICES if getattr(part, name) != CHOICES[name][0]}
    values["joins"] = [
        {"file": each.file, "on": each.on}
        | ({"to": each.to} if each.to != each.on else {})
        | ({"pad": each.pad} if each.pad else {})
        for each in part.joins
    ]
    if names:  # what is checked or settled does not change what is loaded
        values["checks"] = [each.plain() for each in part.checks]
        values["settled"] = list(part.settled)
    values |= {name: dict(getattr(part, name)) for name in ("columns", "expressions", "constants")}
    values["columns"] |= {
        name: list(names)
        for name, names in part.alternatives.items()
        if len(names) > 1 and names[0] == part.columns.get(name)
    }
    values["attributes"] = {each.name: _plain_attribute(each) for each in part.attributes}
    return {name: value for name, value in values.items() if value}


def changed_toml(before: Part, after: Part) -> str:
    """The lines of TOML by which `after` differs from `before`, each table with its header."""
    then, now = plain_part(before), plain_part(after)
    changed: dict[str, Any] = {}
    for key, value in now.items():
        was = then.get(key)
        if isinstance(value, dict) and isinstance(was, dict):
            value = {name: each for name, each in value.items() if was.get(name) != each}
        if value and value != was:
            changed[key] = value
    return _toml({after.subject: changed}).strip()


def _plain_attribute(attribute: AttributeColumn) -> dict[str, Any]:
    found = {name: getattr(attribute, name) for name in ("column", "expression", "of", "label")}
    if len(attribute.alternatives) > 1 and attribute.alternatives[0] == attribute.column:
        found["column"] = list(attribute.alternatives)
    return {name: value for name, value in found.items() if value is not None}


def _toml(plain: dict[str, Any]) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in plain.items() if not isinstance(value, dict)]
    for name, part in plain.items():
        if isinstance(part, dict):
            lines += ["", f"[{name}]"]
            lines += [
                f"{key} = {_value(value)}" for key, value in part.items() if not isinstance(value, dict)
            ]
            for key, table in part.items():
                if isinstance(table, dict):
                    lines += ["", f"[{name}.{key}]", *(f"{each} = {_value(table[each])}" for each in table)]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
