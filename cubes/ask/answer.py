"""Ask: plan, compile, run, and put the answer in the order that people read it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
import polars as pl

from cubes import catalogue
from cubes.ask import drill_across, uncounted_series
from cubes.ask.compared_cells import beside, settled, told_by_own_periods
from cubes.ask.comparison_periods import Baseline, baseline
from cubes.ask.derived_measures import along, check, derived, growth, needs
from cubes.ask.empty_periods import filled
from cubes.ask.execute import QueryPlan, engine_of
from cubes.ask.plan import plain, sets
from cubes.ask.resolve_cuts import scope
from cubes.ask.source_lags import lags
from cubes.catalogue import segment_formation
from cubes.cells.cell_arrays import NOBODY, OTHERS, ROLLED_UP
from cubes.cells.cell_query import CellQuery
from cubes.cells.scope import Scope
from cubes.members.namesakes import told_apart
from cubes.model import Cube, Level
from cubes.query import Against, Query, split_measure
from data.calendar import Days
from data.errors import BadRequest
from data.warehouse import Warehouse


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
    reads: tuple[QueryPlan, ...]
    notes: tuple[str, ...]
    version: str
    milliseconds: float

    @property
    def sql(self) -> str:
        """Statements that give the answer's cells, with names, to read and to run."""
        texts = dict.fromkeys(each.readable() for read in self.reads for each in read.statements())
        return ";\n\n".join(texts) + ";"

    @property
    def source(self) -> str:
        """What answered, in words."""
        words = dict.fromkeys(leg.source.words() for read in self.reads for leg in read.legs)
        return " and ".join(words)

    @property
    def explain(self) -> tuple[str, ...]:
        """What gave each measure, and why each other source did not."""
        lines: dict[str, None] = {}
        for read in self.reads:
            for leg in read.legs:
                lines |= dict.fromkeys(leg.explained())
        return tuple(lines)

    def plain(self) -> pl.DataFrame:
        """The cells without subtotals."""
        return self.frame.filter(pl.col("grouping") == 0)

    def total(self, measure: str) -> float | None:
        """The grand total, where the question asked for totals or has no levels."""
        everything = (1 << len(self.query.by)) - 1
        found = self.frame.filter(pl.col("grouping") == everything)
        return found[measure][0] if found.height else None


def ask(warehouse: Warehouse, query: Query, limit: int | None = None, gapless: bool = False) -> Answer:
    """Answer a question on this snapshot, in at most `limit` cells, each cube at its own grain.

    Where `gapless`, periods in which nothing happened have cells as well, zero or unknown as each measure says.
    Raises BadRequest, in words, for what cannot be answered, and TooLarge for what cannot be shown.
    """
    if not drill_across.crosses(query):
        return _Asking(warehouse, query, limit, gapless=gapless).answer()
    first, *rest = drill_across.parts(query, warehouse.profile)
    gapless = gapless or bool(drill_across.running_totals(query))
    one = _Asking(warehouse, first, limit, crossing=True, gapless=gapless)
    others = (_Asking(warehouse, part, limit, one.tops, gapless=gapless) for part in rest)
    answers = [one.answer(), *(each.answer() for each in others)]
    return drill_across.joined(query, answers, warehouse.profile)


