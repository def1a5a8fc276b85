"""Numbers that a spreadsheet spoiled, and numbers that many things share."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from data.load.evidence import header_words
from data.load.evidence.notice import Notice
from data.load.evidence.row_sample import RowSample
from data.load.evidence.ways_out import counted, fill, listed, many, settle, unknown

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


def notices(sample: RowSample) -> Iterator[Notice]:
    """Numbers of members and records that are not what they were."""
    for name in sample.part.columns:
        if name in NUMBERS and (texts := sample.field(name)) is not None:
            spoiled = _rounded(sample, name, texts)
            if spoiled:
                yield spoiled
            elif found := _shared(sample, name, texts):
                yield found


def _rounded(sample: RowSample, name: str, texts: pl.Series) -> Notice | None:
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


def _shared(sample: RowSample, name: str, texts: pl.Series) -> Notice | None:
    """One number under many names."""
    names = sample.field(f"{name}_name")
    if names is None:
        return None
    frame = pl.DataFrame({"number": texts, "name": names}).drop_nulls()
    frame = frame.with_columns(
        pl.col("name").map_elements(header_words.plain, return_dtype=pl.String)
    ).unique()
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
