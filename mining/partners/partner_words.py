"""What a ranking of partners says in a sentence: who stands first, how surely, and what chance may have done."""

from __future__ import annotations

import polars as pl

from data.load.evidence.ways_out import listed
from mining.partners.judged_partners import JudgedPartners
from mining.partners.partner_scorecard import PartnerScorecard
from mining.partners.rank_band import TOLD_APART


def standing_words(judged: JudgedPartners) -> str:
    """Who is first in how many draws, and who cannot be told apart from them; empty where fewer than two are ranked."""
    ranked = judged.ranked
    if ranked.height < 2:
        return ""
    first = ranked.row(0, named=True)
    draws = f"{first['share_first']:.0%} of {len(judged.band.drawn):,} draws"
    said = f"{first['partner']} stands first, and is so in {draws}"
    level = ranked.filter(pl.col("rank") == 1)["partner"].to_list()[1:]
    if level:
        said = f"{listed([first['partner'], *level])} share the first place"
    pairs = judged.alike.filter((pl.col("one") == first["partner"]) | (pl.col("other") == first["partner"]))
    others = [other if one == first["partner"] else one for one, other, _ in pairs.iter_rows()]
    if not others:
        return f"{said}: ahead of each other one in {TOLD_APART:.0%} of them or more."
    return f"{said}; it cannot be told apart from {listed(others)}."


def chance_words(found: PartnerScorecard) -> str:
    """By which criteria partners differ no more than chance lets them."""
    within = [each.label for each in found.within_chance]
    if not within:
        return ""
    rows = found.differences.filter(pl.col("criterion").is_in([each.name for each in found.within_chance]))
    least = min(rows["adjusted_p"])
    test = f"Cochran's Q with Holm's correction, p {least:.2g} or more"
    return f"Differences within chance: {listed(within, 11)} ({test})."
