"""What the page Segments draws, as frames and rows: pure functions of a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from mining.segments.buying_pace import Pace
from mining.segments.clustered_segments import NO_GROUP
from mining.segments.customer_features import ALL, NO_PURCHASE, RFM, worded
from mining.segments.rfm_quintiles import HORIZON_DAYS, PLACE, SEGMENTS
from pages.discover.found_segments import ADVICE, AT_RISK, FoundSegments, in_words
from pages.ui.kpi_row import Kpi
from pages.ui.segment_list import SegmentRow
from pages.ui.style.formats import (
    ABSENT,
    count_text,
    format_day,
    format_value,
    number_text,
    scale_of,
    share_text,
)
from pages.ui.style.told_sentences import numbers_told

FEATURES: Mapping[str, str] = {
    "recency_days": "Days since",
    "purchase_days": "Purchase days",
    "revenue": "Revenue",
    "categories": "Categories",
    "return_rate": "Returns",
    "age_days": "Days since the first",
    "average_order_value": "Order value",
    "channel_mix": "Channel mix",
    "category_mix": "Category mix",
}
UNITS = {
    "revenue": "money",
    "expected_revenue": "money",
    "return_rate": "percent",
    "share_customers": "percent",
    "share_revenue": "percent",
}
USUAL = ("customer", "name", "revenue", "recency_days", "purchase_days", "expected_revenue")
STRONGEST = 300.0
WORTH = {1: "1: least", 2: "2", 3: "3", 4: "4", 5: "5: most"}


def tiles(finding: FoundSegments, currency: str) -> list[Kpi]:
    """Customers, segments, the most valuable one, and what the method tells of them all."""
    profiles = finding.profiles
    buyers = profiles.filter(~pl.col("segment").is_in([NO_PURCHASE, NO_GROUP]))
    best = profiles.sort("revenue", descending=True).row(0, named=True)
    everybody = finding.members.height
    never = int(profiles.filter(pl.col("segment") == NO_PURCHASE)["customers"].sum())
    return [
        Kpi(
            "customers",
            "Customers",
            number_text(everybody),
            note=f"{number_text(never)} never bought" if never else "all have bought",
            help=f"Known customers of the slice; recency is measured from {format_day(finding.as_of)}.",
        ),
        Kpi("segments", "Segments", str(buyers.height), note=f"as of {format_day(finding.as_of)}"),
        Kpi(
            "best",
            "Top segment",
            format_value(best["share_revenue"], "percent"),
            note=f"of revenue: {best['segment']}, {format_value(best['share_customers'], 'percent')} of customers",
            help=numbers_told(best["sentence"]),
        ),
        *_of_the_method(finding, currency),
    ]


def _of_the_method(finding: FoundSegments, currency: str) -> list[Kpi]:
    """How far clusters are apart, or what is at risk by RFM; hand-drawn cells have neither."""
    if finding.silhouette is not None:
        return [_separation(finding)]
    return [_at_risk(finding, currency)] if finding.rule is None else []


def _separation(finding: FoundSegments) -> Kpi:
    score = finding.silhouette or 0.0
    return Kpi(
        "silhouette",
        "Silhouette",
        number_text(score, 2),
        note=in_words(score),
        help="How much nearer customers are to their own segment than to the next, from -1 to 1 (Rousseeuw 1987).",
    )


def _at_risk(finding: FoundSegments, currency: str) -> Kpi:
    lost = finding.members.filter(pl.col("segment").is_in(AT_RISK))
    whom = count_text(lost.height, "customer")
    told = finding.pace.usual_days is not None
    expected = format_value(float(lost["expected_revenue"].sum()), "money", currency, True)
    return Kpi(
        "risk",
        "Revenue at risk",
        expected if told else ABSENT,
        note=f"expected of {whom} within a year: purchases by BG/NBD x their average" if told
        else "too few came back to expect anything",
        help=f"Customers of {' and '.join(AT_RISK)}. Their purchases within {number_text(HORIZON_DAYS)} days after "
        f"{format_day(finding.as_of)} are what BG/NBD expects (Fader, Hardie and Lee 2005) of how often each bought, "
        "when last, and for how long each is known; each purchase is worth what the customer's were on average.",
    )  # fmt: skip


def cautions(finding: FoundSegments) -> list[str]:
    """What to know before the segments are believed: who bought once, what says nothing, how long is long here."""
    own, buyers = finding.pace, finding.members.filter(pl.col("recency_days").is_not_null())
    once = own.buyers - own.repeaters
    said = []
    if 2 * once > own.buyers:
        said.append(
            f"{number_text(once)} of {count_text(own.buyers, 'buyer')} bought once: "
            "their frequency is the lowest there is."
        )
    read = RFM if finding.rule is None else ()
    same = [worded(name) for name in read if buyers[name].n_unique() == 1]
    same += [worded(name, finding.words) for name in finding.alike]
    if finding.clusters and len(finding.clusters.features) == 1:
        said.append(
            "Of one feature alone no segment can be told from chance: shuffled for itself it is the same."
        )
    if finding.unknown:
        most = max(finding.unknown.values())
        which = [worded(name, finding.words) for name in finding.unknown]
        told = " and ".join(which) if len(which) < 3 else f"{which[0]} and {len(which) - 1} more"
        said.append(
            f"Of {count_text(most, 'customer')} it is not known: {told}. The middle value stands for them."
        )
    if same:
        said.append(f"All buyers are alike in {' and '.join(same)}, which says nothing here.")
    return [*said, _long_ago(own)]


def _long_ago(own: Pace) -> str:
    if own.usual_days is None or own.long_days is None:
        came = f"{number_text(own.repeaters)} came back" if own.repeaters else "Nobody came back"
        return f"{came}: too few to say how long ago is long here."
    return (
        f"Recently is within {count_text(round(own.usual_days), 'day')}, the usual time between two purchases here; "
        f"long ago is beyond {count_text(round(own.long_days), 'day')}, when nine in ten who come back have done so."
    )


def rows(finding: FoundSegments, tints: Mapping[str, str], currency: str) -> list[SegmentRow]:
    """The list of segments in the finding's order, each with what its customers do and what to do about them."""
    behaviours = dict(finding.profiles.select("segment", "behaviour").iter_rows())
    return [
        replace(each, sentence=capitalised(numbers_told(behaviours[each.id])), advice=ADVICE.get(each.id, ""))
        for each in sized_rows(finding.profiles, tints, currency)
    ]


