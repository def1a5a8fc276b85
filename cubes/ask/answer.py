"""Ask: a question is resolved, planned, compiled, executed and finished; each step gives a value to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import polars as pl

from cubes.ask.execute_plan import QueryPlan
from cubes.ask.explanation import Explained
from cubes.ask.finish_cells import columns_in_order, in_order, named, running, shown, values_shown
from cubes.ask.measure_question import MeasuredQuestion, measure_question
from cubes.ask.rank_members import rank_members
from cubes.ask.resolve_conditions import conditioned
from cubes.ask.top_members import Tops
from cubes.ask.withheld_values import marks_of, withheld_running
from cubes.cells.statement import SqlStatement
from cubes.members.member_names import names_of
from cubes.query import Query
from cubes.withholding.small_counts import AS_POLICY, WithheldRead, Withholding
from data.model.said import joined, said
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Answer:
    """The cells of a question, whose cuts name members by ids and periods by dates, and where they came from.

    `frame` has, for each level of the question, its name and `<level>.id`; then `grouping` (0 for plain
    cells; a rolled-up level has its bit, the first level the highest); then one column a measure asked, and with
    a comparison `<measure>:base` and `<measure>:growth`. A rolled-up level is null; the members beyond the
    top stand in one row named Others, whose id is null and whose bit is not set.

    Where a policy withholds small counts, `withheld` says where values were taken out: a column for each of which some
    are, beside the rows of `frame`; None where none is. `counted` is what of each read, those of conditions first.
    """

    query: Query
    frame: pl.DataFrame
    reads: tuple[QueryPlan, ...]
    notes: tuple[str, ...]
    version: str
    milliseconds: float
    of_conditions: tuple[SqlStatement, ...] = ()
    withheld: pl.DataFrame | None = None
    counted: tuple[WithheldRead, ...] = ()

    @property
    def marked(self) -> pl.DataFrame:
        """The cells, and behind them `<measure>:withheld` for each measure that is withheld somewhere."""
        if self.withheld is None:
            return self.frame
        return self.frame.hstack(self.withheld.rename(lambda name: f"{name}:withheld"))

    @property
    def sql(self) -> str:
        """Statements that give the answer's cells, with names, to read and to run; before them those `of_conditions`,
        which gave the members that the others keep."""
        reads = (each for read in self.reads for each in read.statements())
        texts = dict.fromkeys(each.readable() for each in (*self.of_conditions, *reads))
        return ";\n\n".join(texts) + ";"

    @property
    def source(self) -> str:
        """What answered, in words."""
        words = dict.fromkeys(leg.words for read in self.reads for leg in read.legs)
        return joined(" and ", words)

    @property
    def explain(self) -> tuple[Explained, ...]:
        """What gave each measure, and why each other source did not; each says its sentence."""
        found = (each for read in self.reads for leg in read.legs for each in leg.explained())
        return tuple(dict.fromkeys(found))

    @property
    def members_named(self) -> int:
        """How many members the filters of its reads name: those that meet a condition may be many."""
        legs = (leg.asked.scope.filters for read in self.reads for leg in read.legs)
        return max((sum(len(each.codes) for each in filters) for filters in legs), default=0)

    def plain(self) -> pl.DataFrame:
        """The cells without subtotals."""
        return self.frame.filter(pl.col("grouping") == 0)

    def total(self, measure: str) -> float | None:
        """The grand total, where the question asked for totals or has no levels."""
        everything = (1 << len(self.query.by)) - 1
        found = self.frame.filter(pl.col("grouping") == everything)
        return found[measure][0] if found.height else None


def ask(
    warehouse: Warehouse,
    query: Query,
    limit: int | None = None,
    gapless: bool = False,
    withholding: Withholding = AS_POLICY,
) -> Answer:
    """Answer a question on this snapshot, in at most `limit` cells, each cube at its own grain.

    Where `gapless`, periods in which nothing happened have cells as well, zero or unknown as each measure says.
    Small counts are withheld as the policy of the warehouse asks for, and what `withholding` says beside.
    Raises BadRequest, in words, for what cannot be answered, TooLarge for what cannot be shown, and NotAllowed.
    """
    started = perf_counter()
    query.check_order()
    found = conditioned(warehouse, query)
    ranking = rank_members(warehouse, found.query, found.met)
    measured = measure_question(warehouse, found.query, found.met, limit, gapless, ranking.codes, withholding)
    lead = measured.cells[0]
    frame, withheld = _finished(warehouse, query, measured)
    return Answer(
        query=query.with_cuts(lead.resolved.query.cuts),
        frame=frame,
        reads=(*ranking.plans, *(plan for each in measured.cells for plan in each.plans)),
        notes=tuple(dict.fromkeys((*found.notes, *measured.notes, *_withheld_notes(warehouse, withheld)))),
        version=warehouse.version,
        milliseconds=(perf_counter() - started) * 1000,
        of_conditions=tuple(each for met in found.met.values() for each in met.statements),
        withheld=withheld,
        counted=(*(read for met in found.met.values() for read in met.counted), *measured.counted),
    )


def _withheld_notes(warehouse: Warehouse, withheld: pl.DataFrame | None) -> Iterator[str]:
    """How many cells are withheld, and why."""
    if withheld is not None:
        measures = [name for name in withheld.columns if ":" not in name] or withheld.columns
        yield said(
            "Withheld in {:,} of {:,} cells: fewer than {:,} customers stand behind them, or they would tell of others"
            " behind which fewer stand.",
            withheld.select(pl.any_horizontal(measures)).to_series().sum(),
            withheld.height,
            warehouse.policy.smallest,
        )


def _finished(
    warehouse: Warehouse, query: Query, measured: MeasuredQuestion
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """The cells as they are read: named, in order, with what runs along it; and where values are withheld."""
    names = names_of(warehouse)
    others = _others(query, measured.cells[0].tops)
    at_once = columns_in_order(measured.columns, names, query, others) if measured.columns else None
    if at_once is not None:
        return at_once, None
    levels = measured.cells[0].resolved.levels
    frame = named(measured.frame, levels, names, others)
    frame = running(in_order(frame, levels, names, query), levels, query.measures)
    frame = withheld_running(frame, levels, query.measures)
    if not query.totals and any(len(each.resolved.sets) > 1 for each in measured.cells):
        frame = frame.head(
            int(np.count_nonzero(frame["grouping"].to_numpy() == 0))
        )  # the rolled-up stand last
    return frame[shown(query)], marks_of(frame, values_shown(query))


def _others(query: Query, tops: Tops) -> dict[str, str]:
    """How the members beyond each top are called: with their number, where they stand in one row."""
    alone = (*query.rows[:1], *query.columns[:1])
    return {
        level: f"Others ({tops.beyond.get(level, 0)})" if level in alone else "Others" for level in tops.codes
    }
