"""Numbers that a spreadsheet spoiled, numbers that many things share, and numbers that lost their zeros."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from data.load.evidence import words
from data.load.evidence.sample import Sample
from data.load.evidence.ways import counted, fill, listed, many, settle, unknown
from data.load.notice import Choice, Notice

NUMBERS = (
    "customer",
    "product",
    "order",
    "number",
    "order_number",
    "channel",
    "partner",
    "campaign",
    "phone",
    "postcode",
)
ROUNDED = r"^\d([.,]\d+)?[Ee]\+\d{1,2}$"
NAMES = 3
SHARE = 0.3
MANY_NAMES = 12


def notices(sample: Sample) -> Iterator[Notice]:
    """Numbers of members and records that are not what they were."""
    for name in sample.part.columns:
        if name in NUMBERS and (texts := sample.field(name)) is not None:
            spoiled = _rounded(sample, name, texts)
            if spoiled:
                yield spoiled
            elif found := _shared(sample, name, texts):
                yield found


def _rounded(sample: Sample, name: str, texts: pl.Series) -> Notice | None:
    part, column = sample.part, sample.part.columns[name]
    bad = texts.filter(texts.str.contains(ROUNDED).fill_null(False))
    known = part.shape.unknown.get(name, ())
    if not len(bad) or set(bad.unique().to_list()) <= set(known):
        return None
    counts = bad.value_counts(sort=True)
    found = dict(zip(counts.to_series(0).to_list(), counts["count"].to_list(), strict=True))
    key = f"damaged: {column}"
    said = (
        f"{column} says {counted(found)} (of {sample.seen}): a spreadsheet rounded these numbers,"
        " and different ones became one."
    )
    ways = []
    names = sample.field(f"{name}_name")
    if names is not None and names.null_count() == 0:
        other = part.columns[f"{name}_name"]
        ways.append(fill(part, f"Tell them apart by {other}", {name: other}, {}))
    ways.append(unknown(part, {name: list(found)}, "Take them as not known"))
    return Notice(key, said, "Export the file again with whole numbers, or:", (*ways, settle(part, key)))


def _shared(sample: Sample, name: str, texts: pl.Series) -> Notice | None:
    """One number under many names."""
    names = sample.field(f"{name}_name")
    if names is None:
        return None
    frame = pl.DataFrame({"number": texts, "name": names}).drop_nulls()
    frame = frame.with_columns(pl.col("name").map_elements(words.plain, return_dtype=pl.String)).unique()
    groups = (
        frame.group_by("number")
        .agg(pl.len().alias("n"), pl.col("name").sort().head(3))
        .sort("n", descending=True)
    )
    if not groups.height or groups["n"][0] < NAMES:
        return None
    shared = groups.filter(pl.col("n") >= NAMES)
    if shared.height < SHARE * groups.height and groups["n"][0] < MANY_NAMES:
        return None
    part, column, top = sample.part, sample.part.columns[name], shared.row(0, named=True)
    other = part.columns.get(f"{name}_name", f"{name}_name")
    key = f"shared: {column}"
    said = (
        f"{column} has {NAMES} names or more for {shared.height:,} of its {many(groups.height, 'number')}:"
        f" {top['number']} has {top['n']:,} in {other} ({listed(top['name'])})."
    )
    ways = (
        [fill(part, f"Tell them apart by {other}", {name: other}, {})]
        if other in part.columns.values()
        else []
    )
    if shared.height <= 3:
        ways.append(unknown(part, {name: shared["number"].to_list()}, "Take these numbers as not known"))
    return Notice(key, said, "Are they one each?", (*ways, settle(part, key)))


def unmatched(sample: Sample, connection: Any, look_ups: Any) -> Iterator[Notice]:
    """Look-ups whose numbers are found only once leading zeros are set aside."""
    for each in look_ups:
        texts = sample.texts.get(each.on.name)
        if texts is None:
            continue
        rows = connection.execute(f"SELECT DISTINCT trim({each.to.text}) FROM {each.staged.table}").fetchall()
        there = {value for (value,) in rows if value}
        here = set(texts.drop_nulls().unique().to_list())
        bare = {value.lstrip("0") for value in there}
        lost = {value for value in here - there if value.lstrip("0") in bare and value.isdigit()}
        if lost and len(lost) >= 0.5 * len(here):
            yield _zeros(sample, each, sorted(lost), there)


def _zeros(sample: Sample, each: Any, lost: list[str], there: set[str]) -> Notice:
    part, column = sample.part, each.on.name
    other = next(value for value in sorted(there) if value.lstrip("0") == lost[0].lstrip("0"))
    key = f"zeros: {column}"
    said = (
        f"{many(len(lost), 'number')} of {column} are in {each.staged.name} but for leading zeros:"
        f" {lost[0]} here, {other} there, so that nothing is found."
    )
    lengths = {len(value) for value in there} | {len(value) for value in lost}
    ways: list[Choice] = []
    fields = [name for name, said_column in part.columns.items() if said_column == column]
    if fields and len({len(value) for value in there}) == 1:
        pads: Mapping[str, int] = {**part.shape.pad, **{name: max(lengths) for name in fields[:1]}}
        ways.append(
            Choice(f"Fill them to {max(lengths)} digits", replace(part, shape=replace(part.shape, pad=pads)))
        )
    return Notice(key, said, "Are they the same?", (*ways, settle(part, key)))
