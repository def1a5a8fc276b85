"""One declared check: what the rows of a part must be like before they are believed. TOML in, TOML out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data.errors import BadInput, did_you_mean
from data.model.canonical_tables import MASTERS
from data.store import duckdb_engine as engine

SEVERITIES = ("warn", "stop")
EXAMPLE = 'Write { field = "revenue", min = 0 } or { unique = ["order", "line"] }; see docs/mapping.md.'
LISTED = tuple(table.name for table in MASTERS)
Edge = int | float | str


@dataclass(frozen=True, slots=True)
class DeclaredCheck:
    """`limit` is a share (known, matches, filled, volume, rejected) or days (fresh); `low` and `high` a range.

    `history` marks a check that is made without being declared: it is only told of where there is something to
    compare with, and rows that repeat another exactly are no fault to it.
    """

    kind: str
    fields: tuple[str, ...] = ()
    severity: str = "warn"
    limit: float = 1.0
    low: Edge | None = None
    high: Edge | None = None
    pattern: str = ""
    history: bool = False

    @property
    def field(self) -> str:
        return self.fields[0]

    @property
    def name(self) -> str:
        """What is claimed, in words; the same from load to load.

        >>> Check("unique", ("order", "line")).name
        'order and line are unique'
        """
        return KINDS[self.kind].called.format(
            what=" and ".join(self.fields), are="are" if len(self.fields) > 1 else "is"
        )

    def plain(self) -> dict[str, Any]:
        """The check as TOML's own types."""
        plain = KINDS[self.kind].plain(self) | (
            {} if self.severity == SEVERITIES[0] else {"severity": self.severity}
        )
        return {key: value for key, value in plain.items() if value is not None}


def read_checks(entries: Any, where: str) -> tuple[DeclaredCheck, ...]:
    """The checks of a part as its TOML has them. Errors: BadInput."""
    if not isinstance(entries, list):
        raise BadInput(f"The checks of {where} are not a list.", f"Write checks = [ ... ]. {EXAMPLE}")
    return tuple(_check(entry, where) for entry in entries)


def check_fields(checks: Sequence[DeclaredCheck], known: Mapping[str, str], where: str) -> None:
    """That checks name fields that are filled; `known` has the kind of each. Errors: BadInput."""
    for check in checks:
        for name in check.fields:
            if name not in known:
                raise BadInput(
                    f"A check of {where} names {name!r}, which is not mapped.", did_you_mean(name, known)
                )
        if check.kind == "known" and check.field not in LISTED:
            raise BadInput(f"No list tells of {check.field!r}.", did_you_mean(check.field, LISTED))
        if check.kind == "fresh" and not {"date", "modified"} & set(known):
            raise BadInput(
                f"{where} has no date to tell how fresh it is.",
                "Map date or modified, or leave out fresh_days.",
            )
        if check.kind == "range":
            _check_edges(check, known[check.field], where)


def _check_edges(check: DeclaredCheck, kind: str, where: str) -> None:
    for edge in (check.low, check.high):
        fits = isinstance(edge, str) and kind in ("date", "moment") and _is_day(edge)
        if edge is None or fits or (kind == "number" and not isinstance(edge, str)):
            continue
        wanted = {"number": "numbers", "date": "days", "moment": "days"}.get(kind)
        if wanted is None:
            raise BadInput(
                f"{check.field} of {where} is a {kind}: it has no range.", 'Check it with matches = "...".'
            )
        raise BadInput(
            f"{edge!r} is no limit for {check.field} of {where}.", f"Give {wanted}, days as 2024-01-31."
        )


def _check(entry: Any, where: str) -> DeclaredCheck:
    if not isinstance(entry, dict):
        raise BadInput(f"A check of {where} is not a table.", EXAMPLE)
    word = next((each for each in WORDS if each in entry), None)
    if word is None:
        known = (*WORDS, "field", "severity")
        odd = next((each for each in entry if each not in known), "")
        hint = did_you_mean(odd, known) if odd else EXAMPLE
        raise BadInput(f"A check of {where} does not say what to check.", hint)
    shape = WORDS[word]
    beside = shape.words[word]
    for name in entry:
        if name not in (word, *beside, "severity"):
            raise BadInput(f"A check of {where} cannot hold {name!r} beside {word}.", EXAMPLE)
    if "field" in beside and "field" not in entry:
        raise BadInput(f"A check of {where} with {word} does not say of which field.", EXAMPLE)
    severity = entry.get("severity", SEVERITIES[0])
    if severity not in SEVERITIES:
        raise BadInput(f"severity = {severity!r} is not known.", did_you_mean(str(severity), SEVERITIES))
    return shape.read(entry, word, severity)


def _unique(entry: dict[str, Any], word: str, severity: str) -> DeclaredCheck:
    names = entry[word] if isinstance(entry[word], list) else [entry[word]]
    if not names or not all(isinstance(each, str) for each in names):
        raise BadInput("unique does not name fields.", 'Write unique = ["order", "line"].')
    return DeclaredCheck("unique", tuple(names), severity)


