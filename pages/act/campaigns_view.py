"""What the page Campaigns shows, frozen: customers, measure, the opened campaign and the plan; the URL holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from cubes.analysis.campaign_outcomes import DAYS_AFTER
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.campaigns.sample_ratio import read_shares
from mining.campaigns.uplift_scores import Learner

PARAMETERS = (
    "where",
    "measure",
    "days",
    "planned",
    "campaign",
    "by",
    "holdout",
    "people",
    "lift",
    "learner",
    "groups",
)
TYPED = {"type": "By type", "channel": "By channel", "both": "By type and channel"}
MOST_DAYS, MOST_PEOPLE = 730, 100_000_000
HOLDOUT, LIFT = 10, 5
NOT_KNOWN = ""


@dataclass(frozen=True, slots=True)
class CampaignsView:
    """`measure` and `campaign` (an id) are empty where the page chooses, `planned` where the shares of the arms are not
    known; `holdout` and `lift` are percent, `people` 0 for all there are; `learner` and `groups`, a level of customers,
    are empty until they are asked for."""

    cuts: tuple[Cut, ...] = ()
    measure: str = ""
    days: int = DAYS_AFTER
    planned: str = NOT_KNOWN
    campaign: str = ""
    by: str = "type"
    holdout: int = HOLDOUT
    people: int = 0
    lift: int = LIFT
    learner: str = ""
    groups: str = ""

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters, defaults left out."""
        usual = CampaignsView()
        told = {
            name: [str(getattr(self, name))]
            for name in PARAMETERS[1:]
            if getattr(self, name) != getattr(usual, name)
        }
        return ({"where": [str(cut) for cut in self.cuts]} if self.cuts else {}) | told

    def within(self, cuts: tuple[Cut, ...]) -> CampaignsView:
        return replace(self, cuts=cuts)

    def of(self, measure: str) -> CampaignsView:
        """By another measure; what was learned of the last one goes."""
        return replace(self, measure=measure, learner="")

    def over(self, days: int) -> CampaignsView:
        return replace(self, days=days)

    def planned_as(self, planned: str) -> CampaignsView:
        return replace(self, planned=planned)

    def opened(self, campaign: str) -> CampaignsView:
        """With another campaign open: its plan and what was learned are of the last one."""
        return replace(self, campaign=campaign, planned=NOT_KNOWN, learner="")

    def grouped(self, by: str) -> CampaignsView:
        return replace(self, by=by)

    def sized(self, holdout: int, people: int, lift: int) -> CampaignsView:
        return replace(self, holdout=holdout, people=people, lift=lift)

    def learned(self, learner: str) -> CampaignsView:
        return replace(self, learner=learner)

    def by_groups(self, level: str) -> CampaignsView:
        return replace(self, groups=level)

    @property
    def shares(self) -> tuple[float, float] | None:
        """The planned shares of those reached and held out; None where they are not known."""
        return parse_shares(self.planned) if self.planned else None


def parse_shares(text: str) -> tuple[float, float]:
    """Two shares written like 9:1. Raises BadRequest."""
    try:
        return read_shares(text)
    except ValueError:
        raise BadRequest(f"{text[:20]!r} are no shares of two arms.", "Write them like 1:1 or 9:1.") from None


def parse_campaigns(parameters: Mapping[str, list[str]]) -> CampaignsView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    planned, by, learner = (only(parameters, name) for name in ("planned", "by", "learner"))
    if by and by not in TYPED:
        raise BadRequest(f"Campaigns are not grouped by {by!r}.", did_you_mean(by, TYPED))
    if learner and learner not in set(Learner):
        raise BadRequest(f"There is no learner {learner!r}.", did_you_mean(learner, Learner))
    if planned:
        parse_shares(planned)
    return CampaignsView(
        tuple(parse_cut(text) for text in parameters.get("where", ())),
        only(parameters, "measure"),
        _number(parameters, "days", DAYS_AFTER, 1, MOST_DAYS),
        planned,
        only(parameters, "campaign"),
        by or "type",
        _number(parameters, "holdout", HOLDOUT, 1, 50),
        _number(parameters, "people", 0, 0, MOST_PEOPLE),
        _number(parameters, "lift", LIFT, 1, 500),
        learner,
        only(parameters, "groups"),
    )


def _number(parameters: Mapping[str, list[str]], name: str, usual: int, least: int, most: int) -> int:
    text = only(parameters, name)
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise BadRequest(
            f"{name}={text[:20]!r} is no number from {least} to {most}.",
            f"Write it like {name}={usual or least}.",
        )
    return int(text)
