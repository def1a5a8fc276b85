"""Which words of a column a mapping decides already: word by word, so that a new one is still asked about."""

from __future__ import annotations

import ast

from data.load.evidence.ways_out import mentions
from data.load.mappings.expression import parse
from data.load.mappings.mapping import Part

BY_PIECES = frozenset(["starts_with", "ends_with", "contains", "matches", "substr", "part", "replace"])
BY_FIELD = ("is_return", "deleted", "currency")


def is_decided(part: Part, column: str, value: str) -> bool:
    """Whether the mapping says what becomes of rows in which a column has that value."""
    named = decided(part, column)
    return named is None or value.casefold() in named


def decided(part: Part, column: str) -> frozenset[str] | None:
    """The words of a column, in small letters, that `only`, expressions or `settled` name; None where all are decided.

    What an expression compares piece by piece (`contains`, `matches` ...) decides them all.
    """
    name = f"standing: {column}"
    if name in part.settled or column in {part.columns.get(field) for field in BY_FIELD}:
        return None
    found = {
        each.removeprefix(f"{name} = ").casefold() for each in part.settled if each.startswith(f"{name} = ")
    }
    for text in (part.shape.only or "", *part.expressions.values()):
        nodes = list(ast.walk(parse(text))) if text else []
        if not any(_is(node, column) for node in nodes):
            continue
        if any(_takes_pieces(node, column) for node in nodes):
            return None
        found |= {str(node.value).casefold() for node in nodes if isinstance(node, ast.Constant)}
    return frozenset(found)


def is_mentioned(part: Part, column: str) -> bool:
    """Whether the mapping decides by that column at all."""
    return column in mentions(part) or f"standing: {column}" in part.settled


def settled_words(column: str, values: list[str]) -> list[str]:
    """What `settled` says of these words of a column.

    >>> settled_words("Status", ["pending"])
    ['standing: Status = pending']
    """
    return [f"standing: {column} = {value}" for value in values]


def _is(node: ast.AST, column: str) -> bool:
    return (isinstance(node, ast.Name) and node.id == column) or (
        isinstance(node, ast.Constant) and node.value == column
    )


def _takes_pieces(node: ast.AST, column: str) -> bool:
    by_pieces = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BY_PIECES
    return by_pieces and any(_is(each, column) for each in ast.walk(node))