def _range(entry: dict[str, Any], word: str, severity: str) -> DeclaredCheck:
    return DeclaredCheck(
        "range", (_name(entry["field"]),), severity, low=_edge(entry.get("min")), high=_edge(entry.get("max"))
    )


def _known(entry: dict[str, Any], word: str, severity: str) -> DeclaredCheck:
    if word == "refers":
        return DeclaredCheck("known", (_name(entry[word]),), severity)
    return DeclaredCheck("known", (_name(entry["field"]),), severity, _share(entry[word], word))


def _matches(entry: dict[str, Any], word: str, severity: str) -> DeclaredCheck:
    pattern = entry[word]
    problem = "it is not a text" if not isinstance(pattern, str) else wrong(pattern)
    if problem:
        raise BadInput(
            f"matches = {pattern!r} is no pattern: {problem}.",
            "Write a regular expression, such as '[0-9]{5}'.",
        )
    return DeclaredCheck(
        "matches",
        (_name(entry["field"]),),
        severity,
        _share(entry.get("at_least", 1.0), "at_least"),
        pattern=pattern,
    )


def _filled(entry: dict[str, Any], word: str, severity: str) -> DeclaredCheck:
    return DeclaredCheck(
        "filled", (_name(entry[word]),), severity, _share(entry.get("at_least", 1.0), "at_least")
    )


def _fresh(entry: dict[str, Any], word: str, severity: str) -> DeclaredCheck:
    return DeclaredCheck("fresh", (), severity, _number(entry[word], word))


def _volume(entry: dict[str, Any], word: str, severity: str) -> DeclaredCheck:
    return DeclaredCheck("volume", (), severity, _number(entry[word], word))


def _rejected(entry: dict[str, Any], word: str, severity: str) -> DeclaredCheck:
    return DeclaredCheck("rejected", (), severity, _share(entry[word], word))


def _undeclared(entry: dict[str, Any], word: str, severity: str) -> DeclaredCheck:
    raise LookupError(word)


@dataclass(frozen=True, slots=True)
class CheckShape:
    """One kind of check: what is claimed, the words that declare it with what may stand beside each, how it is read
    from TOML, and how it is written again. `{what}` are its fields. What it finds is in `check_results`."""

    kind: str
    called: str
    words: Mapping[str, tuple[str, ...]]
    read: Callable[[dict[str, Any], str, str], DeclaredCheck]
    plain: Callable[[DeclaredCheck], dict[str, Any]]


SHAPES = (
    CheckShape(
        "unique", "{what} {are} unique", {"unique": ()}, _unique, lambda each: {"unique": list(each.fields)}
    ),
    CheckShape(
        "range",
        "{what} is in its range",
        {"min": ("field", "max"), "max": ("field", "min")},
        _range,
        lambda each: {"field": each.field, "min": each.low, "max": each.high},
    ),
    CheckShape(
        "known",
        "{what} is in a list",
        {"known": ("field",), "refers": ()},
        _known,
        lambda each: {"field": each.field, "known": each.limit},
    ),
    CheckShape(
        "matches",
        "{what} is written right",
        {"matches": ("field", "at_least")},
        _matches,
        lambda each: {"field": each.field, "matches": each.pattern, "at_least": each.limit},
    ),
    CheckShape(
        "filled",
        "{what} is filled",
        {"filled": ("at_least",)},
        _filled,
        lambda each: {"filled": each.field, "at_least": each.limit},
    ),
    CheckShape(
        "fresh",
        "the newest row is recent",
        {"fresh_days": ()},
        _fresh,
        lambda each: {"fresh_days": each.limit},
    ),
    CheckShape(
        "volume",
        "as many rows as usual",
        {"rows_within": ()},
        _volume,
        lambda each: {"rows_within": each.limit},
    ),
    CheckShape(
        "rejected",
        "few rows are rejected",
        {"rejected_at_most": ()},
        _rejected,
        lambda each: {"rejected_at_most": each.limit},
    ),
    CheckShape("future", "{what} is not in the future", {}, _undeclared, lambda each: {}),
)
KINDS = {shape.kind: shape for shape in SHAPES}
WORDS = {word: shape for shape in SHAPES for word in shape.words}


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{value!r} is not the name of a field.", EXAMPLE)
    return value


def _number(value: Any, word: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise BadInput(f"{word} = {value!r} is not a number of 0 or more.", f"Write {word} = 0.5, say.")
    return value


def _share(value: Any, word: str) -> float:
    if _number(value, word) > 1:
        raise BadInput(
            f"{word} = {value!r} is not a share.", f"Write {word} = 0.95 for 95 of a hundred rows."
        )
    return float(value)


def _edge(value: Any) -> Edge | None:
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, bool) or not isinstance(value, int | float | str | None):
        raise BadInput(f"{value!r} is no limit.", EXAMPLE)
    return value


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def wrong(pattern: str) -> str:
    """Why the engine cannot match by `pattern`; empty if it can."""
    with engine.scratch() as connection:
        try:
            connection.execute("SELECT regexp_full_match('', ?)", [pattern]).fetchall()
        except engine.EngineError as error:
            return str(error).splitlines()[0].partition("Error: ")[2] or "it cannot be read"
    return ""