def sized_rows(sizes: pl.DataFrame, tints: Mapping[str, str], currency: str) -> list[SegmentRow]:
    """Segments by how many they are and what they bring: segment, customers, revenue, and the shares of both."""
    scale = scale_of(sizes["revenue"], "money", currency)
    return [
        SegmentRow(
            id=row["segment"],
            colour=tints[row["segment"]],
            customers=number_text(row["customers"]),
            customers_share=row["share_customers"],
            customers_text=_share(row["share_customers"]),
            revenue=format_value(row["revenue"], "money", currency, scale),
            revenue_share=row["share_revenue"] or 0.0,
            revenue_text=_share(row["share_revenue"]),
            sentence="",
        )
        for row in sizes.iter_rows(named=True)
    ]


def capitalised(words: str) -> str:
    """
    >>> capitalised("buy often (median 7 purchase days)")
    'Buy often (median 7 purchase days)'
    """
    return f"{words[:1].upper()}{words[1:]}"


def indexes(finding: FoundSegments) -> pl.DataFrame:
    """Segments by features as an index (100 is all buyers), for `figures.segment_profile`.

    Beyond 300 the colour grows no more, so that one outlier doesn't pale all others; the text goes on to 999.
    """
    bought = finding.profiles.filter(pl.col("segment") != NO_PURCHASE)
    cells = [
        {
            "row_id": row["segment"],
            "row_label": short(row["segment"]),
            "column_id": name,
            "column_label": FEATURES[name],
            "value": min(row[f"index_{name}"], STRONGEST),
            "text": _index(row[f"index_{name}"]),
        }
        for row in bought.iter_rows(named=True)
        for name in ALL
        if row[f"index_{name}"] is not None
    ]
    texts = ("row_id", "row_label", "column_id", "column_label", "text")
    return pl.DataFrame(cells, schema={**dict.fromkeys(texts, pl.String), "value": pl.Float64})


