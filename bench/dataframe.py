"""The pandas way: every order line with its codes in memory, masks and groupby."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from bench.measures import BASICS, RATIOS
from bench.members import OTHERS, code
from bench.plain import SHARE, Plain, Spans

REST = -1
Names = dict[str, pd.Series]


def prepared(lines: pd.DataFrame) -> pd.DataFrame:
    """Wide lines with a column for each measure that is read from lines: what is counted is missing elsewhere."""
    sold = ~lines.pop("is_return")
    lines = lines.drop(columns="is_order")
    lines["margin"] = (lines["revenue"] - lines.pop("cost")) / 100.0
    lines["revenue"] = lines["revenue"] / 100.0
    lines["orders"] = lines.pop("order_key").where(sold)
    lines["customers"] = lines["customer_code"].where(lines["customer_code"] > 0)
    lines["units_sold"] = lines["units"].where(sold, 0)
    lines["units_returned"] = -lines["units"].where(~sold, 0)
    lines["products"] = lines["product_code"].where(sold & (lines["product_code"] > 0))
    lines["order_lines"] = np.int8(1)
    return lines


def names(member: pl.DataFrame) -> Names:
    """The ids of each level's members by code, and what stands for those beyond a top."""
    found = {}
    for (level,), own in member.group_by("level"):
        ids = dict(zip(own["code"], own["id"], strict=True))
        found[str(level)] = pd.Series({REST: OTHERS, **ids}, dtype="object")
    return found


def answer(lines: pd.DataFrame, names: Names, plain: Plain) -> list[tuple[Any, ...]]:
    """The cells as rows: an id or None for each level, then the measures."""
    kept = _cut(lines, plain)
    if plain.before is None:
        cells = _cells(_during(kept, plain.spans), plain)
        found = [_shown(frame, plain) for frame in cells]
    else:
        parts = ((_cells(_during(kept, spans), plain)) for spans in (plain.spans, plain.before))
        found = [_beside(now, then, plain) for now, then in zip(*parts, strict=True)]
    return [row for frame in found for row in _rows(frame, names, plain)]


def _cut(lines: pd.DataFrame, plain: Plain) -> pd.DataFrame:
    mask = None
    for cut in plain.cuts:
        own = lines[code(cut.level)].isin(cut.codes) ^ cut.exclude
        mask = own if mask is None else mask & own
    needed = dict.fromkeys(
        [*map(code, plain.by), *plain.basics, *([code("day")] if plain.spans is not None else [])]
    )
    return lines[list(needed)] if mask is None else lines.loc[mask, list(needed)]


def _during(lines: pd.DataFrame, spans: Spans | None) -> pd.DataFrame:
    """The lines of these days; lines lie in their order."""
    if spans is None:
        return lines
    day = lines[code("day")]
    edges = [(day.searchsorted(first), day.searchsorted(last, side="right")) for first, last in sorted(spans)]
    return pd.concat([lines.iloc[a:b] for a, b in edges]) if len(edges) != 1 else lines.iloc[slice(*edges[0])]


def _cells(lines: pd.DataFrame, plain: Plain) -> list[pd.DataFrame]:
    """The basic measures at each grain: from the finest cells where they add up, else of the lines anew."""
    how = {each: "nunique" if BASICS[each].distinct else "sum" for each in plain.basics}
    lines = _topped(lines, plain)
    if "nunique" in how.values() or len(plain.grains) == 1:
        return [_grouped(lines, kept, how) for kept in plain.grains]
    finest = _grouped(lines, plain.by, how).reset_index()
    return [_grouped(finest, kept, how) for kept in plain.grains]


def _grouped(lines: pd.DataFrame, levels: Sequence[str], how: dict[str, str]) -> pd.DataFrame:
    if levels:
        return lines.groupby([code(level) for level in levels], sort=False).agg(how)
    return lines.agg(how).to_frame().T


def _topped(lines: pd.DataFrame, plain: Plain) -> pd.DataFrame:
    for level, count in plain.top:
        own, measure = code(level), plain.measures[0]
        ranked = _with_ratios(_cells(lines, _alone(plain, level))[0], (measure,)).reset_index()
        shown = ranked.sort_values([measure, own], ascending=[False, True])[own].head(count)
        key = lines[own].astype("int32")
        lines = lines.assign(**{own: key.where(key.isin(shown), REST)})
    return lines


def _alone(plain: Plain, level: str) -> Plain:
    return Plain((level,), ((level,),), (), None, None, (), plain.measures[:1], False)


def _with_ratios(frame: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    for measure in measures:
        if measure in RATIOS:
            over, under = RATIOS[measure]
            frame = frame.assign(**{measure: frame[over] / frame[under].where(frame[under] != 0)})
    return frame


def _shown(frame: pd.DataFrame, plain: Plain) -> pd.DataFrame:
    frame = _with_ratios(frame, plain.measures)
    for measure in plain.measures:
        own, _, derivation = measure.partition(":")
        if derivation == SHARE:
            levels = list(frame.index.names[:-1])
            whole = frame.groupby(level=levels)[own].transform("sum") if levels else frame[own].sum()
            frame = frame.assign(**{measure: frame[own] / whole})
    return frame[list(plain.measures)]


def _beside(now: pd.DataFrame, then: pd.DataFrame, plain: Plain) -> pd.DataFrame:
    """Cells of two periods; what there was only once counts as nothing the other time."""
    join = "outer" if plain.compares else "left"
    now, then = now.align(then, join=join, axis=0, fill_value=0.0)
    grown = (now - then) / then.abs().where(then != 0)
    columns: dict[str, pd.Series] = {}
    for measure in plain.measures:
        own, _, derivation = measure.partition(":")
        columns[measure] = grown[own] if derivation else now[own]
    if plain.compares:
        for measure in plain.measures:
            columns |= {f"{measure}:base": then[measure], f"{measure}:growth": grown[measure]}
    return pd.DataFrame(columns)


def _rows(frame: pd.DataFrame, names: Names, plain: Plain) -> list[tuple[Any, ...]]:
    """Rows with members named; levels that this grain leaves out are None."""
    index = frame.index
    kept = {name: index.get_level_values(name) for name in index.names if name is not None}
    keys = [
        kept[code(level)].map(names[level]).tolist() if code(level) in kept else [None] * len(frame)
        for level in plain.by
    ]
    values = [frame[column].tolist() for column in frame.columns]
    return list(zip(*keys, *values, strict=True))
