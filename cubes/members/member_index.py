"""Members of all levels by their names, however cased and accented: the names of a snapshot in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import polars as pl

from cubes.members.member_search import Member
from cubes.members.single_customers import tells_single_customers
from data.model.bare_letters import bare, bare_sql
from data.model.canonical_tables import CUSTOMER, UNKNOWN
from data.store.warehouse import Warehouse

SHORTEST, LONGEST = 2, 100
NAMES = f"SELECT level, code, {bare_sql('label')} AS name FROM member WHERE label <> ? ORDER BY level, code"
FOUND = """SELECT level, id, code, label FROM member
JOIN (SELECT unnest(?::VARCHAR[]) AS level, unnest(?::INTEGER[]) AS code, unnest(?::INTEGER[]) AS place)
USING (level, code) ORDER BY place"""
BEFORE_A_WORD = r"(?:^|[^\pL\pN])"


@dataclass(frozen=True, slots=True)
class FoundMember:
    """A member that is called as somebody typed, and the name of its level."""

    level: str
    member: Member


class MemberIndex:
    """The names of one snapshot's members, read when first asked for. Safe to use from many threads."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._names: dict[str, pl.DataFrame] = {}
        self._lock = Lock()

    def search(self, levels: Sequence[str], text: str, limit: int) -> list[FoundMember]:
        """Members of any of these levels: those whose names start so, then those with a word that does, then those
        that hold the text; the shorter name first, and of equal ones the level that is named first.

        Nothing for a text of one letter, and no customers where a policy shows none by themselves.
        """
        if not tells_single_customers(self._warehouse.policy):
            levels = [each for each in levels if each != CUSTOMER.leaf]
        wanted = bare(text[:LONGEST])
        if len(wanted) < SHORTEST:
            return []
        named = self._all()
        holds = pl.col("name").str.contains(wanted, literal=True)
        hits = [
            named[level].filter(holds).with_columns(pl.lit(level).alias("level"), pl.lit(at).alias("at"))
            for at, level in enumerate(levels)
            if level in named
        ]
        return self._told(_nearest(pl.concat(hits), wanted, limit)) if hits else []

    def _all(self) -> dict[str, pl.DataFrame]:
        with self._lock:
            if not self._names:
                parts = self._warehouse.frame(NAMES, [UNKNOWN]).partition_by("level", as_dict=True)
                self._names = {str(level): part.select("code", "name") for (level,), part in parts.items()}
            return self._names

    def _told(self, found: pl.DataFrame) -> list[FoundMember]:
        parameters = [*(found[each].to_list() for each in ("level", "code")), list(range(found.height))]
        rows = self._warehouse.rows(FOUND, parameters) if found.height else []
        return [FoundMember(level, Member(id, code, label)) for level, id, code, label in rows]


def _nearest(named: pl.DataFrame, wanted: str, limit: int) -> pl.DataFrame:
    """The best of those that hold the text; what holds it nearer is looked at first, and often suffices."""
    begins = pl.col("name").str.starts_with(wanted)
    word = pl.col("name").str.contains(BEFORE_A_WORD + _escaped(wanted))
    found = named.clear()
    for here in (begins, ~begins & word, ~begins & ~word):
        if found.height < limit:
            found = pl.concat([found, _shortest(named.filter(here), limit - found.height)])
    return found


def _shortest(named: pl.DataFrame, count: int) -> pl.DataFrame:
    few = named.filter(pl.col("name").str.len_chars() <= _length(named, count))
    return few.sort(pl.col("name").str.len_chars(), "name", "at", "code").head(count)


def _length(named: pl.DataFrame, count: int) -> int:
    """The length that the so many shortest names have at most."""
    lengths = named["name"].str.len_chars().bottom_k(count)
    return int(lengths.max() or 0)  # type: ignore[arg-type]


def _escaped(text: str) -> str:
    return "".join(each if each.isalnum() else rf"\x{{{ord(each):X}}}" for each in text)


def index_of(warehouse: Warehouse) -> MemberIndex:
    """The index of this snapshot's members."""
    found: MemberIndex = warehouse.beside.setdefault("index", MemberIndex(warehouse))
    return found