def short(name: str, length: int = 25) -> str:
    """A name that fits an axis, cut in the middle: its end may be what tells it apart."""
    return name if len(name) <= length else f"{name[: length - 14].rstrip()}…{name[-13:].lstrip()}"


def grid(finding: FoundSegments) -> pl.DataFrame:
    """The RFM grid for `figures.heatmap`: customers by row of recency, and by the mean of the two other scores."""
    row, value = PLACE
    placed = finding.members.filter(pl.col(row).is_not_null())
    counts = placed.group_by(PLACE).agg(pl.len().cast(pl.Float64).alias("n"))
    days = placed.group_by(row).agg(
        pl.col("recency_days").min().alias("least"), pl.col("recency_days").max().alias("most")
    )
    spans = {
        at: f"{at}: {number_text(least)}–{number_text(most)} days" for at, least, most in days.iter_rows()
    }
    every = pl.DataFrame(
        [(r, v) for r in range(5, 0, -1) for v in range(1, 6)],
        schema=dict.fromkeys(PLACE, pl.Int64),
        orient="row",
    )
    cells = every.join(counts, on=PLACE, how="left", maintain_order="left")
    return cells.select(
        row_id=pl.col(row).cast(pl.String),
        row_label=pl.col(row).replace_strict(spans, default="", return_dtype=pl.String),
        column_id=pl.col(value).cast(pl.String),
        column_label=pl.col(value).replace_strict(WORTH, return_dtype=pl.String),
        value="n",
    )


def members(finding: FoundSegments, segment: str = "") -> pl.DataFrame:
    """The customers of one segment, or of all, the greatest revenue first."""
    chosen = finding.members.filter(pl.col("segment") == segment) if segment else finding.members
    kept = chosen.drop("number", strict=False).rename({"label": "name"}).with_columns(formed_on=finding.as_of)
    return kept.sort("revenue", "customer", descending=[True, False])


def transitions(moved: pl.DataFrame) -> pl.DataFrame:
    """The flow between two days for `figures.heatmap`: from which segment (rows) to which (columns).

    Segments are numbered, and across stands the number alone, so that many fit a phone.
    """
    names = [each.name for each in SEGMENTS]
    place = {name: at for at, name in enumerate([*names, NO_PURCHASE])}

    def order(side: str) -> pl.Expr:
        return pl.col(side).replace_strict(place, default=len(place), return_dtype=pl.Int64)

    def segments(side: str) -> pl.DataFrame:
        return moved.select(side, at=order(side)).unique().sort("at", side).drop("at")

    every = segments("before").join(segments("after"), how="cross")
    both = pl.concat([every["before"], every["after"]]).unique()
    numbers = {
        name: at
        for at, name in enumerate(sorted(both, key=lambda name: (place.get(name, len(place)), name)), 1)
    }
    number = {
        side: pl.col(side).replace_strict(numbers, return_dtype=pl.String) for side in ("before", "after")
    }
    cells = every.join(moved, on=["before", "after"], how="left", maintain_order="left")
    return cells.select(
        row_id="before",
        row_label=number["before"] + " " + pl.col("before"),
        column_id="after",
        column_label=number["after"],
        value=pl.col("members").cast(pl.Float64),
    )


def moves(moved: pl.DataFrame) -> pl.DataFrame:
    """The flow as a table: from, to, customers and their share of the segment that they were in, the most first."""
    share = pl.col("members") / pl.col("members").sum().over("before")
    return moved.select(
        pl.col("before").alias("from"),
        pl.col("after").alias("to"),
        pl.col("members").alias("customers"),
        share=share,
    ).sort("customers", "from", "to", descending=[True, False, False])


def _index(value: float) -> str:
    return "> 999" if value > 999.5 else number_text(value)


def _share(share: float | None) -> str:
    if share is None:
        return ""
    return f"<{share_text(0.01)}" if 0 < share < 0.005 else share_text(share if round(share * 100) else 0.0)
