"""Proposal insight in words: what the page says of ranks, of those who speak and of what repeats, and its frames."""

from __future__ import annotations

import polars as pl

from mining.proposals.opinion_groups import SURE, OpinionGroups
from mining.proposals.proposal_ranks import HEAVY, WAYS
from mining.proposals.voice_weights import UNTOLD
from mining.proposals.voices_beside_customers import ALIKE, LESS, MORE
from pages.collaborate.found_proposal_insight import FoundProposalInsight
from pages.collaborate.proposal_insight_view import EVERY, OPEN
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import (
    chance_text,
    count_text,
    format_day,
    format_value,
    number_text,
    share_text,
)

SHOWN = 10  # proposals that are drawn
WAY_NAMES = {"persons": "By persons", "value": "By worth", "segments": "By groups"}
WORTH_NAMES = {
    "margin": "Worth: margin of a year",
    "revenue": "Worth: revenue of a year",
    "customer_value": "Worth: value ahead",
    "head_room": "Worth: head-room",
    "value_at_risk": "Worth: value at risk",
}
ONLY_NAMES = {EVERY: "All proposals", OPEN: "Open proposals"}
EXACT = {"both": "Title and text", "title": "Title", "text": "Text"}
ELSEWHERE = {True: "Two places", False: "One place"}
RANK_UNITS = {
    "persons": "count", "share": "percent", "low": "percent", "high": "percent", "worth": "money",
    "worth_low": "money", "worth_high": "money", "worth_known_of": "count", "largest_customer": "percent",
    "herfindahl": "ratio", "mean_share_of_groups": "percent", "groups_low": "percent", "groups_high": "percent",
    "supports_told": "count",
}  # fmt: skip
SEGMENT_UNITS = {
    "persons": "count",
    "customers": "count",
    "share": "percent",
    "low": "percent",
    "high": "percent",
}
BESIDE_UNITS = {"customers": "count", "proposers": "count", "voters": "count", "weight": "ratio"} | dict.fromkeys(
    ("share", "proposers_share", "proposers_low", "proposers_high", "voters_share", "voters_low", "voters_high"),
    "percent",
)  # fmt: skip
SUPPORTED_UNITS = {"persons": "count", "voters": "count", "share": "percent", "low": "percent", "high": "percent",
                   "others": "percent"}  # fmt: skip
WORDS = {MORE: "more", LESS: "fewer", ALIKE: "as many, within chance"}


def main_fact(found: FoundProposalInsight) -> str:
    """How many speak of how many, and whether the three ranks agree."""
    ranks, proposals = found.insight.ranks, count_text(found.voices.proposals.height, "proposal")
    if not ranks.voices:
        totals = found.voices.proposals["told_supports"].drop_nulls()
        told = (
            f" Sources tell {number_text(float(totals.sum()))} supports without voters."
            if len(totals)
            else ""
        )
        return f"Nobody who is known here supports any of {proposals}.{told}"
    spoke = (
        f"{count_text(ranks.voices, 'customer')} of {number_text(found.base.customers.height)} support at least one of"
        f" {proposals}"
    )
    alike = number_text(len(first_of_all(found)))
    most = number_text(min(SHOWN, ranks.rows.height))
    return f"{spoke}; {alike} of the first {most} by persons are among the first by worth and by groups too."


def first_of_all(found: FoundProposalInsight) -> list[str]:
    """Proposals that are among the first by each way."""
    ahead = pl.all_horizontal(pl.col(f"rank_{way}") <= SHOWN for way in WAYS)
    return found.insight.ranks.rows.filter(ahead)["proposal"].to_list()


def cautions(found: FoundProposalInsight) -> list[str]:
    """What is to be known before anything is believed."""
    told, ranks = list(found.notes), found.insight.ranks
    if ranks.outside:
        told.append(
            f"{count_text(ranks.outside, 'support')} of customers outside of the filters are left out everywhere."
        )
    if found.insight.is_weighted:
        told.append(weights_words(found))
    return told


