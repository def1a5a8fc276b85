"""The Polars way: every order line with its codes in memory, lazy filters and group_by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

from bench.measures import BASICS, RATIOS
from bench.members import OTHERS, code
from bench.plain import SHARE, Plain, Spans

REST = -1
Names = dict[str, pl.DataFrame]
VALUES = {
    "revenue": pl.col("revenue").sum() / 100.0,
    "margin": (pl.col("revenue") - pl.col("cost")).sum() / 100.0,
    "units": pl.col("units").sum(),
    "units_sold": pl.col("units").filter(~pl.col("is_return")).sum(),
    "units_returned": -pl.col("units").filter(pl.col("is_return")).sum(),
    "order_lines": pl.len().cast(pl.Int64),
    "orders": pl.col("order_key").filter(~pl.col("is_return")).n_unique().cast(pl.Int64),
    "customers": pl.col("customer_code").filter(pl.col("customer_code") > 0).n_unique().cast(pl.Int64),
    "products": pl.col("product_code")
    .filter(~pl.col("is_return") & (pl.col("product_code") > 0))
    .n_unique()
    .cast(pl.Int64),
}


def answer(lines: pl.DataFrame, names: Names, plain: Plain) -> pl.DataFrame:
    """The cells: an id or null for each level, then the measures."""
    kept = lines.lazy().filter(*_cuts(plain))
    now = _cells(_during(kept, plain.spans), plain)
    frame = now if plain.before is None else _beside(now, _cells(_during(kept, plain.before), plain), plain)
    frame = _shown(frame, plain)
    for level in plain.by:
        frame = frame.join(names[level], on=code(level), how="left", maintain_order="left")
    return frame.select(*plain.by, *_columns(plain))


def names(member: pl.DataFrame, lines: pl.DataFrame) -> Names:
    """The ids of each level's members by code, and what stands for those beyond a top."""
    levels = member["level"].unique().to_list()
    known = [level for level in levels if code(level) in lines.columns]
    rest = pl.DataFrame({"code": [REST], "id": [OTHERS]}, schema={"code": pl.Int32, "id": pl.String})
    found = {}
    for level in known:
        own = member.filter(pl.col("level") == level).select(pl.col("code").cast(pl.Int32), "id")
        found[level] = pl.concat([own, rest]).rename({"code": code(level), "id": level})
    return found


def _cuts(plain: Plain) -> list[pl.Expr]:
    found = []
    for cut in plain.cuts:
        own = pl.col(code(cut.level)).is_in(list(cut.codes))
        found.append(~own if cut.exclude else own)
    return found


def _during(lines: pl.LazyFrame, spans: Spans | None) -> pl.LazyFrame:
    if spans is None:
        return lines
    day = pl.col(code("day"))
    return lines.filter(pl.any_horizontal(pl.lit(False), *(day.is_between(*span) for span in spans)))


def _cells(lines: pl.LazyFrame, plain: Plain) -> pl.DataFrame:
    """The basic measures at all grains: from the finest cells where they add up, else of the lines anew."""
    lines = lines.with_columns(_topped(lines, level, count, plain) for level, count in plain.top)
    if len(plain.grains) == 1 or any(BASICS[each].distinct for each in plain.basics):
        values = [VALUES[each].alias(each) for each in plain.basics]
        parts = pl.collect_all([_grouped(lines, kept, values) for kept in plain.grains])
    else:
        finest = _grouped(lines, plain.by, [VALUES[each].alias(each) for each in plain.basics]).collect()
        values = [pl.col(each).sum() for each in plain.basics]
        parts = [_grouped(finest.lazy(), kept, values).collect() for kept in plain.grains]
    absent = {level: pl.lit(None, pl.Int32).alias(code(level)) for level in plain.by}
    return pl.concat(
        part.with_columns(absent[level] for level in plain.by if level not in kept).select(
            *(pl.col(code(level)).cast(pl.Int32) for level in plain.by), *plain.basics
        )
        for kept, part in zip(plain.grains, parts, strict=True)
    )


def _grouped(lines: pl.LazyFrame, levels: Sequence[str], values: list[pl.Expr]) -> pl.LazyFrame:
    return lines.group_by([code(level) for level in levels]).agg(values) if levels else lines.select(values)


def _topped(lines: pl.LazyFrame, level: str, count: int, plain: Plain) -> pl.Expr:
    own, measure = code(level), plain.measures[0]
    alone = Plain((level,), ((level,),), (), None, None, (), (measure,), False)
    ranked = _with_ratios(_cells(lines, alone), (measure,))
    shown = ranked.sort([measure, own], descending=[True, False], nulls_last=True)[own].head(count)
    key = pl.col(own).cast(pl.Int32)
    return pl.when(key.is_in(shown.to_list())).then(key).otherwise(REST).alias(own)


def _with_ratios(frame: pl.DataFrame, measures: Sequence[str]) -> pl.DataFrame:
    return frame.with_columns(
        (pl.col(RATIOS[each][0]) / pl.when(pl.col(RATIOS[each][1]) != 0).then(pl.col(RATIOS[each][1]))).alias(
            each
        )
        for each in measures
        if each in RATIOS
    )


def _beside(now: pl.DataFrame, then: pl.DataFrame, plain: Plain) -> pl.DataFrame:
    """Cells of two periods; what there was only once counts as nothing the other time."""
    keys = [code(level) for level in plain.by]
    then = then.rename({each: f"{each}@" for each in plain.basics})
    if not keys:
        return pl.concat([now, then], how="horizontal")
    how: Literal["full", "left"] = "full" if plain.compares else "left"
    joined = now.join(then, on=keys, how=how, nulls_equal=True, coalesce=True)
    return joined.with_columns(
        pl.col(name).fill_null(0) for each in plain.basics for name in (each, f"{each}@")
    )


def _shown(frame: pl.DataFrame, plain: Plain) -> pl.DataFrame:
    frame = _with_ratios(frame, plain.measures)
    derived = []
    for measure in plain.measures:
        own, _, derivation = measure.partition(":")
        if derivation == SHARE:
            parents = [code(level) for level in plain.by[:-1]]
            whole = pl.col(own).sum().over(parents) if parents else pl.col(own).sum()
            derived.append((pl.col(own) / whole).alias(measure))
        elif derivation:
            derived.append(_growth(own).alias(measure))
    if plain.compares:
        for each in plain.measures:
            derived += [pl.col(f"{each}@").alias(f"{each}:base"), _growth(each).alias(f"{each}:growth")]
    return frame.with_columns(derived)


def _growth(name: str) -> pl.Expr:
    then = pl.col(f"{name}@")
    return pl.when(then != 0).then((pl.col(name) - then) / then.abs())


def _columns(plain: Plain) -> list[str]:
    compared = [f"{each}:{what}" for each in plain.measures if plain.compares for what in ("base", "growth")]
    return [*plain.measures, *compared]
