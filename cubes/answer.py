"""Ask: plan, compile, run, and put the answer in the order that people read it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from urllib.parse import unquote

import polars as pl

from cubes import catalogue, sql
from cubes.calendar import days_of, period_at, period_id
from cubes.compare import Baseline, baseline, finest_kept
from cubes.members import Scope, scope
from cubes.model import Cube, Kind, Level
from cubes.plan import Plan, plan
from cubes.query import Comparison, Derivation, Query, split_measure
from cubes.sql import OTHERS, Statement
from data.errors import BadRequest
from data.schema import UNKNOWN
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
        tops = {level: self._top(level, count) for level, count in query.top}
        self.tops = {level: codes for level, codes in tops.items() if codes is not None}

    def answer(self) -> Answer:
        frame = self._cells(self.scope)
        for comparison in self._comparisons():
            frame = self._with_base(frame, comparison)
        frame = self._with_derived(frame)
        if not self.query.totals:
            frame = frame.filter(pl.col("grouping") == 0)
        frame = self._in_order(self._named(frame))
        return Answer(
            query=self.query,
            frame=frame.select(self._columns()),
            statements=tuple(self.statements),
            roads={name: f"{count.road}: {count.reason}" for name, count in self.plan.counts.items()},
            notes=tuple(dict.fromkeys(self.notes)),
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
        if name not in self.query.by:
            raise BadRequest(
                f"The question is not by {level.label.lower()}, so there is no top of it.",
                f"Add {name} to its levels, or leave the top away.",
            )
        if self.warehouse.profile.members.get(name, 0) <= count:
            return None
        alone = replace(self.query, rows=(name,), columns=(), totals=False, measures=self.query.measures[:1])
        ranked = self._run(
            sql.ranking(self.cube, level, plan(self.cube, alone, self.warehouse.profile), self.scope)
        )
        codes = ranked.to_series().to_list()
        self.others[name] = max(len(codes) - count, 0)
        return codes[:count] if self.others[name] or self._comparisons() else None

    def _with_base(self, frame: pl.DataFrame, comparison: Comparison) -> pl.DataFrame:
        """The cells with what they were in the compared period, as `<measure>@<comparison>`.

        Where the question itself compares, cells that were there only then are added. What cannot be compared
        is null; what can, and was not sold, is zero.
        """
        parts = []
        for level, groupings in self._groupings_by_time().items():
            base = baseline(self.warehouse.profile, self.scope, level, comparison)
            self._note(base, level)
            here = pl.col("grouping").is_in(groupings)
            own = frame.filter(here)
            found = (
                self._cells_of(base).filter(here) if base.days else own.select(self._cell_columns()).clear()
            )
            parts.append(self._beside(own, found, base, comparison))
        return pl.concat(parts, how="vertical_relaxed")

    def _groupings_by_time(self) -> dict[str | None, list[int]]:
        """The grouping sets by the finest time level that they keep."""
        found: dict[str | None, list[int]] = {}
        for kept in self.plan.sets:
            names = tuple(level.name for level, here in zip(self.plan.levels, kept, strict=True) if here)
            mask = sum(0 if here else self._bit(at) for at, here in enumerate(kept))
            found.setdefault(finest_kept(self.cube, names), []).append(mask)
        return found

    def _note(self, base: Baseline, level: str | None) -> None:
        if level is None or level == finest_kept(self.cube, self.query.by):
            self.notes.append(f"Compared: {base.sentence()}.")

    def _beside(
        self, own: pl.DataFrame, found: pl.DataFrame, base: Baseline, comparison: Comparison
    ) -> pl.DataFrame:
        keys, values = [*self._codes(), "grouping"], self._value_columns()
        then = {name: f"{name}@{comparison}" for name in values}
        names = [name for level in self.plan.levels for name in (level.name, f"{level.name}.id")]
        asked = comparison == self.query.compare
        joined = own.join(
            found.rename(then),
            on=keys,
            how="full" if asked else "left",
            nulls_equal=True,
            coalesce=True,
            suffix="@then",
        )
        joined = joined.with_columns(pl.coalesce(name, f"{name}@then").alias(name) for name in names)
        zeros = [name for name in values if self._empty_is_zero(name)]
        joined = joined.with_columns(pl.col(name).fill_null(0) for name in zeros if asked)
        comparable = pl.lit(bool(base.days))
        if base.level:
            comparable = pl.col(f"{base.level}.code").is_in(list(base.periods.values()))
        filled = {
            name: pl.col(then[name]).fill_null(0) if name in zeros else pl.col(then[name]) for name in values
        }
        return joined.select(
            *own.columns, *(pl.when(comparable).then(filled[name]).alias(then[name]) for name in values)
        )

    def _cells_of(self, base: Baseline) -> pl.DataFrame:
        """The cells of the compared period, told by the periods that they stand for."""
        found = self._cells(replace(self.scope, days=base.days)).select(self._cell_columns())
        if base.level is None:
            return found
        code = pl.col(f"{base.level}.code")
        found = found.filter(code.is_in(list(base.periods)))
        return found.with_columns(
            each
            for level in self.plan.levels
            if level.is_time
            for each in _moved(level.name, base.level, base.periods)
        )

    def _empty_is_zero(self, name: str) -> bool:
        measure = self.cube.measure(name)
        return measure.kind is not Kind.RATIO and measure.aggregate in {"sum", "count"}

    def _with_derived(self, frame: pl.DataFrame) -> pl.DataFrame:
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
            parents = parents.select(*keys, pl.col(name).alias("@parent"))
            joined = cells.join(parents, on=keys, how="left") if keys else cells.join(parents, how="cross")
            share = pl.col(name) / pl.when(pl.col("@parent") != 0).then(pl.col("@parent"))
            parts.append(joined.with_columns(share.alias(text)).drop("@parent"))
        return pl.concat(parts, how="diagonal") if parts else frame.with_columns(pl.lit(None).alias(text))

    def _named(self, frame: pl.DataFrame) -> pl.DataFrame:
        for level in self.plan.levels:
            others = pl.col(f"{level.name}.code") == OTHERS
            alone = level.name in (self.query.rows[:1] + self.query.columns[:1])
            label = f"Others ({self.others.get(level.name, 0)})" if alone else "Others"
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

    def _cell_columns(self) -> list[str]:
        names = [name for level in self.plan.levels for name in (level.name, f"{level.name}.id")]
        return [*names, *self._codes(), "grouping", *self._value_columns()]

    def _bit(self, at: int) -> int:
        return 1 << (len(self.plan.levels) - 1 - at)


def _moved(level: str, compared: str, periods: Mapping[int, int]) -> list[pl.Expr]:
    """Code and names of `level` in rows of compared periods, as they are in the periods that those stand for."""
    codes = {then: period_at(level, days_of(compared, own).first) for then, own in periods.items()}
    names = {then: period_id(level, code) for then, code in codes.items()}
    there, code = pl.col(f"{level}.code").is_not_null(), pl.col(f"{compared}.code")
    name = pl.when(there).then(code.replace_strict(names, return_dtype=pl.String, default=None))
    own = pl.when(there).then(code.replace_strict(codes, return_dtype=pl.Int32, default=None))
    return [own.alias(f"{level}.code"), name.alias(level), name.alias(f"{level}.id")]


def _told_apart(frame: pl.DataFrame, level: Level) -> pl.DataFrame:
    """Members of one name told apart by their path, or by their id where they have none."""
    name, id_ = level.name, f"{level.name}.id"
    pairs = frame.select(name, id_).drop_nulls().unique()
    same = pairs.filter(pl.col(name).is_duplicated())
    if same.is_empty():
        return frame
    clear = {identity: f"{label} ({_where(identity)})" for label, identity in same.iter_rows()}
    ours = pl.col(id_).replace_strict(clear, default=None, return_dtype=pl.String)
    return frame.with_columns(pl.coalesce(ours, pl.col(name)).alias(name))


def _where(identity: str) -> str:
    *above, own = (unquote(part) for part in identity.split("/"))
    known = [each for each in above if each != UNKNOWN]
    return " / ".join(known or above) if above else own