def weights_words(found: FoundProposalInsight) -> str:
    """What the weights do, and what they cannot."""
    weights = found.insight.weights
    if weights.weights.is_empty():
        return "Nobody voted, so there is nobody to weight."
    said = (
        f"Weighted, {count_text(weights.weights.height, 'voter')} tell as much as {number_text(weights.effective)} of"
        f" one weight; the largest weight is {number_text(weights.largest, 2)}."
    )
    if weights.silent:
        said += (
            f" Of {', '.join(weights.silent[:5])} nobody voted: {share_text(weights.silent_share, 1)} of all customers"
            " for whom no weight speaks."
        )
    return said


def tiles(found: FoundProposalInsight, currency: str) -> list[Kpi]:
    ranks, rows = found.insight.ranks, found.insight.ranks.rows
    reach = (
        f"{share_text(ranks.voices / found.base.customers.height, 1)} of customers"
        if found.base.customers.height
        else ""
    )
    supports = int(rows["persons"].sum())
    silent = rows.filter(pl.col("persons") == 0).height
    heavy = heavy_rows(found).height
    weights = found.insight.weights
    return [
        Kpi("proposals", "Proposals", number_text(rows.height), note=f"{number_text(silent)} without a known voter"),
        Kpi("voters", "Customers voting", number_text(ranks.voices), note=reach),
        Kpi("supports", "Supports", number_text(supports), note="each customer once a proposal"),
        Kpi("heavy", "Held by one", number_text(heavy), note=f"{share_text(HEAVY)} of the worth or more"),
        Kpi("effective", "Effective voters", number_text(weights.effective), note="once weighted to the base"),
    ]  # fmt: skip


def heavy_rows(found: FoundProposalInsight) -> pl.DataFrame:
    """Proposals of two supporters or more, where one holds HEAVY of the worth."""
    heavy = (pl.col("valued") > 1) & (pl.col("top_share") >= HEAVY)
    return found.insight.ranks.rows.filter(heavy).sort("persons", "top_share", descending=True)


def heavy_words(found: FoundProposalInsight) -> str:
    rows = heavy_rows(found)
    if rows.is_empty():
        return f"No proposal of two supporters or more has one who holds {share_text(HEAVY)} of their worth."
    row = rows.row(0, named=True)
    return (
        f"In {count_text(rows.height, 'proposal')} of two supporters or more one customer holds {share_text(HEAVY)} of"
        f" the worth or more: in “{titles(found)[row['proposal']]}” one of {count_text(row['valued'], 'supporter')}"
        f" holds {share_text(row['top_share'])}."
    )


def titles(found: FoundProposalInsight) -> dict[str, str]:
    return dict(found.voices.proposals.select("proposal", "title").iter_rows())


def first_rows(found: FoundProposalInsight, order: str) -> pl.DataFrame:
    """The first by a way, as many as are drawn."""
    rows = found.insight.ranks.rows.filter(pl.col("persons") > 0)
    return rows.sort(f"rank_{order}", "rank_persons", "proposal", nulls_last=True).head(SHOWN)


def rank_lines(found: FoundProposalInsight, order: str, currency: str) -> pl.DataFrame:
    """The first by one way, with their rank by each: that way first."""
    named = titles(found)
    ways = (order, *(way for way in WAYS if way != order))
    rows = [
        {
            "id": row["proposal"], "label": named[row["proposal"]] or row["proposal"], "way": WAY_NAMES[way],
            "rank": row[f"rank_{way}"], "text": rank_text(row, way, named[row["proposal"]], currency),
        }
        for row in first_rows(found, order).to_dicts()
        for way in ways
    ]  # fmt: skip
    schema = {"id": pl.String, "label": pl.String, "way": pl.String, "rank": pl.Int64, "text": pl.String}
    return pl.DataFrame(rows, schema=schema)


