"""Ask: plan, compile, run, and put the answer in the order that people read it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from urllib.parse import unquote

import polars as pl

from cubes import catalogue, sql
from cubes.calendar import days_of, period_at
from cubes.compare import Baseline, baseline, finest_kept
from cubes.members import Scope, scope
from cubes.model import Cube, Kind, Level
from cubes.plan import Plan, plan
from cubes.query import Comparison, Derivation, Query, split_measure
from cubes.sql import OTHERS, Statement
from data.errors import BadRequest
from data.warehouse import Warehouse

GROWTHS = {
    Derivation.GROWTH_PREVIOUS: Comparison.PREVIOUS,
    Derivation.GROWTH_YEAR: Comparison.YEAR,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The cells of a question and where they came from.

    `frame` has, for each level of the question, its name and `<level>.id`; then `grouping` (0 for plain
    cells; a rolled-up level has its bit, the first level the highest); then one column a measure asked, and with
    a comparison `<measure>:base` and `<measure>:growth`. A rolled-up level is null; the members beyond the
    top stand in one row named Others, whose id is null and whose bit is not set.
    """

    query: Query
    frame: pl.DataFrame
    statements: tuple[Statement, ...]
    roads: Mapping[str, str]
    notes: tuple[str, ...]
    version: str
    milliseconds: float

    @property
    def sql(self) -> str:
        """Every statement that made the answer, to read and to run."""
        return ";\n\n".join(statement.readable() for statement in self.statements) + ";"

    def plain(self) -> pl.DataFrame:
        """The cells without subtotals."""
        return self.frame.filter(pl.col("grouping") == 0)

    def total(self, measure: str) -> float | None:
        """The grand total, where the question asked for totals or has no levels."""
        everything = (1 << len(self.query.by)) - 1
        found = self.frame.filter(pl.col("grouping") == everything)
        return found[measure][0] if found.height else None


def ask(warehouse: Warehouse, query: Query) -> Answer:
    """Answer a question on this snapshot. Raises BadRequest, in words, for what cannot be answered."""
    return _Asking(warehouse, query).answer()


