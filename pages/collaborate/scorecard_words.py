"""What the page Partners says: figures as texts, the frames of its pictures and tables, sentences on who leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from data.load.evidence.ways_out import listed
from mining.partners.criterion import Criterion
from mining.partners.judged_partners import JudgedPartners
from mining.partners.partner_course import ITSELF
from mining.partners.partner_scorecard import PartnerScorecard
from mining.partners.ranking_methods import RankingMethod
from pages.ui.style.formats import Scale, count_text, format_value, number_text, share_text

WHOLE = Scale()  # percent without decimals; what is not 0 is never written 0
NO_DATA = "no data"
CANDIDATE = "candidate"
METHOD_WORDS: Mapping[RankingMethod, str] = {
    RankingMethod.WEIGHTED_SUM: "each figure stretched from 0 (worst of those compared) to 1 (best), weighed, added",
    RankingMethod.TOPSIS: "nearness to the best of all criteria against that to the worst, figures divided by the"
    " length of their vector",
    RankingMethod.PROMETHEE: "by how many others one is beaten less by how many it beats, criterion after criterion:"
    " how far does not count",
    RankingMethod.SPOTIS: "distance to the best end within ends that do not hang on who is compared, so that nobody's"
    " leaving turns others round",
}
DRAWN = (
    "Each of the draws moves the weights round yours (one of 20% by 7 points) and counts the orders, customers and"
    " answers anew by chance; what is unknown lies anywhere in the range of what is known."
)
SHOWN_FIRST, MOST_PAIRS, MOST_WRITTEN = 15, 12, 9_999


def figure_text(value: float | None, criterion: Criterion, currency: str, beyond: float | None = None) -> str:
    """A figure in the unit of its criterion; `no data` where there is none."""
    if value is None:
        return NO_DATA if beyond is None else f"> {figure_text(beyond, criterion, currency)}"
    if criterion.unit == "days":
        return f"{number_text(value, 0 if value == round(value) else 1)} d"
    if criterion.unit in ("ratio", "points"):
        return number_text(value, 2 if criterion.unit == "ratio" else 1)
    if criterion.unit == "percent":
        return share_text(value, 0 if 0.02 <= value <= 0.98 or value in (0, 1) else 1)
    return format_value(value, criterion.unit, currency, True)


def cell_text(row: Mapping[str, Any], criterion: Criterion, currency: str) -> str:
    """A figure and its n."""
    said = figure_text(row["value"], criterion, currency, row["beyond"])
    return (
        said
        if said == NO_DATA
        else f"{said} · {format_value(row['n'], 'count', compact=row['n'] > MOST_WRITTEN)}"
    )


def shown_criteria(found: PartnerScorecard) -> tuple[Criterion, ...]:
    """Those that weigh, and those of which anything is known."""
    told = set(found.cells.filter(pl.col("n") > 0)["criterion"])
    return tuple(each for each in found.criteria if each.weight > 0 or each.name in told)


def score_cells(found: PartnerScorecard, currency: str, most: int) -> pl.DataFrame:
    """Partners by criteria for a heat map: from 0, the worst of those shown, to 1; the best ranked first."""
    order = [
        *found.judged.ranked["partner"].to_list(),
        *found.judged.out["partner"].unique(maintain_order=True).to_list(),
    ]
    rows = []
    for criterion in shown_criteria(found):
        own = {
            row["partner"]: row
            for row in found.cells.filter(pl.col("criterion") == criterion.name).to_dicts()
        }
        known = [own[name]["value"] for name in order if own[name]["value"] is not None]
        for name in order[:most]:
            row = own[name]
            rows.append({
                "row_id": row["id"], "row_label": name, "column_id": criterion.name, "column_label": criterion.label,
                "value": _goodness(row["value"], known, criterion), "text": cell_text(row, criterion, currency),
                "mark": "plain" if row["value"] is None else "",
            })  # fmt: skip
    schema = dict.fromkeys(("row_id", "row_label", "column_id", "column_label"), pl.String)
    frame = pl.DataFrame(
        rows, schema | {"value": pl.Float64, "text": pl.String, "mark": pl.String}, orient="row"
    )
    place = pl.col("row_label").replace_strict(
        {name: at for at, name in enumerate(order)}, return_dtype=pl.Int64
    )
    return frame.sort(place, maintain_order=True)


def _goodness(value: float | None, known: list[float], criterion: Criterion) -> float:
    if value is None:
        return 0.0
    low, high = min(known), max(known)
    share = (value - low) / (high - low) if high > low else 0.5
    return share if criterion.is_more_better else 1 - share


def score_table(found: PartnerScorecard) -> pl.DataFrame:
    """A row each partner and criterion, as it is taken away."""
    labels = {each.name: each.label for each in found.criteria}
    units = {each.name: each.unit for each in found.criteria}
    counted = {each.name: each.counted for each in found.criteria}
    kinds = found.partners.select("id", "type", "stage")
    return found.cells.join(kinds, on="id", how="left").select(
        "id", "partner", "type", "stage", pl.col("criterion").replace_strict(labels), "value",
        pl.col("criterion").replace_strict(units).alias("unit"), "n",
        pl.col("criterion").replace_strict(counted).alias("n_counts"), "low", "high", "beyond", "misses_floor",
        "meets_target",
    )  # fmt: skip


def wide_table(found: PartnerScorecard, currency: str) -> pl.DataFrame:
    """A row each partner that is ranked or out, a column each criterion, as texts: for narrow screens."""
    cells = score_cells(found, currency, 1_000)
    if cells.is_empty():
        return pl.DataFrame()
    return cells.pivot("column_label", index="row_label", values="text").rename({"row_label": "partner"})


def rank_table(found: PartnerScorecard) -> pl.DataFrame:
    """The chosen method's ranks, best first, with what is to be known of each."""
    judged = found.judged
    stages = found.partners.select("id", partner="name", type="type", stage="stage")
    by = dict(judged.dominated.iter_rows())
    ranked = judged.ranked.join(stages, on="partner", how="left", maintain_order="left")
    remark = [_remark(row, by) for row in ranked.to_dicts()]
    return ranked.with_columns(remark=pl.Series(remark, dtype=pl.String)).select(
        "rank", "partner", "share_first", pl.col("low_rank").alias("rank_from"), pl.col("high_rank").alias("rank_to"),
        "remark", "type", "stage", pl.col("score").round(3), pl.col("best_drawn").alias("best"),
        pl.col("worst_drawn").alias("worst"), "id",
    )  # fmt: skip


