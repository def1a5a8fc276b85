"""Members of one warehouse for whoever writes SQL by hand: ids, their codes, and which of them lie where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from bench import periods
from cubes.query import Cut
from data.model.canonical_tables import MAIN_FACT, UNKNOWN, DimensionTable
from data.store.member_codes import ENCODED
from data.store.warehouse import Warehouse

HOME: dict[str, DimensionTable] = {
    level: table
    for table in MAIN_FACT.dimensions
    for level in (*table.descriptors, *([table.leaf] if table.leaf else []))
}
BROUGHT = {"brand": "product", "payment": "line"}
HOME |= {
    level: table for level, name in BROUGHT.items() for table in MAIN_FACT.dimensions if table.name == name
}
OTHERS = "Others"


class Members:
    """The members of each level, read when first asked for; nothing of this is timed."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._codes: dict[str, dict[str, int]] = {}
        self._ids: dict[str, dict[str, str]] = {}

    def codes(self, level: str) -> Mapping[str, int]:
        """The code of each member by its id, in the order of codes; not for leaves, of which there may be millions."""
        if level not in self._codes:
            select = "SELECT id, code FROM member WHERE level = ? ORDER BY code"
            self._codes[level] = dict(self._warehouse.rows(select, [level]))
        return self._codes[level]

    def code(self, level: str, id_: str) -> int:
        """The code of one member. Raises KeyError where there is none."""
        if not is_leaf(level):
            return self.codes(level)[id_]
        found = self._warehouse.rows("SELECT code FROM member WHERE level = ? AND id = ?", [level, id_])
        if not found:
            raise KeyError(id_)
        return int(found[0][0])

    def id(self, level: str, text: str) -> str:
        """The id of a member that a rival calls by its id, its plain path or, where only one bears it, its name."""
        if is_leaf(level):
            return encoded(text)
        if level not in self._ids:
            self._ids[level] = self._by_name(level)
        return self._ids[level].get(text, text)

    def _by_name(self, level: str) -> dict[str, str]:
        ids = list(self.codes(level))
        own = [unquote(each.rpartition("/")[2]) for each in ids]
        times = Counter(own)
        named = {name: each for name, each in zip(own, ids, strict=True) if times[name] == 1}
        return {**named, **{unquote(each): each for each in ids}, **{each: each for each in ids}}

    def within(self, level: str, cuts: Sequence[Cut]) -> list[str]:
        """The known members of `level` that these cuts leave, in the order of codes."""
        if periods.is_time(level):
            return [each for each in self.codes(level) if _meets(level, each, cuts)]
        select = (
            "SELECT id FROM member WHERE level = ? AND label <> ?"
            f" AND code IN ({self._inside(level, cuts)}) ORDER BY code"
        )
        return [each for (each,) in self._warehouse.rows(select, [level, UNKNOWN])]

    def count(self, level: str, cuts: Sequence[Cut]) -> int:
        """How many members of `level` these cuts leave, the unknown one included."""
        if periods.is_time(level):
            return len(self.within(level, cuts))
        return int(self._warehouse.rows(f"SELECT count(*) FROM ({self._inside(level, cuts)})")[0][0])

    def _inside(self, level: str, cuts: Sequence[Cut]) -> str:
        home = HOME[level]
        own = [cut for cut in cuts if cut.level in HOME and HOME[cut.level] is home]
        conditions = " AND ".join(self._condition(cut) for cut in own) or "true"
        return f"SELECT DISTINCT {code(level)} FROM {home.name} WHERE {conditions}"

    def _condition(self, cut: Cut) -> str:
        codes = ", ".join(str(self.code(cut.level, each)) for each in cut.members)
        return f"{code(cut.level)} {'NOT IN' if cut.exclude else 'IN'} ({codes})"


def is_leaf(level: str) -> bool:
    """Whether it is the level of single customers, products or channels."""
    return level in HOME and HOME[level].leaf == level


def encoded(text: str) -> str:
    """A leaf's id as ids of members hold it."""
    for plain, code_ in ENCODED:
        text = text.replace(plain, code_)
    return text


def code(level: str) -> str:
    """The column that holds the codes of a level, in its dimension and in the wide fact."""
    return f"{level}_code"


def _meets(level: str, period: str, cuts: Sequence[Cut]) -> bool:
    runs = days(cuts)
    return runs is None or bool(periods.both(runs, (periods.run(level, period),)))


def days(cuts: Sequence[Cut]) -> periods.Runs | None:
    """The runs of days that the cuts on time leave; None where there is none."""
    runs: periods.Runs | None = None
    for cut in cuts:
        if periods.is_time(cut.level):
            runs = periods.both(runs, _runs(cut))
    return runs


def _runs(cut: Cut) -> periods.Runs:
    if cut.exclude:
        raise ValueError(f"{cut}: rivals are asked for periods, not for all but some")
    if cut.members:
        return tuple(periods.run(cut.level, each) for each in cut.members)
    return ((periods.run(cut.level, cut.since)[0], periods.run(cut.level, cut.until)[1]),)
