"""What a ranking of partners says in a sentence: who stands first, how surely, and what chance may have done."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from mining.partners.judged_partners import JudgedPartners
from mining.partners.partner_scorecard import PartnerScorecard
from mining.partners.rank_band import TOLD_APART

FEW_NAMED = 3


def standing_words(judged: JudgedPartners) -> str:
    """Who is first in how many draws, and who cannot be told apart from them; empty where fewer than two are ranked."""
    ranked = judged.ranked
    if ranked.height < 2:
        return ""
    first = ranked.row(0, named=True)
    said = f"{first['partner']} stands first, and is so in {first['share_first']:.0%} of {len(judged.band.drawn):,} draws"
    level = ranked.filter(pl.col("rank") == 1)["partner"].to_list()[1:]
    if level:
        said = f"{named([first['partner'], *level])} share the first place"
    pairs = judged.alike.filter((pl.col("one") == first["partner"]) | (pl.col("other") == first["partner"]))
    others = [other if one == first["partner"] else one for one, other, _ in pairs.iter_rows()]
    if not others:
        return f"{said}: ahead of each other one in {TOLD_APART:.0%} of them or more."
    return f"{said}; it cannot be told apart from {named(others)}."


def chance_words(found: PartnerScorecard) -> str:
    """By which criteria partners differ no more than chance lets them."""
    within = [each.label for each in found.within_chance]
    if not within:
        return ""
    rows = found.differences.filter(pl.col("criterion").is_in([each.name for each in found.within_chance]))
    least = rows["p_value"].min()
    return f"Differences within chance: {named(within, 11)} (Cochran's Q, the least p {least:.2g})."


def named(names: Sequence[str], most: int = FEW_NAMED) -> str:
    """Names in a row, the last joined by a word.

    >>> named(["A", "B", "C"]), named(["A", "B", "C", "D", "E"])
    ('A, B and C', 'A, B, C and 2 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    *most_names, last = names
    return f"{', '.join(most_names)} and {last}" if most_names else last