def rank_text(row: dict[str, object], way: str, title: str, currency: str) -> str:
    unit, names = {
        "persons": ("percent", ("share", "low", "high")),
        "value": ("money", ("value", "value_low", "value_high")),
        "segments": ("percent", ("segment_share", "segment_low", "segment_high")),
    }[way]
    value, low, high = (format_value(row[name], unit, currency) for name in names)
    place = f"{WAY_NAMES[way].lower()} number {row[f'rank_{way}']}"
    return f"{title}: {place}, {value} ({low} to {high}), n = {row['persons']}"


def rank_alt(found: FoundProposalInsight, order: str) -> str:
    named = titles(found)
    told = [
        f"{named[row['proposal']]} is number {row['rank_persons']} by persons, {row['rank_value']} by worth and"
        f" {row['rank_segments']} by groups"
        for row in first_rows(found, order).head(3).to_dicts()
    ]
    return f"The first {SHOWN} {WAY_NAMES[order].lower()} by each way. {'; '.join(told)}."


def rank_table(found: FoundProposalInsight, order: str) -> pl.DataFrame:
    """All proposals with every number behind their three ranks."""
    told = found.voices.proposals.select(
        "proposal", "title", "number", "status", "place", "merged", "told_supports"
    )
    rows = found.insight.ranks.rows.join(told, on="proposal", maintain_order="left").sort(
        f"rank_{order}", "rank_persons", -pl.col("told_supports"), "proposal", nulls_last=True
    )
    totals = ["supports_told"] if told["told_supports"].drop_nulls().len() else []
    return rows.rename({"told_supports": "supports_told"}).select(
        "title", "number", "status",
        *(pl.col(f"rank_{way}").alias(f"rank {WAY_NAMES[way].lower()}") for way in WAYS),
        "persons", *totals, "share", "low", "high",
        worth="value", worth_low="value_low", worth_high="value_high", worth_known_of="valued",
        largest_customer="top_share", herfindahl="herfindahl", mean_share_of_groups="segment_share",
        groups_low="segment_low", groups_high="segment_high", merged="merged",
    )  # fmt: skip


def segment_cells(found: FoundProposalInsight, order: str) -> pl.DataFrame:
    """The share of each group that supports each of the first proposals."""
    first = first_rows(found, order).select("proposal").join(
        found.insight.ranks.segments, on="proposal", how="inner", maintain_order="left_right"
    )  # fmt: skip
    told = first.filter(pl.col("segment") != UNTOLD)
    return (told if told.height else first).select(
        row_id="proposal", row_label=pl.col("proposal").replace(titles(found)), column_id="segment",
        column_label="segment", value="share",
    )  # fmt: skip


def segment_table(found: FoundProposalInsight) -> pl.DataFrame:
    told = found.voices.proposals.select("proposal", "title", "number")
    joined = found.insight.ranks.segments.join(told, on="proposal", maintain_order="left")
    return joined.select("title", "number", "segment", "persons", "customers", "share", "low", "high")


def beside_dots(found: FoundProposalInsight) -> pl.DataFrame:
    """The share that each group has of customers, proposers and voters."""
    schema = {"id": pl.String, "label": pl.String, "series": pl.String, "value": pl.Float64, "low": pl.Float64,
              "high": pl.Float64, "text": pl.String}  # fmt: skip
    rows = []
    for row in found.insight.beside.to_dicts():
        group = row["segment"]
        rows.append(
            {"id": group, "label": group, "series": "All customers", "value": row["share"], "low": row["share"],
             "high": row["share"], "text": f"{share_text(row['share'], 1)} of all, n = {row['customers']}"}
        )  # fmt: skip
        for name in ("proposers", "voters"):
            if row[f"{name}_share"] is not None:
                value, low, high = (row[f"{name}_{each}"] for each in ("share", "low", "high"))
                band = f"{share_text(low, 1)} to {share_text(high, 1)}"
                text = f"{share_text(value, 1)} of {name} ({band}), n = {row[name]}"
                rows.append({"id": group, "label": group, "series": name.title(), "value": value, "low": low,
                             "high": high, "text": text})  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def beside_words(found: FoundProposalInsight) -> str:
    """In which groups those who speak are not like customers at large."""
    told = [
        f"{row['segment']} {WORDS[row[f'{name}_word']]} among {name} ({share_text(row[f'{name}_share'], 1)} beside"
        f" {share_text(row['share'], 1)})"
        for row in found.insight.beside.to_dicts()
        for name in ("proposers", "voters")
        if row[f"{name}_word"] in (MORE, LESS)
    ]
    if not told:
        return "No group is more or less of those who speak than of all customers, beyond chance."
    return f"Those who speak are not all customers: {'; '.join(told[:6])}."


