"""What the page Baskets shows, frozen: slice, thresholds, what is looked for and opened. The URL holds it all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from cubes.address_parameters import check_names, only
from cubes.query import TIME_LEVELS, Cut, Query, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.patterns.association_rules import RuleDemands
from mining.patterns.exact_shares import exact
from mining.patterns.rule_refusals import RuleAdvice
from mining.patterns.rule_significance import Correction

LEVELS = ("product", "subcategory", "category", "department")
ACROSS = "across"
LENGTHS = (0, 2, 3, 4)
CONFIDENCE = Decimal("0.1")
CORRECTION = Correction.GIVEN_SUPPORT
UNTESTED = "no"
PARAMETERS = (
    "where", "level", "support", "confidence", "items", "significant", "productive", "margin", "versus", "itemsets",
    "item", "picture", "left", "right",
)  # fmt: skip
PLAIN = re.compile(r"\d{0,3}\.?\d{1,12}(e-?\d{1,2})?", re.ASCII | re.IGNORECASE)

Side = tuple[str, ...]


class Picture(StrEnum):
    NETWORK = "network"
    MATRIX = "matrix"


class Listed(StrEnum):
    """Which itemsets are listed."""

    NONE = ""
    CLOSED = "closed"
    MAXIMAL = "maximal"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Association:
    """`level` may be ACROSS, all levels at once; `support` None is the one suggested; `longest` bounds the items of a
    rule; `correction` None shows rules that chance may give too; `versus` are cuts that take the place of those in
    force in a slice to compare with; `left` and `right` are the two sides of the rule that is opened."""

    cuts: tuple[Cut, ...] = ()
    level: str = LEVELS[0]
    support: Decimal | None = None
    confidence: Decimal = CONFIDENCE
    longest: int | None = None
    correction: Correction | None = CORRECTION
    productive: bool = False
    by_margin: bool = False
    versus: tuple[Cut, ...] = ()
    itemsets: Listed = Listed.NONE
    item: str = ""
    picture: Picture = Picture.NETWORK
    left: Side = ()
    right: Side = ()

    def to_parameters(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {
            "where": [str(cut) for cut in self.cuts],
            "level": [self.level],
            "support": [] if self.support is None else [f"{self.support:f}"],
            "confidence": [] if self.confidence == CONFIDENCE else [f"{self.confidence:f}"],
            "items": [] if self.longest is None else [str(self.longest)],
            "significant": [] if self.correction is CORRECTION else [self.correction or UNTESTED],
            "productive": ["yes"] if self.productive else [],
            "margin": ["yes"] if self.by_margin else [],
            "versus": [str(cut) for cut in self.versus],
            "itemsets": [self.itemsets] if self.itemsets else [],
            "item": [self.item] if self.item else [],
            "picture": [] if self.picture is Picture.NETWORK else [self.picture.value],
            "left": list(self.left),
            "right": list(self.right),
        }
        return {name: values for name, values in found.items() if values}

    def within(self, cuts: tuple[Cut, ...]) -> Association:
        """The same of another slice, whose baskets want a support of their own."""
        return replace(self, cuts=cuts, support=None, versus=()).closed()

    @property
    def other_cuts(self) -> tuple[Cut, ...]:
        """The cuts of the slice that is compared with."""
        timed = any(cut.level in TIME_LEVELS for cut in self.versus)
        kept = (cut for cut in self.cuts if not (timed and cut.level in TIME_LEVELS))
        return Query(cuts=tuple(kept)).cut(*self.versus).cuts

    def demands(self, support: Decimal) -> RuleDemands:
        """What rules must meet, at the support in force."""
        return RuleDemands(support, self.confidence, self.correction, self.productive)

    def of(self, level: str) -> Association:
        """Of items at another level: what was looked for and the support belong to the old one."""
        return replace(self, level=level, support=None, item="").closed()

    def at(self, **thresholds: object) -> Association:
        """With other demands: support, confidence, longest, correction, productive, by_margin or versus."""
        return replace(self, **thresholds)  # type: ignore[arg-type]

    def advised(self, advice: RuleAdvice) -> Association:
        """With the thresholds that a miner advises in place of those in force."""
        return replace(
            self,
            support=self.support if advice.support is None else advice.support,
            confidence=self.confidence if advice.confidence is None else advice.confidence,
            longest=self.longest if advice.longest is None else advice.longest,
        )

    def about(self, item: str) -> Association:
        return replace(self, item=item.strip()).closed()

    def drawn(self, picture: Picture) -> Association:
        return replace(self, picture=picture)

    def opened(self, left: Iterable[str], right: Iterable[str]) -> Association:
        return replace(self, left=tuple(left), right=tuple(right))

    def closed(self) -> Association:
        return replace(self, left=(), right=())


def parse_association(parameters: Mapping[str, list[str]]) -> Association:
    """The association that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    level = only(parameters, "level") or LEVELS[0]
    if level not in (*LEVELS, ACROSS):
        raise BadRequest(f"Baskets cannot be looked at by {level!r}.", did_you_mean(level, (*LEVELS, ACROSS)))
    picture = only(parameters, "picture") or Picture.NETWORK.value
    if picture not in set(Picture):
        raise BadRequest(f"There is no picture {picture!r}.", did_you_mean(picture, Picture))
    support, confidence = only(parameters, "support"), only(parameters, "confidence")
    return Association(
        tuple(parse_cut(text) for text in parameters.get("where", ())),
        level,
        share(support, "support") if support else None,
        share(confidence, "confidence") if confidence else CONFIDENCE,
        _longest(only(parameters, "items")),
        _correction(only(parameters, "significant")),
        _yes(parameters, "productive"),
        _yes(parameters, "margin"),
        tuple(parse_cut(text) for text in parameters.get("versus", ())),
        _listed(only(parameters, "itemsets")),
        only(parameters, "item"),
        Picture(picture),
        tuple(parameters.get("left", ())),
        tuple(parameters.get("right", ())),
    )


def share(text: str, name: str) -> Decimal:
    """A share as typed. Raises BadRequest unless it is a plain decimal above 0 and at most 1."""
    if not PLAIN.fullmatch(text):
        raise BadRequest(f"The {name} {text[:20]!r} is not a number.", "Try 0.01, which is 1%.")
    exact(text, name)
    return Decimal(text)


def _longest(text: str) -> int | None:
    if not text:
        return None
    if text not in {str(each) for each in LENGTHS if each}:
        raise BadRequest(f"A rule cannot be bounded to {text[:20]!r} items.", "Try 2, 3 or 4.")
    return int(text)


def _correction(text: str) -> Correction | None:
    known = (*Correction, UNTESTED)
    if text and text not in known:
        raise BadRequest(f"Rules are not tested by {text[:20]!r}.", did_you_mean(text, known))
    return None if text == UNTESTED else Correction(text or CORRECTION)


def _listed(text: str) -> Listed:
    if text not in set(Listed):
        raise BadRequest(f"Itemsets are not listed by {text[:20]!r}.", did_you_mean(text, [*Listed][1:]))
    return Listed(text)


def _yes(parameters: Mapping[str, list[str]], name: str) -> bool:
    text = only(parameters, name)
    if text not in ("", "yes", "no"):
        raise BadRequest(f"The {name} {text[:20]!r} is neither yes nor no.", "Write yes, or leave it away.")
    return text == "yes"
