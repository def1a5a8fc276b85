"""Rules found: the cube's baskets encoded once a slice, mined once at the lowest support, then only chosen from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

import numpy as np
import polars as pl
import streamlit as st

from cubes.drill_through import rows_behind
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.store.warehouse import Profile
from mining.patterns.association_rules import RuleDemands, Rules, passing
from mining.patterns.basket_matrix import Baskets, encode_codes
from mining.patterns.candidate_rules import CandidateRules, candidate_rules
from mining.patterns.itemsets import suggest_support
from mining.patterns.itemsets_elsewhere import frequent_elsewhere
from mining.patterns.rule_comparison import check_apart, compared
from mining.patterns.rule_margins import entry_margins, with_margins
from mining.patterns.rule_refusals import RuleAdvice, TooManyItemsets
from pages.discover.baskets_view import ACROSS, LEVELS, Association
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work

LOOSEST = "baskets-loosest"


@dataclass(frozen=True, slots=True, eq=False)
class RefusedRules:
    """A question that mining refused, remembered like an answer: finding out takes as long."""

    problem: str
    remedy: str
    advice: RuleAdvice


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """The baskets of a slice and the support to begin with; None where nothing was bought together or at all."""

    baskets: Baskets | None
    suggested: Decimal


def single_levels(profile: Profile) -> list[str]:
    """The levels that tell more than one item apart, products always."""
    return [level for level in LEVELS if level == "product" or profile.members.get(level, 0) > 2]


def levels(profile: Profile) -> list[str]:
    """Each of them, and all at once where there are two."""
    found = single_levels(profile)
    return [*found, *([ACROSS] if len(found) > 1 else [])]


def item_levels(level: str) -> tuple[str, ...]:
    """The levels whose members are items."""
    return tuple(single_levels(session.warehouse().profile)) if level == ACROSS else (level,)


def level_label(level: str) -> str:
    return "All levels" if level == ACROSS else session.cube().level(level).label


def encoded(cuts: tuple[Cut, ...], level: str) -> Encoded:
    """The baskets of the slice. Raises BadRequest for cuts that name what is not there."""
    return _encoded(session.warehouse().version, session.sets_read(cuts), item_levels(level))


def found(association: Association, baskets: Baskets, support: Decimal) -> Rules | RefusedRules:
    """The rules asked for: chosen from those mined at a lower support in this session where there are some."""
    question, at = _question(association, support)
    candidates = _asked(*question, at, baskets).found()
    if isinstance(candidates, RefusedRules):
        return candidates
    st.session_state[LOOSEST] = (question, at)
    return _passing(*question, at, association.demands(support), candidates, baskets.items)


def weighed(association: Association, rules: Rules, baskets: Baskets) -> Rules:
    """The rules with what they earn, the greatest expected margin first; as they are where nothing asks for it."""
    if not association.by_margin:
        return rules
    cuts = session.sets_read(association.cuts)
    version, of = session.warehouse().version, item_levels(association.level)
    margins = _margins(version, cuts, of, baskets)
    return replace(rules, frame=with_margins(rules.frame, baskets, margins))


def compared_rules(association: Association, rules: Rules, baskets: Baskets) -> Rules:
    """The rules with their confidence in the slice that is compared with; as they are where there is none.

    Raises BadRequest where baskets stand in both slices, or none in the other.
    """
    if not association.versus:
        return rules
    there = encoded(association.other_cuts, association.level).baskets
    if there is None:
        raise BadRequest("There are no baskets in the slice to compare with.", "Take another one.")
    check_apart(baskets, there)
    return replace(rules, frame=compared(rules.frame, there))


@st.cache_resource(show_spinner=False, max_entries=6, hash_funcs={Cut: repr})
def _encoded(version: str, cuts: tuple[Cut, ...], of: Sequence[str]) -> Encoded:
    baskets = _baskets(cuts, of)
    return Encoded(baskets, suggest_support(baskets) if baskets else Decimal("0.01"))


def _baskets(cuts: tuple[Cut, ...], of: Sequence[str]) -> Baskets | None:
    """The baskets of the slice; its lines are gone afterwards, which take more room."""
    lines = rows_behind.basket_lines(session.warehouse(), Query(cuts=cuts), of)
    return encode_codes(lines.baskets, lines.items, lines.names, lines.kin) if len(lines.items) else None


def asked_rules(
    association: Association, baskets: Baskets, support: Decimal
) -> AskedWork[CandidateRules | RefusedRules]:
    """What `found` chooses from, sought when somebody waits for it."""
    question, at = _question(association, support)
    return _asked(*question, at, baskets)


def _question(
    association: Association, support: Decimal
) -> tuple[tuple[str, tuple[Cut, ...], str, int | None], Decimal]:
    """What is asked, and the lowest support at which it was mined in this session already."""
    cuts = session.sets_read(association.cuts)
    question = (session.warehouse().version, cuts, association.level, association.longest)
    before = st.session_state.get(LOOSEST)
    return question, before[1] if before and before[0] == question and before[1] <= support else support


def _asked(
    version: str, cuts: tuple[Cut, ...], level: str, longest: int | None, support: Decimal, baskets: Baskets
) -> AskedWork[CandidateRules | RefusedRules]:
    asked = (cuts, level, longest, support)
    return asked_work("baskets", asked, lambda done: _mined(*asked, baskets, done), most=12)


def _mined(
    cuts: tuple[Cut, ...], level: str, longest: int | None, support: Decimal, baskets: Baskets, done: Progress
) -> CandidateRules | RefusedRules:
    counted = partial(
        rows_behind.itemsets_by_cluster, session.warehouse(), Query(cuts=cuts), item_levels(level)
    )
    try:
        itemsets = frequent_elsewhere(baskets, support, longest, counted)
        done(0.7)
        return candidate_rules(itemsets)
    except TooManyItemsets as error:
        return RefusedRules(error.problem, error.remedy, error.advice)
    except BadRequest as error:
        return RefusedRules(error.problem, error.remedy, RuleAdvice())


@st.cache_resource(show_spinner=False, max_entries=24, hash_funcs={Cut: repr})
def _passing(
    version: str,
    cuts: tuple[Cut, ...],
    level: str,
    longest: int | None,
    mined_at: Decimal,
    demands: RuleDemands,
    _candidates: CandidateRules,
    _items: tuple[str, ...],
) -> Rules:
    return passing(_candidates, _items, demands)


@st.cache_resource(show_spinner=False, max_entries=3, hash_funcs={Cut: repr})
def _margins(version: str, cuts: tuple[Cut, ...], of: Sequence[str], _baskets: Baskets) -> np.ndarray:
    lines = rows_behind.basket_lines(session.warehouse(), Query(cuts=cuts), of, margin=True)
    assert lines.margins is not None
    code_of = {name: code for code, name in enumerate(_baskets.items)}
    codes = pl.Series([code_of.get(name, -1) for name in lines.names], dtype=pl.Int64).to_numpy()
    return entry_margins(_baskets, lines.baskets, codes[lines.items], lines.margins)
