"""Rules found: the cube's baskets encoded once a slice, mined once for each loosest threshold, then only filtered."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import streamlit as st

from cubes.drill_through import rows_behind
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.store.warehouse import Profile
from mining.patterns.association_rules import Rules, mine
from mining.patterns.basket_matrix import Baskets, encode
from mining.patterns.itemsets import suggest_support
from mining.patterns.rule_refusals import RuleAdvice, TooManyItemsets
from pages.discover.baskets_view import LEVELS, Association
from pages.discover.rule_thresholds import loosens, raised
from pages.ui import session

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


def levels(profile: Profile) -> list[str]:
    """The levels that tell more than one item apart; products always."""
    return [level for level in LEVELS if level == "product" or profile.members.get(level, 0) > 2]


def encoded(cuts: tuple[Cut, ...], level: str) -> Encoded:
    """The baskets of the slice. Raises BadRequest for cuts that name what is not there."""
    return _encoded(session.warehouse().version, session.sets_read(cuts), level)


def found(association: Association, baskets: Baskets, support: Decimal) -> Rules | RefusedRules:
    """The rules asked for: filtered from looser ones of this session where there are some, else mined."""
    version = session.warehouse().version
    cuts = session.sets_read(association.cuts)
    question = (version, cuts, association.level, association.longest)
    wanted = (support, association.confidence)
    before = st.session_state.get(LOOSEST)
    at = wanted
    if before and before[0] == question and not loosens(wanted, before[1]):
        at = before[1]
    rules = _mined(version, cuts, association.level, association.longest, at, baskets)
    if isinstance(rules, RefusedRules):
        return rules
    st.session_state[LOOSEST] = (question, at)
    return raised(rules, *wanted)


@st.cache_resource(show_spinner=False, max_entries=6, hash_funcs={Cut: repr})
def _encoded(version: str, cuts: tuple[Cut, ...], level: str) -> Encoded:
    frame = rows_behind.baskets(session.warehouse(), Query(cuts=cuts), level)
    if frame.is_empty():
        return Encoded(None, Decimal("0.01"))
    baskets = encode(frame)
    return Encoded(baskets, suggest_support(baskets))


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs={Cut: repr})
def _mined(
    version: str,
    cuts: tuple[Cut, ...],
    level: str,
    longest: int | None,
    thresholds: tuple[Decimal, Decimal],
    _baskets: Baskets,
) -> Rules | RefusedRules:
    try:
        return mine(_baskets, *thresholds, longest)
    except TooManyItemsets as error:
        return RefusedRules(error.problem, error.remedy, error.advice)
    except BadRequest as error:
        return RefusedRules(error.problem, error.remedy, RuleAdvice())
