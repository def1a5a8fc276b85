"""The scorecard of partners: figures by criteria with n and interval, and the ranks that follow: one frozen result."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mining.partners.chance_differences import BY_CHANCE, chance_differences
from mining.partners.criterion import Criterion, check_weights
from mining.partners.decision_matrix import DecisionMatrix, decision_matrix
from mining.partners.judged_partners import JudgedPartners, judged_partners
from mining.partners.partner_figures import PartnerEvidence, PartnerFigure, partner_figures
from mining.partners.rank_band import DRAWS, FIRMNESS
from mining.partners.ranking_methods import RankingMethod

CELLS = {"id": pl.String, "partner": pl.String, "criterion": pl.String, "value": pl.Float64, "n": pl.Int64,
         "low": pl.Float64, "high": pl.Float64, "beyond": pl.Float64, "misses_floor": pl.Boolean,
         "meets_target": pl.Boolean}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PartnerScorecard:
    """`partners`: `partner` (code), `id`, `name` (no two alike), `type`, `stage`; `span` is the period. `figures`
    of all, by criterion.

    `judged` are those of whom something is known that weighs; the others are `blank` (names). `differences` says by
    which criteria partners differ beyond chance.
    """

    partners: pl.DataFrame
    span: tuple[date, date]
    criteria: tuple[Criterion, ...]
    figures: Mapping[str, PartnerFigure]
    judged: JudgedPartners
    blank: tuple[str, ...]
    differences: pl.DataFrame

    @property
    def cells(self) -> pl.DataFrame:
        """A row each partner and criterion: `value` (null: no data) of `n` within `low` and `high` (95%); where so many
        orders are open that it is not known, it is over `beyond`; floor and target as far as there are any."""
        rows = []
        for each in self.criteria:
            figure = self.figures[each.name]
            low, high = figure.interval
            for at, (identity, name) in enumerate(self.partners.select("id", "name").iter_rows()):
                value = float(figure.values[at])
                rows.append((
                    identity, name, each.name, value, int(figure.counts[at]), low[at], high[at], figure.beyond[at],
                    each.misses(value), each.meets_target(value),
                ))  # fmt: skip
        found = pl.DataFrame(rows, CELLS, orient="row").with_columns(
            pl.col("value", "low", "high", "beyond").fill_nan(None)
        )
        return found.with_columns(beyond=pl.when(pl.col("value").is_null()).then("beyond"))

    @property
    def within_chance(self) -> tuple[Criterion, ...]:
        """The criteria by which partners differ no more than chance lets them."""
        names = self.differences.filter(pl.col("adjusted_p") > BY_CHANCE)["criterion"].to_list()
        return tuple(each for each in self.criteria if each.name in names)

    def as_record(self) -> dict[str, Any]:
        """All that a decision stood on, as JSON holds it: criteria, method, and of each partner figures and rank."""
        ranked = {row["partner"]: row for row in self.judged.ranked.to_dicts()}
        figures: dict[str, dict[str, Any]] = {}
        for row in self.cells.to_dicts():
            figures.setdefault(row["id"], {})[row["criterion"]] = {
                name: _plain(row[name]) for name in ("value", "n", "low", "high", "beyond")
            }
        return {
            "since": self.span[0].isoformat(),
            "until": self.span[1].isoformat(),
            "method": str(self.judged.method),
            "criteria": [
                {"name": each.name, "label": each.label, "more_is_better": each.is_more_better, "unit": each.unit,
                 "counted": each.counted, "weight": each.weight, "floor": each.floor, "target": each.target}
                for each in self.criteria
            ],
            "partners": [
                {"id": row["id"], "name": row["name"], "type": row["type"], "stage": row["stage"],
                 "figures": figures[row["id"]], **_rank_of(ranked.get(row["name"]))}
                for row in self.partners.to_dicts()
            ],
            "notes": list(self.judged.notes),
        }  # fmt: skip


def partner_scorecard(
    evidence: PartnerEvidence,
    criteria: tuple[Criterion, ...],
    method: RankingMethod = RankingMethod.WEIGHTED_SUM,
    figures: Mapping[str, PartnerFigure] | None = None,
    *,
    rank_unknown: bool = False,
    firmness: float = FIRMNESS,
    draws: int = DRAWS,
    seed: int = 0,
) -> PartnerScorecard:
    """Figures of all partners, and the ranks of those of whom anything is known that weighs; with `rank_unknown` also
    of the others, which may then stand anywhere. `figures` where they were found before. Raises
    BadRequest for weights that weigh nothing."""
    check_weights(criteria)
    listed = _named_apart(evidence.partners)
    figures = figures or partner_figures(evidence, draws, seed)
    matrix = _matrix(listed["name"].to_list(), criteria, figures)
    told = np.where(np.isnan(matrix.values), matrix.beyond, matrix.values)[:, matrix.weights > 0]
    known = (~np.isnan(told)).sum(axis=1) > 0
    kept: NDArray[np.bool_] = known | rank_unknown
    blank = tuple(name for name, is_known in zip(matrix.partners, known, strict=True) if not is_known)
    judged = judged_partners(matrix.only(kept), method, draws, firmness, seed)
    return PartnerScorecard(
        listed, evidence.span, criteria, figures, judged, blank, chance_differences(figures)
    )


def _matrix(
    names: Sequence[str], criteria: tuple[Criterion, ...], figures: Mapping[str, PartnerFigure]
) -> DecisionMatrix:
    own = [figures[each.name] for each in criteria]
    return decision_matrix(
        names,
        criteria,
        np.column_stack([each.values for each in own]),
        np.column_stack([each.counts for each in own]),
        draws=[each.draws for each in own],
        beyond=np.column_stack([each.beyond for each in own]),
    )


def _named_apart(partners: pl.DataFrame) -> pl.DataFrame:
    """Those of one name with their numbers beside it."""
    told = pl.when(pl.col("name").is_duplicated()).then(pl.format("{} ({})", "name", "id")).otherwise("name")
    return partners.with_columns(name=told)


def _rank_of(row: Mapping[str, Any] | None) -> dict[str, Any]:
    names = ("rank", "best", "worst", "score", "share_first", "low_rank", "high_rank", "unknown")
    return {name: _plain(row[name]) if row else None for name in names}


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