def _remark(row: Mapping[str, Any], by: Mapping[str, str]) -> str:
    said = [f"Dominated by {by[row['partner']]}"] if row["partner"] in by else []
    said += [count_text(row["unknown"], "figure unknown", "figures unknown")] if row["unknown"] else []
    said += ["Candidate"] if str(row["stage"]).lower() == CANDIDATE else []
    return "; ".join(said)


def band_dots(found: PartnerScorecard, most: int = SHOWN_FIRST) -> pl.DataFrame:
    """The median rank of each with its band of 90%, and how often it is first, for the picture."""
    rows = []
    ids = dict(found.partners.select("name", "id").iter_rows())
    for row in found.judged.ranked.head(most).to_dicts():
        first = format_value(row["share_first"], "percent", compact=WHOLE)
        text = (
            f"first in {first} of draws; rank {row['low_rank']} to {row['high_rank']} in 90%; best {row['best_drawn']},"
            f" worst {row['worst_drawn']}"
        )
        rows.append({
            "id": ids[row["partner"]], "label": f"{row['partner']} · {first}", "series": "rank",
            "value": float(row["middle_rank"]), "low": float(row["low_rank"]), "high": float(row["high_rank"]),
            "text": text,
        })  # fmt: skip
    schema = {"id": pl.String, "label": pl.String, "series": pl.String, "value": pl.Float64, "low": pl.Float64,
              "high": pl.Float64, "text": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema, orient="row")


def band_alt(found: PartnerScorecard) -> str:
    told = [f"{row['label']}, {row['text']}" for row in band_dots(found).to_dicts()]
    return f"Ranks by {found.judged.method}, best first: {'; '.join(told)}."


def method_table(judged: JudgedPartners) -> pl.DataFrame:
    """The rank of each by each method."""
    by = pl.format("by {}", "method").alias("method")
    wide = judged.ranks.with_columns(by).pivot("method", index="partner", values="rank")
    chosen = f"by {judged.method}"
    others = [each for each in wide.columns if each not in ("partner", chosen)]
    return wide.select("partner", chosen, *others).sort(chosen, "partner")


def agreement_words(judged: JudgedPartners) -> str:
    """The two methods that agree least."""
    told = judged.agreement.drop_nulls("spearman")
    if told.is_empty():
        return "With so few partners methods cannot be compared."
    least = told.sort("spearman", "one", "other").row(0, named=True)
    if least["spearman"] > 0.999:
        return "All four methods rank alike."
    return (
        f"{_capital(least['one'])} and {least['other']} agree least: Spearman {number_text(least['spearman'], 2)},"
        f" Kendall {number_text(least['kendall'], 2)} (1 is the same order, 0 none, -1 the reverse)."
    )


def alike_words(judged: JudgedPartners) -> list[str]:
    """Pairs that cannot be told apart, those placed best first."""
    pairs = judged.alike.head(MOST_PAIRS)
    said = [
        f"{one} and {other}: the first is ahead in {share_text(ahead)} of draws."
        for one, other, ahead in pairs.iter_rows()
    ]
    left = judged.alike.height - pairs.height
    return [*said, f"And {count_text(left, 'more pair')}."] if left else said


def types_words(found: PartnerScorecard) -> str:
    """That partners of several types are ranked as one."""
    ranked = found.partners.filter(pl.col("name").is_in(found.judged.ranked["partner"].to_list()))
    types = ranked["type"].unique().sort().to_list()
    if len(types) < 2:
        return ""
    return f"{listed(types, 6)} are ranked together: filter by type of partner to compare like with like."