def beside_table(found: FoundProposalInsight) -> pl.DataFrame:
    weights = found.insight.weights.groups.select("segment", "weight")
    return found.insight.beside.join(weights, on="segment", how="left", maintain_order="left").rename(
        {"segment": "group"}
    )


def groups_words(groups: OpinionGroups) -> str:
    """Whether there are groups of opinion, and how sure that is."""
    n = f"{count_text(groups.voters, 'voter')} and {count_text(groups.proposals, 'proposal')}"
    left = (
        f" {number_text(groups.left_out)} voters are left out: too few votes, or beyond the sample."
        if groups.left_out
        else ""
    )
    if not groups.is_found:
        return (
            f"No groups of opinion are shown: {n} stand apart no more than when their votes are shuffled"
            f" (p = {chance_text(groups.p)}, {number_text(groups.spreads, 1)} spreads beyond the mean).{left}"
        )
    count = groups.members["group"].n_unique()
    return (
        f"{count_text(count, 'group')} among {n}: they stand apart by {number_text(groups.spreads, 1)} spreads more"
        f" than when votes are shuffled (p = {chance_text(groups.p)}).{left}"
    )


def group_names(groups: OpinionGroups) -> pl.DataFrame:
    sizes = groups.members.group_by("group").agg(voters=pl.len()).sort("group")
    return sizes.with_columns(share=pl.col("voters") / groups.members.height)


def supported_table(found: FoundProposalInsight, groups: OpinionGroups) -> pl.DataFrame:
    """What each group supports more than the others, beyond luck."""
    named = titles(found)
    sure = groups.supported.filter((pl.col("q") <= SURE) & (pl.col("share") > pl.col("others")))
    return sure.select(
        "group", title=pl.col("proposal").replace(named), persons="persons", voters="voters", share="share", low="low",
        high="high", others="others", q=pl.col("q").round(4),
    )  # fmt: skip


def pair_table(found: FoundProposalInsight, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs in words, both places shown."""
    named = titles(found)
    numbers = dict(found.voices.proposals.select("proposal", "number").iter_rows())
    return pairs.select(
        first=pl.col("first").replace(numbers), title=pl.col("first").replace(named),
        second=pl.col("second").replace(numbers), title_of_second=pl.col("second").replace(named),
        likeness=pl.col("score").round(2), repeats=pl.col("exact").replace_strict(EXACT, default=None),
        place="first_place", place_of_second="second_place",
        places=pl.col("is_elsewhere").replace_strict(ELSEWHERE, default="Not told"),
    )  # fmt: skip


def pairs_words(pairs: pl.DataFrame, alike: float) -> str:
    elsewhere = pairs.filter(pl.col("is_elsewhere")).height
    exact = pairs.filter(pl.col("exact").is_not_null()).height
    if pairs.is_empty():
        return f"No two proposals are alike by {number_text(alike, 1)} or more, and none repeats another."
    return (
        f"{count_text(pairs.height, 'pair')}: {number_text(exact)} repeat a title or a text word for word, the others"
        f" are alike by {number_text(alike, 1)} or more. {number_text(elsewhere)} name two places: these ask for two"
        " things."
    )


def of_day(found: FoundProposalInsight) -> str:
    return f"Worth is by the close of {format_day(found.base.until)}." if found.base.until else ""
