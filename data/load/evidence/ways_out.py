"""Ways out of what was noticed: a part of the mapping with one thing changed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from data.load.evidence.notice import WayOut
from data.load.mappings.expression import parse
from data.load.mappings.mapping import Part

AS_IT_IS = "It is as it should be"


def named(column: str) -> str:
    """A column in an expression.

    >>> named("Tipo doc."), named("Status")
    ("column('Tipo doc.')", "column('Status')")
    """
    return f"column({column!r})"


def is_one_of(column: str, values: Sequence[str]) -> str:
    """The expression that is true where a column holds one of these values."""
    if len(values) == 1:
        return f"{named(column)} == {values[0]!r}"
    return f"{named(column)} in ({', '.join(map(repr, values))})"


def is_none_of(column: str, values: Sequence[str]) -> str:
    """The same the other way round; true where the column is empty."""
    if len(values) == 1:
        return f"coalesce({named(column)}, '') != {values[0]!r}"
    return f"coalesce({named(column)}, '') not in ({', '.join(map(repr, values))})"


def settle(part: Part, name: str, label: str = AS_IT_IS) -> WayOut:
    """Say that what is called `name` is as it should be."""
    return WayOut(label, replace(part, settled=(*part.settled, name)))


def only(part: Part, test: str, label: str) -> WayOut:
    """Load only rows of which `test` is true."""
    before = part.shape.only
    both = f"({before}) and ({test})" if before else test
    return WayOut(label, replace(part, shape=replace(part.shape, only=both)))


def fill(part: Part, label: str, columns: Mapping[str, str | None], expressions: Mapping[str, str]) -> WayOut:
    """Fill fields otherwise: by columns (None empties the field) and by expressions."""
    return WayOut(label, filled(part, columns, expressions))


def filled(part: Part, columns: Mapping[str, str | None], expressions: Mapping[str, str]) -> Part:
    """The part with these fields filled so."""
    changed = {*columns, *expressions}
    kept = [{name: text for name, text in table.items() if name not in changed}
            for table in (part.columns, part.expressions, part.constants)]  # fmt: skip
    named_so = {name: column for name, column in columns.items() if column is not None}
    return replace(
        part, columns=kept[0] | named_so, expressions=kept[1] | dict(expressions), constants=kept[2]
    )


def unknown(part: Part, words: Mapping[str, Iterable[str]], label: str) -> WayOut:
    """Take these values of each field for nobody and nothing."""
    now = dict(part.shape.unknown)
    for name, values in words.items():
        now[name] = tuple(dict.fromkeys((*now.get(name, ()), *values)))
    return WayOut(label, replace(part, shape=replace(part.shape, unknown=now)))


def mentions(part: Part) -> frozenset[str]:
    """Every column that decides which rows count and how: named in `only`, in expressions, or as is_return."""
    texts = [part.shape.only or "", *part.expressions.values()]
    found = {part.columns[name] for name in ("is_return", "deleted", "currency") if name in part.columns}
    for text in texts:
        found |= _named(text) if text else set()
    return frozenset(found)


def _named(expression: str) -> set[str]:
    nodes = list(ast.walk(parse(expression)))
    said = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {node.id for node in nodes if isinstance(node, ast.Name)} | said


def listed(values: Iterable[str], most: int = 3) -> str:
    """The first of them, in words.

    >>> listed(["a", "b", "c", "d", "e"]), listed(["a", "b"])
    ('a, b, c and 2 more', 'a and b')
    """
    every = list(values)
    if len(every) > most + 1:
        return f"{', '.join(every[:most])} and {len(every) - most} more"
    return " and ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


def counted(counts: Mapping[str, int], most: int = 3) -> str:
    """Values and how often each was there, in words."""
    return listed([f"{_short(value)!r} in {many(count, 'row')}" for value, count in counts.items()], most)


def many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _short(value: str) -> str:
    return value if len(value) <= 40 else f"{value[:39]}…"