def turned_words(judged: JudgedPartners) -> list[str]:
    """Which pairs change places when somebody is left out."""
    grouped = judged.turned.group_by("overtakes", "overtaken").agg(pl.col("without").sort()).sort(
        pl.col("without").list.len(), "overtakes", "overtaken", descending=[True, False, False]
    )  # fmt: skip
    said = [
        f"{overtakes} overtakes {overtaken} without {listed(without)}."
        for overtakes, overtaken, without in grouped.head(MOST_PAIRS).iter_rows()
    ]
    left = grouped.height - min(grouped.height, MOST_PAIRS)
    return [*said, f"And {count_text(left, 'more pair')}."] if left else said


def out_words(found: PartnerScorecard, currency: str) -> list[str]:
    """Who misses which must-have."""
    by = {each.label: each for each in found.criteria}
    return [
        f"{partner}: {criterion} {figure_text(value, by[criterion], currency)}, must be"
        f" {figure_text(floor, by[criterion], currency)} or {'more' if by[criterion].is_more_better else 'less'}."
        for partner, criterion, value, floor in found.judged.out.iter_rows()
    ]


def blank_words(found: PartnerScorecard) -> str:
    """Of whom nothing is known that weighs; candidates first."""
    if not found.blank:
        return ""
    stages = dict(found.partners.select("name", "stage").iter_rows())
    candidates = [name for name in found.blank if str(stages[name]).lower() == CANDIDATE]
    told = f", {count_text(len(candidates), 'candidate')} among them" if candidates else ""
    return f"Of {count_text(len(found.blank), 'partner')} nothing is known that weighs{told}: {listed(found.blank, 6)}."


def course_lines(course: pl.DataFrame, criterion: Criterion, name: str) -> pl.DataFrame:
    """The course of one criterion, of the partner and of all, and its target as a level line."""
    own = course.filter(pl.col("criterion") == criterion.name).sort("month")
    labels = pl.when(pl.col("whose") == ITSELF).then(pl.lit(name)).otherwise(pl.lit("All partners"))
    lines = own.select(id="whose", label=labels, period="month", value="value")
    if criterion.target is None or lines.is_empty():
        return lines
    months = lines["period"].unique().sort()
    level = pl.DataFrame({"period": months}).with_columns(
        id=pl.lit("target"), label=pl.lit("Target"), value=pl.lit(criterion.target, pl.Float64)
    )
    return pl.concat([lines, level.select(lines.columns)])


def course_table(course: pl.DataFrame, criterion: Criterion) -> pl.DataFrame:
    """The partner's own months: figure, n, interval."""
    own = course.filter(pl.col("criterion") == criterion.name, pl.col("whose") == ITSELF)
    return own.select("month", "value", "n", "low", "high").sort("month")


def figure_rows(found: PartnerScorecard, identity: str, currency: str) -> pl.DataFrame:
    """All figures of one partner as texts."""
    by = {each.name: each for each in found.criteria}
    rows = []
    for row in found.cells.filter(pl.col("id") == identity).to_dicts():
        each = by[row["criterion"]]
        low, high = (figure_text(row[end], each, currency) for end in ("low", "high"))
        known = row["value"] is not None
        rows.append((
            each.label, figure_text(row["value"], each, currency, row["beyond"]), f"{low} to {high}" if known else "–",
            f"{number_text(row['n'])} {each.counted}", _aims(row, each, currency),
        ))  # fmt: skip
    names = ("criterion", "figure", "likely, 95%", "n", "must-have, target")
    return pl.DataFrame(rows, dict.fromkeys(names, pl.String), orient="row")


def _aims(row: Mapping[str, Any], criterion: Criterion, currency: str) -> str:
    said = []
    if criterion.floor is not None:
        state = "not known" if row["value"] is None else "missed" if row["misses_floor"] else "met"
        said.append(f"must {figure_text(criterion.floor, criterion, currency)} {state}")
    if criterion.target is not None:
        state = {None: "not known", True: "met", False: "not met"}[row["meets_target"]]
        said.append(f"target {figure_text(criterion.target, criterion, currency)} {state}")
    return "; ".join(said)


def worth_curve(worth: pl.DataFrame, name: str) -> pl.DataFrame:
    """Margin so far by months since the first sale."""
    return worth.select(
        age=pl.int_range(pl.len()).cast(pl.Float64), value="so_far", low="low", high="high", id=pl.lit("worth"),
        label=pl.lit(name),
    )  # fmt: skip


def worth_words(worth: pl.DataFrame, currency: str) -> str:
    """The margin until the last month, with its band, and the best year."""
    last, first = worth.row(-1, named=True), worth.row(0, named=True)
    said, low, high = (
        format_value(last[name], "money", currency, True) for name in ("so_far", "low", "high")
    )
    band = f" ({low} to {high})" if last["low"] is not None else ""
    return f"Margin of its goods since {first['month']:%Y-%m}: {said}{band}, over {count_text(worth.height, 'month')}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
