"""Declared rules by which offers of prices are answered: of everything, of a product, a category or a kind of customer.

A rule has versions: each change is one more statement, and an answer names the version by which it was given.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from data import environment
from data.errors import BadRequest
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import PRICE_RULE, Values
from data.operational.statement_log import Statement

EVERYTHING = "everything"
LEVELS = ("product", "category", "customer_kind", EVERYTHING)  # the narrowest first
BETWEEN = COUNTER, HAND_OVER = ("counter", "hand over")
KEPT, DELETED = "kept", "deleted"
MOST_PCT, MOST_DAYS = 1000, 366


@dataclass(frozen=True, slots=True)
class PriceRule:
    """Accept from `accept_at` on, decline below `decline_below` (percent of the price asked), between them counter at
    `counter_at` for `counter_days`, or hand over. `least_margin` (percent of cost) makes the floor: no rule goes below.
    """

    rule: str = ""
    level: str = EVERYTHING
    member: str = ""
    accept_at: Decimal = Decimal(95)
    decline_below: Decimal = Decimal(60)
    between: str = HAND_OVER
    counter_at: Decimal = Decimal(97)
    counter_days: int = 7
    least_margin: Decimal = Decimal(12)
    version: int = 0
    by: str = ""
    at: datetime | None = None
    said: str = ""

    @property
    def of(self) -> str:
        """What it is of, in words."""
        return self.member or "everything"


def price_rules(store: OperationalStore) -> tuple[PriceRule, ...]:
    """Those that hold, the narrowest first. Errors: WarehouseError."""
    return rules_among(statement_log.current(store, PRICE_RULE))


def rules_among(told: Iterable[Statement]) -> tuple[PriceRule, ...]:
    found = [_rule(each) for each in told if each.told.get("state") == KEPT]
    return tuple(sorted(found, key=lambda each: (LEVELS.index(each.level), each.member.casefold())))


def rules_of_others(history: Iterable[Statement], who: str) -> tuple[PriceRule, ...]:
    """The rules as they would hold had `who` said nothing of rules."""
    told = [each for each in history if each.said_by != who]
    ended = statement_log.held_until(told, PRICE_RULE)
    return rules_among(each for each in told if each.takes_back is None and each.id not in ended)


def rule_for(rules: Sequence[PriceRule], places: Mapping[str, str]) -> PriceRule | None:
    """The narrowest rule that fits what an offer is of; of everything where none does, None where there is none.

    >>> rule_for([PriceRule(level="product", member="P1"), PriceRule()], {"product": "P2"}).level
    'everything'
    """
    fits = (each for each in rules if each.level == EVERYTHING or places.get(each.level) == each.member)
    return min(fits, key=lambda each: LEVELS.index(each.level), default=None)


def save_rule(
    store: OperationalStore, rule: PriceRule, who: str = "", standing_on: StandingOn | None = None
) -> str:
    """Declare a rule, or change one: its next version; the statement, once it is on the disk.

    Errors: BadRequest where it cannot be, or another rule is of the same; ChangedMeanwhile; NotAllowed; WarehouseError.
    """
    _check(rule)
    who = who or environment.who()
    with statement_log.writing(store) as log:
        others = [each for each in rules_among(log.current(PRICE_RULE)) if each.rule != rule.rule]
        if any((each.level, each.member) == (rule.level, rule.member) for each in others):
            raise BadRequest(f"There is a rule of {rule.of} already.", "Change that one.")
        id = rule.rule or uuid.uuid4().hex
        versions = [each for each in log.history(PRICE_RULE) if each.told.get("rule") == id]
        values = _values(replace(rule, rule=id, version=len(versions) + 1), KEPT)
        return log.say(PRICE_RULE, values, who, standing_on)


def remove_rule(
    store: OperationalStore, rule: PriceRule, who: str = "", standing_on: StandingOn | None = None
) -> str:
    """Say that it holds no longer; earlier answers still name it. Errors: as `save_rule`."""
    with statement_log.writing(store) as log:
        return log.say(PRICE_RULE, _values(rule, DELETED), who or environment.who(), standing_on)


def _values(rule: PriceRule, state: str) -> Values:
    return {
        "rule": rule.rule,
        "level": rule.level,
        "member": rule.member,
        "accept_at": Decimal(rule.accept_at),
        "decline_below": Decimal(rule.decline_below),
        "between": rule.between,
        "counter_at": Decimal(rule.counter_at),
        "counter_days": int(rule.counter_days),
        "least_margin": Decimal(rule.least_margin),
        "version": rule.version,
        "state": state,
    }


def _check(rule: PriceRule) -> None:
    """Errors: BadRequest."""
    if rule.level not in LEVELS or (rule.level != EVERYTHING) != bool(rule.member):
        raise BadRequest(
            "The rule does not say what it is of.", "Choose a product, a category, a kind, or everything."
        )
    for share in (rule.accept_at, rule.decline_below, rule.counter_at, rule.least_margin):
        if not (share.is_finite() and 0 <= share <= MOST_PCT):
            raise BadRequest(f"{share} is no share.", f"Write percent from 0 to {MOST_PCT:,}.")
    if rule.decline_below > rule.accept_at:
        raise BadRequest(
            f"It declines below {rule.decline_below:f}% and accepts from {rule.accept_at:f}% on: both fit what lies"
            " between.",
            "Let it decline below less than it accepts from.",
        )
    if rule.between == COUNTER and rule.counter_at < rule.accept_at:
        raise BadRequest(
            f"It asks {rule.counter_at:f}% instead, less than the {rule.accept_at:f}% that it accepts.",
            "Ask at least as much as is accepted.",
        )
    if not 1 <= rule.counter_days <= MOST_DAYS:
        raise BadRequest(
            f"A counter-offer of {rule.counter_days} days cannot be.", f"Write 1 to {MOST_DAYS}."
        )


def _rule(statement: Statement) -> PriceRule:
    values = statement.values(PRICE_RULE)
    shares = {
        name: value if isinstance(value := values[name], Decimal) else Decimal(0)
        for name in ("accept_at", "decline_below", "counter_at", "least_margin")
    }
    days, version = values["counter_days"], values["version"]
    return PriceRule(
        rule=str(values["rule"]),
        level=str(values["level"]),
        member=str(values["member"] or ""),
        between=str(values["between"]),
        counter_days=days if isinstance(days, int) else 1,
        version=version if isinstance(version, int) else 1,
        by=statement.said_by,
        at=statement.said_at,
        said=statement.id,
        **shares,
    )