class _Asking:
    """One question on its way: the statements it takes are noted as they run."""

    def __init__(self, warehouse: Warehouse, query: Query) -> None:
        self.started = perf_counter()
        self.warehouse = warehouse
        self.cube: Cube = catalogue.load(query.cube, warehouse.profile)
        self.scope: Scope = scope(warehouse, self.cube, query)
        self.query = replace(query, cuts=self.scope.cuts)
        self.derived = [split_measure(name) for name in query.measures]
        wants_parents = any(derivation is Derivation.SHARE for _, derivation in self.derived)
        self.plan: Plan = plan(
            self.cube, replace(self.query, totals=query.totals or wants_parents), warehouse.profile
        )
        self.statements: list[Statement] = []
        self.notes: list[str] = []
        self.others: dict[str, int] = {}
        tops = {level: self._top(level, count) for level, count in query.top if level in query.by}
        self.tops = {level: codes for level, codes in tops.items() if codes is not None}

    def answer(self) -> Answer:
        frame = self._cells(self.scope)
        bases = {each: self._compared(frame, each) for each in self._comparisons()}
        frame = self._with_derived(frame, bases)
        if not self.query.totals:
            frame = frame.filter(pl.col("grouping") == 0)
        frame = self._in_order(self._named(frame))
        return Answer(
            query=self.query,
            frame=frame.select(self._columns()),
            statements=tuple(self.statements),
            roads={name: f"{count.road}: {count.reason}" for name, count in self.plan.counts.items()},
            notes=tuple(self.notes),
            version=self.warehouse.version,
            milliseconds=(perf_counter() - self.started) * 1000,
        )

    def _comparisons(self) -> list[Comparison]:
        asked = [self.query.compare, *(GROWTHS.get(each) for _, each in self.derived if each)]
        return sorted({each for each in asked if each})

    def _run(self, statement: Statement) -> pl.DataFrame:
        self.statements.append(statement)
        return self.warehouse.frame(statement.text, statement.parameters)

    def _cells(self, within: Scope) -> pl.DataFrame:
        return self._run(sql.cells(self.cube, self.plan, within, self.tops))

    def _top(self, name: str, count: int) -> Sequence[int] | None:
        """The codes of the members to show by name; None where that is all of them."""
        level = self.cube.level(name)
        if level.is_time:
            raise BadRequest(
                f"{level.label} has an order of its own, so it has no top.",
                "Cut to the periods you want instead.",
            )
        if self.warehouse.profile.members.get(name, 0) <= count:
            return None
        alone = replace(self.query, rows=(name,), columns=(), totals=False, measures=self.query.measures[:1])
        ranked = self._run(
            sql.ranking(self.cube, level, plan(self.cube, alone, self.warehouse.profile), self.scope)
        )
        codes = ranked.to_series().to_list()
        self.others[name] = max(len(codes) - count, 0)
        return codes[:count] if self.others[name] else None

    def _compared(self, frame: pl.DataFrame, comparison: Comparison) -> pl.DataFrame:
        """The rows of `frame` with the values of the compared period, null where there is none to compare."""
        kept_by_grouping = {
            grouping: tuple(
                level.name for at, level in enumerate(self.plan.levels) if not grouping & self._bit(at)
            )
            for grouping in frame["grouping"].unique().to_list()
        }
        finest = {grouping: finest_kept(self.cube, kept) for grouping, kept in kept_by_grouping.items()}
        parts = []
        for level in sorted(set(finest.values()), key=str):
            base = baseline(self.warehouse.profile, self.scope, level, comparison)
            self._note(base, level)
            groupings = [grouping for grouping, each in finest.items() if each == level]
            own = frame.filter(pl.col("grouping").is_in(groupings))
            parts.append(self._counterpart(own, base))
        return pl.concat(parts)

    def _note(self, base: Baseline, level: str | None) -> None:
        if level is None or level == finest_kept(self.cube, self.query.by):
            self.notes.append(f"Compared: {base.sentence()}.")

    def _counterpart(self, own: pl.DataFrame, base: Baseline) -> pl.DataFrame:
        keys = [*self._codes(), "grouping"]
        values = self._value_columns()
        if not base.days:
            return own.select(keys + [pl.lit(None, own.schema[name]).alias(name) for name in values])
        found = self._cells(replace(self.scope, days=base.days)).select(keys + values)
        if base.level:
            found = self._moved(found, base)
        joined = own.select(keys).join(found, on=keys, how="left", nulls_equal=True)
        zeros = [pl.col(name).fill_null(0) for name in values if self._empty_is_zero(name)]
        joined = joined.with_columns(zeros)
        if not base.level:
            return joined
        comparable = pl.col(f"{base.level}.code").is_in(list(base.periods.values()))
        return joined.with_columns(pl.when(comparable).then(pl.col(name)).alias(name) for name in values)

    def _moved(self, found: pl.DataFrame, base: Baseline) -> pl.DataFrame:
        """Rows of compared periods, told by the codes of the periods that they stand for."""
        assert base.level is not None
        code = pl.col(f"{base.level}.code")
        found = found.filter(code.is_in(list(base.periods)))
        moved = found.with_columns(code.replace_strict(base.periods, return_dtype=pl.Int32, default=None))
        for level in self.plan.levels:
            if level.is_time and level.name != base.level:
                outer = {
                    own: period_at(level.name, days_of(base.level, own).first)
                    for own in base.periods.values()
                }
                there = pl.col(f"{level.name}.code").is_not_null()
                moved = moved.with_columns(
                    pl.when(there)
                    .then(code.replace_strict(outer, return_dtype=pl.Int32, default=None))
                    .alias(f"{level.name}.code")
                )
        return moved

    def _empty_is_zero(self, name: str) -> bool:
        measure = self.cube.measure(name)
        return measure.kind is not Kind.RATIO and measure.aggregate in {"sum", "count"}

    def _with_derived(self, frame: pl.DataFrame, bases: Mapping[Comparison, pl.DataFrame]) -> pl.DataFrame:
        keys = [*self._codes(), "grouping"]
        for comparison, base in bases.items():
            renamed = base.rename({name: f"{name}@{comparison}" for name in self._value_columns()})
            frame = frame.join(renamed, on=keys, how="left", nulls_equal=True)
        for text, (name, derivation) in zip(self.query.measures, self.derived, strict=True):
            if derivation is Derivation.SHARE:
                frame = self._with_share(frame, name, text)
            elif derivation:
                frame = frame.with_columns(self._growth(name, GROWTHS[derivation]).alias(text))
            elif self.query.compare:
                frame = frame.with_columns(
                    pl.col(f"{name}@{self.query.compare}").alias(f"{name}:base"),
                    self._growth(name, self.query.compare).alias(f"{name}:growth"),
                )
        return frame

    def _growth(self, name: str, comparison: Comparison) -> pl.Expr:
        if self.cube.measure(name).unit == "date":
            return pl.lit(None, pl.Float64)
        base = pl.col(f"{name}@{comparison}")
        return pl.when(base != 0).then((pl.col(name) - base) / base.abs())

    def _with_share(self, frame: pl.DataFrame, name: str, text: str) -> pl.DataFrame:
        """The value divided by that of the cell with its last level rolled up."""
        parts = []
        for (grouping,), cells in frame.group_by("grouping", maintain_order=True):
            kept = [at for at in range(len(self.plan.levels)) if not grouping & self._bit(at)]
            if not kept:
                parts.append(cells.with_columns(pl.lit(1.0).alias(text)))
                continue
            keys = [self._codes()[at] for at in kept[:-1]]
            parents = frame.filter(pl.col("grouping") == grouping | self._bit(kept[-1]))
            parents = parents.select(*keys, pl.col(name).alias("parent"))
            joined = cells.join(parents, on=keys, how="left") if keys else cells.join(parents, how="cross")
            share = pl.col(name) / pl.when(pl.col("parent") != 0).then(pl.col("parent"))
            parts.append(joined.with_columns(share.alias(text)).drop("parent"))
        return pl.concat(parts, how="diagonal") if parts else frame.with_columns(pl.lit(None).alias(text))

    def _named(self, frame: pl.DataFrame) -> pl.DataFrame:
        for level in self.plan.levels:
            others = pl.col(f"{level.name}.code") == OTHERS
            label = f"Others ({self.others.get(level.name, 0)})"
            frame = frame.with_columns(
                pl.when(others).then(pl.lit(label)).otherwise(pl.col(level.name)).alias(level.name)
            )
            frame = _told_apart(frame, level)
        return frame

    def _in_order(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rolled-up rows last, periods in time, one plain level by its greatest value, else by name."""
        first = self.query.measures[0]
        keys: list[pl.Expr] = [pl.col("grouping")]
        descending = [False]
        for level in self.plan.levels:
            others = pl.col(f"{level.name}.code") == OTHERS
            keys += [others, pl.col(f"{level.name}.code" if level.is_time else level.name)]
            descending += [False, False]
        if len(self.plan.levels) == 1 and not self.plan.levels[0].is_time:
            keys.insert(2, pl.col(first))
            descending.insert(2, True)
        return frame.sort(keys, descending=descending, nulls_last=True)

    def _columns(self) -> list[str]:
        levels = [name for level in self.query.by for name in (level, f"{level}.id")]
        compared = [
            f"{name}:{what}"
            for name, derivation in self.derived
            if self.query.compare and not derivation
            for what in ("base", "growth")
        ]
        return [*levels, "grouping", *self.query.measures, *compared]

    def _codes(self) -> list[str]:
        return [f"{level.name}.code" for level in self.plan.levels]

    def _value_columns(self) -> list[str]:
        return [each.name for each in (*self.plan.measures, *self.plan.ratios)]

    def _bit(self, at: int) -> int:
        return 1 << (len(self.plan.levels) - 1 - at)


def _told_apart(frame: pl.DataFrame, level: Level) -> pl.DataFrame:
    """Members of one name told apart by their path, or by their id where they have none."""
    name, id_ = level.name, f"{level.name}.id"
    pairs = frame.select(name, id_).drop_nulls().unique()
    same = pairs.filter(pairs[name].is_duplicated())
    if same.is_empty():
        return frame
    clear = {identity: f"{label} ({_where(identity)})" for label, identity in same.iter_rows()}
    return frame.with_columns(pl.col(id_).replace_strict(clear, default=pl.col(name)).alias(name))


def _where(identity: str) -> str:
    *above, own = (unquote(part) for part in identity.split("/"))
    return " / ".join(above) if above else own
