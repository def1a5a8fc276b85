"""The view of the page Partners, and its URL: a slice, criteria, the method of the ranking, who is open."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, is_yes, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.partners.criterion import Criterion
from mining.partners.partner_criteria import CRITERIA, criteria_with
from mining.partners.ranking_methods import RankingMethod

METHODS: Mapping[str, RankingMethod] = {
    "sum": RankingMethod.WEIGHTED_SUM,
    "topsis": RankingMethod.TOPSIS,
    "promethee": RankingMethod.PROMETHEE,
    "spotis": RankingMethod.SPOTIS,
}
SAID = ("weight", "floor", "target")
PARAMETERS = ("where", *SAID, "method", "unknown", "partner", "course")
MOST = 1e12
MOST_WEIGHT = 100.0
Said = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class PartnersView:
    """`weight`, `floor` and `target` are what somebody said of criteria, in the order of these; others weigh what is
    usual. `unknown` ranks those as well of whom nothing is known. `partner` is the id of who is open, `course` the
    criterion whose course is shown of it."""

    cuts: tuple[Cut, ...] = ()
    weight: Said = ()
    floor: Said = ()
    target: Said = ()
    method: RankingMethod = RankingMethod.WEIGHTED_SUM
    unknown: bool = False
    partner: str = ""
    course: str = ""

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return criteria_with(dict(self.weight), dict(self.floor), dict(self.target))

    def to_parameters(self) -> dict[str, list[str]]:
        method = next(word for word, each in METHODS.items() if each is self.method)
        found = {"where": [str(cut) for cut in self.cuts]}
        found |= {name: [f"{each}:{number:g}" for each, number in getattr(self, name)] for name in SAID}
        found["method"] = [method] if self.method is not RankingMethod.WEIGHTED_SUM else []
        found["unknown"] = ["yes"] if self.unknown else []
        found["partner"], found["course"] = [self.partner], [self.course]
        return {name: values for name, values in found.items() if any(values)}

    def within(self, cuts: tuple[Cut, ...]) -> PartnersView:
        return replace(self, cuts=cuts)

    def opened(self, partner: str) -> PartnersView:
        return replace(self, partner=partner)

    def said(self, what: str, name: str, number: float | None) -> PartnersView:
        """With a weight, floor or target of a criterion; None, or the usual weight, takes it away."""
        told = dict(getattr(self, what))
        told.pop(name, None)
        if number is not None and not (what == "weight" and number == CRITERIA[name].weight):
            told[name] = number
        return replace(self, **{what: tuple((each, told[each]) for each in CRITERIA if each in told)})  # type: ignore[arg-type]


def parse_partners(parameters: Mapping[str, list[str]]) -> PartnersView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    view = PartnersView(tuple(parse_cut(text) for text in parameters.get("where", ())))
    for what in SAID:
        for text in parameters.get(what, ()):
            view = view.said(what, *_said(what, text))
    method, course = only(parameters, "method") or "sum", only(parameters, "course")
    if method not in METHODS:
        raise BadRequest(f"There is no method {method[:20]!r}.", did_you_mean(method, list(METHODS)))
    if course and course not in CRITERIA:
        raise BadRequest(f"There is no criterion {course[:30]!r}.", did_you_mean(course, list(CRITERIA)))
    return replace(
        view,
        method=METHODS[method],
        unknown=is_yes(parameters, "unknown"),
        partner=only(parameters, "partner"),
        course=course,
    )


def _said(what: str, text: str) -> tuple[str, float]:
    name, _, written = text.partition(":")
    if name not in CRITERIA:
        raise BadRequest(f"There is no criterion {name[:30]!r}.", did_you_mean(name, list(CRITERIA)))
    try:
        number = float(written)
    except ValueError:
        number = math.nan
    least, most = (0.0, MOST_WEIGHT) if what == "weight" else (-MOST, MOST)
    if not least <= number <= most:
        ends = f"from 0 to {MOST_WEIGHT:g}" if what == "weight" else "such as 0.9"
        raise BadRequest(
            f"{written[:20]!r} is no {what} of {CRITERIA[name].label}.", f"Write a number {ends}."
        )
    return name, float(f"{number:g}")  # as the address writes it
