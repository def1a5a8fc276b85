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
from mining.partners.partner_evidence import PartnerEvidence
from mining.partners.partner_figures import PartnerFigure, partner_figures
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
        """All that a decision stood on, as JSON holds it: period, criteria, method, and of each partner with any figure
        its figures and rank; the others' names are in `without_figures`. `record_table` makes a table of it."""
        ranked = {row["partner"]: row for row in self.judged.ranked.to_dicts()}
        figures: dict[str, dict[str, Any]] = {}
        for row in self.cells.filter(pl.col("n").sum().over("id") > 0).to_dicts():
            told = {name: _plain(row[name]) for name in ("value", "n", "low", "high", "beyond")}
            figures.setdefault(row["id"], {})[row["criterion"]] = told
        known = pl.col("id").is_in([*figures])
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
                 **_rank_of(ranked.get(row["name"])), "figures": figures[row["id"]]}
                for row in self.partners.filter(known).to_dicts()
            ],
            "without_figures": self.partners.filter(~known)["name"].to_list(),
            "notes": list(self.judged.notes),
        }  # fmt: skip


def record_table(record: Mapping[str, Any]) -> pl.DataFrame:
    """A row each partner of a record that was kept, best first: `partner`, `rank`, `share_first`, `rank_from`,
    `rank_to` (a band of 90%), and of each criterion that weighed, or was known, its value under its label and its n
    under `<label>, n`."""
    partners = record.get("partners", ())
    rows = []
    for each in sorted(partners, key=lambda one: (one["rank"] or math.inf, one["name"])):
        row = {"partner": each["name"], "rank": each["rank"], "share_first": each["share_first"],
               "rank_from": each["low_rank"], "rank_to": each["high_rank"]}  # fmt: skip
        for criterion in record.get("criteria", ()):
            told = each["figures"][criterion["name"]]
            row |= {criterion["label"]: told["value"], f"{criterion['label']}, n": told["n"]}
        rows.append(row)
    kinds: dict[str, Any] = {"partner": pl.String, "rank": pl.Int64, "share_first": pl.Float64, "rank_from": pl.Int64,
                             "rank_to": pl.Int64}  # fmt: skip
    for criterion in record.get("criteria", ()):
        kinds |= {criterion["label"]: pl.Float64, f"{criterion['label']}, n": pl.Int64}
    found = pl.DataFrame(rows, kinds)
    bare = [
        each["label"]
        for each in record.get("criteria", ())
        if not each["weight"] and not found[f"{each['label']}, n"].sum()
    ]
    return found.drop(bare, [f"{each}, n" for each in bare])


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
    """As JSON has it: six digits that count, None for what is no number."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if math.isfinite(value) else None