class _Asking:
    """One question on its way: what it reads is noted as it is read."""

    def __init__(
        self,
        warehouse: Warehouse,
        query: Query,
        limit: int | None = None,
        tops: Mapping[str, Sequence[int]] | None = None,
        crossing: bool = False,
        gapless: bool = False,
    ) -> None:
        self.started = perf_counter()
        self.warehouse, self.limit, self.crossing = warehouse, limit, crossing
        self.cube: Cube = catalogue.load(query.cube, warehouse.profile)
        self.engine = engine_of(warehouse, self.cube)
        self.scope: Scope = scope(warehouse, self.cube, query)
        self.query = replace(query, cuts=self.scope.cuts)
        self.derived = [split_measure(name) for name in query.measures]
        self.needs = [needs(derivation) for _, derivation in self.derived if derivation]
        totals = query.totals or any(each.parents or each.total for each in self.needs)
        self.levels = tuple(self.cube.level(name) for name in query.by)
        self.sets = sets(len(query.rows), len(query.columns)) if totals else ((True,) * len(self.levels),)
        self.measures, self.ratios = plain(self.cube, [name for name, _ in self.derived])
        for name, derivation in self.derived:
            if derivation:
                check(self.cube.measure(name), derivation, self.levels)
        self.gapless = gapless or any(each.periods for each in self.needs)
        self.reads: list[QueryPlan] = []
        self.notes: list[str] = [along(self.levels)] if any(each.order for each in self.needs) else []
        self.notes += self._behind()
        self.notes += segment_formation.notes(self.cube, self.query)
        self.others: dict[str, int] = {}
        found = {level: self._top(level, count) for level, count in query.top}
        self.tops = tops or {level: codes for level, codes in found.items() if codes is not None}

    def answer(self) -> Answer:
        frame = self._cells(self.scope)
        frame = self._filled(frame) if self.gapless else frame
        self.notes += uncounted_series.notes(
            self.warehouse, self.cube, self.levels, self.measures, self.scope
        )
        frame = self._with_bases(frame)
        frame = self._named(self._with_derived(frame, in_order=False))
        order = pl.Series(self._order(frame))
        # column by column: rows of a whole frame are taken by a pool of threads, which small answers wait for
        frame = pl.DataFrame([column[order] for column in frame.get_columns()])
        frame = self._with_derived(frame, in_order=True)
        if len(self.sets) > 1 and not self.query.totals:
            frame = frame.filter(pl.col("grouping") == 0)
        return Answer(
            query=self.query,
            frame=frame[self._columns()],
            reads=tuple(self.reads),
            notes=tuple(dict.fromkeys(self.notes)),
            version=self.warehouse.version,
            milliseconds=(perf_counter() - self.started) * 1000,
        )

    def _behind(self) -> list[str]:
        """Which sources have not delivered as far as the question goes, in words."""
        last = self.engine.planner.extent.last
        runs = self.scope.days or (self.engine.planner.extent,)
        behind = lags(self.warehouse, self.cube.fact)
        return [
            each.sentence(last) for each in behind if any(run.meet(Days(each.last + 1, last)) for run in runs)
        ]

    def _comparisons(self) -> list[Against]:
        asked = [self.query.compare, *(each.comparison for each in self.needs)]
        return sorted({each for each in asked if each}, key=str)

    def _cells(self, within: Scope) -> pl.DataFrame:
        asked = CellQuery(self.levels, self.sets, self.measures, within, self.tops)
        cells, read = self.engine.cells(asked, self.limit)
        self.reads.append(read)
        return self.engine.frame(asked, self.ratios, cells)

    def _filled(self, frame: pl.DataFrame) -> pl.DataFrame:
        """With the periods in which nothing happened, as zero or as not known, as each measure says."""
        ordinary, outliers = self.engine.planner.reached(self.scope)
        span = (*ordinary, *outliers)
        return filled(frame, self.levels, self._zeros(), self.warehouse.profile.calendar, span)

    def _top(self, name: str, count: int) -> Sequence[int] | None:
        """The codes of the members to show by name; None where that is all of them.

        An unknown customer is shown beside the top, and never takes a place in it.
        """
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
        first = self.query.measures[0].partition(":")[0]
        measures, ratios = plain(self.cube, [first])
        cells, read = self.engine.cells(CellQuery((level,), ((True,),), measures, self.scope, {}))
        self.reads.append(read)
        codes = self.engine.ranked(level, first, cells[(True,)], ratios)
        apart = [NOBODY] if level.is_customer else []
        known = [code for code in codes if code not in apart]
        self.others[name] = max(len(known) - count, 0)
        if not self.others[name] and not self._comparisons() and not self.crossing:
            return None
        return [*known[:count], *apart]

    def _with_bases(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The cells with what they were in each compared period, as `<measure>@<comparison>`.

        Where the question itself compares, cells that were there only then are added. What cannot be compared
        is null; what can, and had no line, is what its measure says of an empty cell.
        """
        comparisons, zeros = self._comparisons(), self._zeros()
        if not comparisons:
            return frame
        parts, by_time = [], self._groupings_by_time()
        for times, groupings in by_time.items():
            some = groupings if len(by_time) > 1 else None
            own = _of(frame, some)
            bases = {each: self._baseline(times, each) for each in comparisons}
            for against, base in bases.items():
                then = _of(self._cells_of(base), some) if base.days else frame.clear()
                then = then.select(self._cell_columns())
                own = beside(own, then, self.query.by, self._value_columns(), against, self._adds(against))
            unknown = [name for name in zeros if own[name].null_count()]
            own = own.with_columns(pl.col(name).fill_null(0) for name in unknown) if unknown else own
            for against, base in bases.items():
                own = settled(own, base, against, self._value_columns(), zeros)
            parts.append(own)
        return pl.concat(parts, how="vertical_relaxed") if len(parts) > 1 else parts[0]

    def _adds(self, against: Against) -> bool:
        """Whether cells that were there only in the compared period belong to the answer."""
        return against == self.query.compare or any(
            each.either and each.comparison == against for each in self.needs
        )

    def _baseline(self, times: tuple[str, ...], against: Against) -> Baseline:
        profile, fact = self.warehouse.profile, self.cube.fact
        base = baseline(profile, self.scope, times, against, fact, lags(self.warehouse, fact))
        whole = self._times(self.sets[0])
        if times == whole or (not times and self.query.totals):
            self.notes.append(f"Compared: {base.sentence()}.")
        return base

    def _cells_of(self, base: Baseline) -> pl.DataFrame:
        """The cells of the compared period, told by the periods that they stand for."""
        then = replace(self.scope, days=base.days, moved=base.moved, left_out=base.left_out)
        return told_by_own_periods(self._cells(then), base, self.warehouse.profile.calendar)

    def _groupings_by_time(self) -> dict[tuple[str, ...], list[int]]:
        """The grouping sets by the time levels that they keep."""
        found: dict[tuple[str, ...], list[int]] = {}
        for kept in self.sets:
            mask = sum(0 if here else self._bit(at) for at, here in enumerate(kept))
            found.setdefault(self._times(kept), []).append(mask)
        return found

    def _times(self, kept: Sequence[bool]) -> tuple[str, ...]:
        """The time levels that a grouping set keeps."""
        pairs = zip(self.levels, kept, strict=True)
        return tuple(level.name for level, here in pairs if here and level.is_time)

    def _zeros(self) -> frozenset[str]:
        """The measures of which an empty cell says zero."""
        return frozenset(each.name for each in self.measures if each.zero_when_empty)

    def _with_derived(self, frame: pl.DataFrame, in_order: bool) -> pl.DataFrame:
        """With what is derived; what runs along the rows as people read them comes when they are in order."""
        for text, (name, derivation) in zip(self.query.measures, self.derived, strict=True):
            if derivation and needs(derivation).order is in_order:
                measure = self.cube.measure(name)
                series = derived(frame, self.levels, measure, derivation)
                frame = frame.with_columns(series.alias(text))
            elif not derivation and self.query.compare and not in_order:
                base = frame[f"{name}@{self.query.compare}"]
                frame = frame.with_columns(
                    base.alias(f"{name}:base"), growth(frame[name], base).alias(f"{name}:growth")
                )
        return frame

    def _named(self, frame: pl.DataFrame) -> pl.DataFrame:
        for level in self.levels:
            if level.name in self.tops:
                others = pl.col(f"{level.name}.code") == OTHERS
                alone = level.name in (self.query.rows[:1] + self.query.columns[:1])
                label = f"Others ({self.others.get(level.name, 0)})" if alone else "Others"
                named = pl.when(others).then(pl.lit(label)).otherwise(pl.col(level.name))
                frame = frame.with_columns(named.alias(level.name))
            if not level.is_time and self.engine.names.may_double(level.name, _codes(frame, level)):
                frame = told_apart(frame, level.name)
        return frame

    def _order(self, frame: pl.DataFrame) -> np.ndarray:
        """The rows with the rolled-up last, periods in time, one plain level by its greatest value, else by name.

        After Others stands the unknown customer.
        """
        keys = [frame["grouping"].to_numpy()]
        for level in self.levels:
            codes = _codes(frame, level)
            if level.is_time:
                keys.append(codes)
                continue
            last = [codes == NOBODY] if level.is_customer else []
            keys += [*last, codes == OTHERS, self._alphabetical(frame, level, codes)]
        if len(self.levels) == 1 and not self.levels[0].is_time:
            name, derivation = self.derived[0]
            first = name if derivation and needs(derivation).order else self.query.measures[0]
            keys.insert(-1, -frame[first].to_physical().cast(pl.Float64).to_numpy())
        return np.lexsort(keys[::-1])

    def _alphabetical(self, frame: pl.DataFrame, level: Level, codes: np.ndarray) -> np.ndarray:
        """What sorts the rows by the names of a level: of members of one name, by those that tell them apart."""
        names = self.engine.names
        ranks = None if names.may_double(level.name, codes) else names.ranks(level.name, codes)
        return frame[level.name].rank("dense").to_numpy() if ranks is None else ranks

    def _columns(self) -> list[str]:
        levels = [name for level in self.query.by for name in (level, f"{level}.id")]
        compared = [
            f"{name}:{what}"
            for name, derivation in self.derived
            if self.query.compare and not derivation
            for what in ("base", "growth")
        ]
        return [*levels, "grouping", *self.query.measures, *compared]

    def _code_columns(self) -> list[str]:
        return [f"{level.name}.code" for level in self.levels]

    def _value_columns(self) -> list[str]:
        return [each.name for each in (*self.measures, *self.ratios)]

    def _cell_columns(self) -> list[str]:
        names = [name for level in self.levels for name in (level.name, f"{level.name}.id")]
        return [*names, *self._code_columns(), "grouping", *self._value_columns()]

    def _bit(self, at: int) -> int:
        return 1 << (len(self.levels) - 1 - at)


def _of(frame: pl.DataFrame, groupings: Sequence[int] | None) -> pl.DataFrame:
    """The cells of some grouping sets; of all where it is None."""
    return frame if groupings is None else frame.filter(pl.col("grouping").is_in(groupings))


def _codes(frame: pl.DataFrame, level: Level) -> np.ndarray:
    """The codes of a level (int32); ROLLED_UP where there is none."""
    found = frame[f"{level.name}.code"].to_numpy()
    return found if found.dtype == np.int32 else np.nan_to_num(found, nan=ROLLED_UP).astype(np.int32)
