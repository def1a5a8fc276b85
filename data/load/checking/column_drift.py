"""How the columns of a delivery differ from the last one's, what that means, and whether it may be loaded.

A header is what a delivery's columns are called and look like: (name, kind) or (name, kind, shape) for each, with
kind "text", "number" or "date", and shape the commonest pattern of the values (`a9~8` is a letter and digits, eight
characters long), which tells a renamed column from a new one and nothing about anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from data.connection import Connection
from data.errors import BadInput
from data.load.mappings.expression import may_name
from data.load.mappings.mapping import Part
from data.sources.file import Staged

Header = tuple[tuple[str, ...], ...]
Change = Literal["missing", "renamed", "retyped", "new", "reordered"]
ALIKE = 0.6
SAMPLE = 700
MOSTLY = 0.9
GROUPED = r"(\d{1,3}([ .,'’\x{00A0}\x{202F}]\d{3})+|\d+)([.,]\d*)?|[.,]\d+"
NUMBER = rf"[-+−(]?\s*[€$£¥]?\s*[-+]?({GROUPED})([eE][-+]?\d+)?\s*(%|€|EUR|USD|GBP|CHF)?\)?-?"
DATE = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T]\d.*)?"
    r"|\d{1,2}[-/. ](\d{1,2}|[A-Za-zÀ-ž]{3,10}\.?)[-/. ]+(\d{4}|\d{2})( \d.*)?|[A-Za-z]{3,9}\.? \d{1,2}, \d{4}"
)


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: of the column `column`, called `now` today if it goes by another name.

    `stops` says that a field of the mapping cannot be filled any more.
    """

    change: Change
    column: str
    words: str
    remedy: str = ""
    now: str | None = None
    stops: bool = False

    def __str__(self) -> str:
        return f"{self.words} {self.remedy}".strip()


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a mapping names a column: for what, and in which of its tables."""

    field: str
    table: Literal["columns", "expressions", "attributes", "joins"]

    def renamed(self, now: str, was: str, part: Part) -> str:
        """How to name the column `now` there instead of `was`, or beside it where files of both names lie together."""
        name = _quoted(now)
        if self.table == "joins":
            return f"Say on = {name} in the joins of [{part.subject}]."
        if self.table == "expressions":
            return f"Write column({name}) in the expression of {self.field} of [{part.subject}]."
        more, others = "", part.alternatives.get(self.field, (was,)) if self.table == "columns" else (was,)
        if "*" in (part.file or "") or len(others) > 1:
            name = f"[{', '.join([name, *map(_quoted, others)])}]"
            more = " The first that a file has is read."
        return f"Say {self.field} = {name} under [{part.subject}.{self.table}].{more}"


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def header(connection: Connection, staged: Staged) -> Header:
    """What the columns of a staged delivery are called and look like, judged by rows from all over it."""
    if not staged.rows:
        return tuple(zip(staged.columns, staged.kinds, [""] * len(staged.columns), strict=True))
    looks = _looks(connection, staged)
    found = zip(staged.columns, staged.kinds, looks, strict=True)
    return tuple((name, _kind(kind, *look[:3]), look[3] or "") for name, kind, look in found)


def compare(before: Header, now: Header, part: Part, earlier: Header = ()) -> tuple[Drift, ...]:
    """The differences that matter to `part`, the worst first; none if there was no delivery before.

    A kind that a column had in `earlier`, the delivery before `before`, is no news.
    """
    if not before:
        return ()
    gone = [column for column in before if column[0] not in _names(now)]
    come = [column for column in now if column[0] not in _names(before)]
    pairs = _pairs(gone, come, before, now)
    uses = _uses(part)
    drifts = [_gone(column[0], pairs.get(column[0]), uses.get(column[0], ()), part) for column in gone]
    stayed = [(column, then) for column in now for then in before if then[0] == column[0]]
    held = {column[:2] for column in earlier if not is_silent(column)}
    odd = [(then, column) for column, then in stayed if column[:2] not in held and _is_retyped(then, column)]
    drifts += [_retyped(then, column, uses.get(column[0], ()), part)
               for then, column in odd if _wanted(column[0], part) != {column[1]}]  # fmt: skip
    renamed = set(pairs.values())
    drifts += [_new(column[0]) for column in come if column[0] not in renamed and column[0] not in uses]
    order = [column[0] for column, _ in stayed]
    if order != sorted(order, key=_names(before).index):
        drifts.append(
            Drift("reordered", order[0], "The columns stand in another order.", "They are found by name.")
        )
    return tuple(sorted(drifts, key=lambda drift: not drift.stops))


def called_as(before: Header, now: Header, part: Part) -> Header:
    """`before` by the names of `now`, where `part` says which names of a column are one."""
    names = set(_names(now))
    chosen = part.of_file(names)
    one = {
        other: chosen.columns[field]
        for field, others in part.alternatives.items()
        for other in others
        if other not in names and chosen.columns[field] in names
    }
    one |= {
        other: str(now_one.column)
        for each, now_one in zip(part.attributes, chosen.attributes, strict=True)
        for other in each.alternatives
        if other not in names and now_one.column in names
    }
    return tuple((one.get(column[0], column[0]), *column[1:]) for column in before)


def decide(drifts: Sequence[Drift], policy: str) -> tuple[str, ...]:
    """What to tell of the differences under the policy "warn", "stop" or "accept".

    Errors: BadInput for a field that cannot be filled any more, and for any difference that matters under "stop".
    """
    fatal = [drift for drift in drifts if drift.stops]
    if fatal:
        raise BadInput(" ".join(drift.words for drift in fatal), " ".join(drift.remedy for drift in fatal))
    telling = [drift for drift in drifts if drift.change != "reordered"]
    if telling and policy == "stop":
        words = " ".join(drift.words for drift in telling)
        raise BadInput(
            f'{words} The mapping says drift = "stop".',
            'If that is as it should be, say drift = "accept" for one load, or adapt the mapping.',
        )
    return () if policy == "accept" else tuple(str(drift) for drift in drifts)


def _names(header: Iterable[tuple[str, ...]]) -> list[str]:
    return [column[0] for column in header]


def _shape(column: tuple[str, ...]) -> str:
    return column[2] if len(column) > 2 else ""


def _pairs(
    gone: Sequence[tuple[str, ...]], come: Sequence[tuple[str, ...]], before: Header, now: Header
) -> dict[str, str]:
    """Which new column each missing one may be today: the most alike first, each at most once."""
    rated = sorted(
        ((_likeness(old, new, before, now), old[0], new[0]) for old in gone for new in come),
        key=lambda each: -each[0],
    )
    found: dict[str, str] = {}
    for likeness, old, new in rated:
        if likeness >= ALIKE and old not in found and new not in found.values():
            found[old] = new
    return found


def _likeness(old: tuple[str, ...], new: tuple[str, ...], before: Header, now: Header) -> float:
    """From 0 to 1: by name, or by values of one look in the same place."""
    one, other = _plain(old[0]), _plain(new[0])
    by_name = SequenceMatcher(None, one, other).ratio()
    if one == other or (min(len(one), len(other)) > 3 and (one in other or other in one)):
        by_name = 1.0 - (one != other) / 10
    elif _is_short_for(one, other) or _is_short_for(other, one):
        by_name = max(by_name, 0.7)
    same_kind = old[1] == new[1] or is_silent(old) or is_silent(new)
    same_look = same_kind and _shape(old) == _shape(new) != ""
    same_place = before.index(old) == now.index(new) and len(before) == len(now)
    by_values = 0.35 * same_look + 0.3 * (same_place and same_kind)
    if same_place and same_kind and _only_one(before, now):
        by_values = max(by_values, ALIKE)
    if not same_kind:
        by_name *= 0.7
    return max(by_name, min(1.0, by_values + 0.4 * by_name))


def _only_one(before: Header, now: Header) -> bool:
    """Whether one column alone goes by another name."""
    return len({*_names(before)} - {*_names(now)}) == 1


def _is_short_for(one: str, other: str) -> bool:
    """Whether all letters of `one` stand in `other`, in their order from the first on: qty is quantity."""
    rest = iter(other)
    return len(one) > 2 and one[0] == other[:1] and all(letter in rest for letter in one)


def _plain(name: str) -> str:
    return "".join(each for each in name.casefold() if each.isalnum())


def _uses(part: Part) -> dict[str, tuple[Use, ...]]:
    """Where the mapping names each column."""
    every = [(column, Use(field, "columns")) for field, column in part.columns.items()]
    for field, text in part.expressions.items():
        every += [(name, Use(field, "expressions")) for name in may_name(text)]
    for each in part.attributes:
        every += [(each.column, Use(each.name, "attributes"))] if each.column else []
        if each.expression:
            every += [(name, Use(each.name, "expressions")) for name in may_name(each.expression)]
    every += [(join.on, Use("the look-up", "joins")) for join in part.joins]
    return {column: tuple(use for name, use in every if name == column) for column, _ in every}


def _gone(column: str, now: str | None, uses: Sequence[Use], part: Part) -> Drift:
    fields = " and ".join(dict.fromkeys(use.field for use in uses))
    filled = f", which fills {fields}" if uses else ""
    words = f"The column {column!r} is gone{filled}{f'; {now!r} looks like it' if now else ''}."
    if not uses:
        remedy = f"The mapping makes nothing of {column!r}."
    elif now is None:
        remedy = f"Export it again with {column!r}, or take {fields} out of the mapping."
        if uses[0].table == "columns":
            remedy += f" If it goes by another name from now on: {uses[0].renamed('...', column, part)}"
    else:
        remedy = " ".join(use.renamed(now, column, part) for use in uses)
    return Drift("renamed" if now else "missing", column, words, remedy, now, stops=bool(uses))


def is_silent(column: tuple[str, ...]) -> bool:
    """Whether a column held nothing, which says nothing of its kind."""
    return len(column) > 2 and not column[2]


def _is_retyped(then: tuple[str, ...], now: tuple[str, ...]) -> bool:
    return then[1] != now[1] and not is_silent(then) and not is_silent(now)


def _wanted(column: str, part: Part) -> set[str]:
    """The kinds of the fields that a column fills."""
    return {str(part.kind.field(field).kind) for field, name in part.columns.items() if name == column}


def _retyped(then: tuple[str, ...], now: tuple[str, ...], uses: Sequence[Use], part: Part) -> Drift:
    words = f"The column {now[0]!r} held {_plural(then[1])} and now holds {_plural(now[1])}."
    if not uses:
        return Drift("retyped", now[0], words, "The mapping makes nothing of it.")
    if _wanted(now[0], part) == {"text"} or all(use.table in ("attributes", "joins") for use in uses):
        return Drift("retyped", now[0], words, "It is read as text either way.")
    return Drift("retyped", now[0], words, "Rows that cannot be read so are rejected: look at them.")


def _plural(kind: str) -> str:
    return {"number": "numbers", "date": "dates"}.get(kind, "text")


def _new(column: str) -> Drift:
    return Drift(
        "new", column, f"The column {column!r} is new.", "Map it, or leave it: nothing is made of it."
    )


def _looks(connection: Connection, staged: Staged) -> list[tuple[int, int, int, str | None]]:
    """For each column how many sampled values there are, how many are numbers and dates, and the commonest shape."""
    width = len(staged.columns)
    cells = ", ".join(f"trim(c{at}::VARCHAR)" for at in range(width))
    shape = (
        r"regexp_replace(regexp_replace(left(v, 40), '\pL+', 'a', 'g'), '\d+', '9', 'g')"
        " || '~' || least(len(v), 40)"
    )
    rows = connection.execute(
        f"""WITH cell AS MATERIALIZED (SELECT position, v, {shape} AS shape
            FROM (SELECT unnest(range({width})) AS position, unnest([{cells}]) AS v
                FROM {staged.table} WHERE {_windows(connection, staged)}) WHERE v <> ''),
        kinds AS (SELECT position, count(*) AS filled,
            count(*) FILTER (regexp_full_match(v, $number) AND NOT regexp_full_match(v, $date)) AS numbers,
            count(*) FILTER (regexp_full_match(v, $date)) AS dates FROM cell GROUP BY position),
        shapes AS (SELECT position, min_by(shape, (-n, shape)) AS shape
            FROM (SELECT position, shape, count(*) AS n FROM cell GROUP BY position, shape) GROUP BY position)
        SELECT position, filled, numbers, dates, shape FROM kinds JOIN shapes USING (position)""",
        {"number": NUMBER, "date": DATE},
    ).fetchall()
    found = {position: (*counts, shape) for position, *counts, shape in rows}
    return [found.get(at, (0, 0, 0, None)) for at in range(width)]


def _windows(connection: Connection, staged: Staged) -> str:
    """Rows at the beginning, in the middle and at the end: cheap to reach, and not all of one day."""
    sql = f"SELECT coalesce(min(rowid), 0), coalesce(max(rowid), 0) FROM {staged.table}"
    first, last = connection.execute(sql).fetchall()[0]
    starts = (first, first + (last - first) // 2, last - SAMPLE + 1)
    return " OR ".join(f"rowid BETWEEN {start} AND {start + SAMPLE - 1}" for start in starts)


def _kind(stored: str, values: int, numbers: int, dates: int) -> str:
    if stored != "text" or not values:
        return stored
    enough = min(MOSTLY * values, max(values - 1, 3))  # one bad cell of a few is no other kind
    if numbers >= enough:
        return "number"
    return "date" if dates >= enough else "text"
