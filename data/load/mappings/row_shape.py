"""Which rows and cells of a file are meant, where it is not simply a row a record. TOML in, TOML out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from data.errors import BadInput, did_you_mean

SHAPE = ("only", "unpivot", "fill", "unknown", "pad")


@dataclass(frozen=True, slots=True)
class Unpivot:
    """Columns that are one column: each of their filled cells becomes a row, its column's name in the column
    `name`, its value in the column `value`. A name of `columns` may hold `*`."""

    columns: tuple[str, ...]
    name: str
    value: str

    def plain(self) -> dict[str, Any]:
        return {"columns": list(self.columns), "name": self.name, "value": self.value}


@dataclass(frozen=True, slots=True)
class RowShape:
    """`only` is an expression: rows of which it is not true are left out, and counted. `fill` is "down" where a
    record's first line alone names what holds for all of its lines. `unknown` lists for a field the words that name
    nobody and nothing, `pad` the digits to which its numbers are filled with leading zeros."""

    only: str | None = None
    unpivot: Unpivot | None = None
    fill: str | None = None
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pad: Mapping[str, int] = field(default_factory=dict)

    def padded(self, name: str, number: str) -> str:
        """The number of a member as the field `name` holds it.

        >>> Shape(pad={"customer": 4}).padded("customer", "17")
        '0017'
        """
        return number.zfill(self.pad.get(name, 0)) if number.isdecimal() else number

    def plain(self) -> dict[str, Any]:
        """As TOML's own types, without what is not said."""
        found = {
            "only": self.only,
            "unpivot": self.unpivot.plain() if self.unpivot else None,
            "fill": self.fill,
            "unknown": {name: list(words) for name, words in self.unknown.items()},
            "pad": dict(self.pad),
        }
        return {name: value for name, value in found.items() if value}


AS_IT_STANDS = RowShape()


def read_shape(table: Mapping[str, Any], where: str, fields: Sequence[str]) -> RowShape:
    """What the part `where` says of its rows and cells; `fields` are those that it may fill. Errors: BadInput."""
    fill = table.get("fill")
    if fill not in (None, "down"):
        raise BadInput(f"fill = {fill!r} of {where} is not known.", 'Write fill = "down".')
    only = table.get("only")
    if only is not None and not isinstance(only, str):
        raise BadInput(
            f"only of {where} is not an expression.", "Write only = \"column('Status') == 'Paid'\"."
        )
    unknown = _by_field(table.get("unknown", {}), "unknown", where, fields)
    pad = _by_field(table.get("pad", {}), "pad", where, fields)
    for name, digits in pad.items():
        check_digits(digits, f"of {name} of {where}")
    words = {name: tuple(str(each) for each in (said if isinstance(said, list) else [said]))
             for name, said in unknown.items()}  # fmt: skip
    return RowShape(only, _unpivot(table.get("unpivot"), where), fill, words, pad)


def check_digits(digits: Any, whose: str) -> None:
    """Errors: BadInput for what is no number of digits; `whose` says where it stands."""
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 40:
        raise BadInput(f"pad {whose} is no number of digits.", "Write pad = 6, say.")


def _by_field(entry: Any, name: str, where: str, fields: Sequence[str]) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise BadInput(
            f"{name} of {where} is not a table of fields.", f"Write it as [.{name}] customer = ... ."
        )
    for each in entry:
        if each not in fields:
            raise BadInput(
                f"{name} of {where} names {each!r}, which is no field.", did_you_mean(each, fields)
            )
    return dict(entry)


def _unpivot(entry: Any, where: str) -> Unpivot | None:
    if entry is None:
        return None
    known = ("columns", "name", "value")
    texts = isinstance(entry, dict) and set(entry) == set(known) and isinstance(entry["columns"], list)
    if not texts or not entry["columns"] or not all(isinstance(each, str) for each in (
        *entry["columns"], entry["name"], entry["value"])):  # fmt: skip
        raise BadInput(
            f"unpivot of {where} is not whole.",
            'Write unpivot = { columns = ["2024-01", "2024-02"], name = "Month", value = "Amount" }.',
        )
    if entry["name"] == entry["value"]:
        raise BadInput(f"unpivot of {where} puts two things into {entry['name']!r}.", "Name two columns.")
    return Unpivot(tuple(entry["columns"]), entry["name"], entry["value"])
