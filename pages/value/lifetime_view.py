"""What the page Lifetime shows, frozen: slice, model, horizons, level and customer; the URL holds it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from cubes.address_parameters import check_names, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.lifetime.purchase_stories import Story
from mining.lifetime.regularity import MOST_EVENTS
from pages.value.retention_view import parse_until

PARAMETERS = ("where", "model", "k", "days", "horizon", "rate", "held", "until", "by", "customer")
MOST_DAYS, MOST_HORIZON, MOST_RATE = 730, 3_653, 100.0


@dataclass(frozen=True, slots=True)
class LifetimeView:
    """`story` is the model that answers (None: the best on the days held out), `events` those to a purchase of regular
    buyers (0: what suits). `days` are looked ahead for who buys, `horizon_days` for value, at `rate` percent a year.
    `held_days` before `until` (None: all data) are kept from the models that are compared; 0 takes what suits. `level`
    is that of the groups (empty: the first offered), `customer` the one opened.
    """

    cuts: tuple[Cut, ...] = ()
    story: Story | None = None
    events: int = 0
    days: int = 90
    horizon_days: int = 365
    rate: float = 15.0
    held_days: int = 0
    until: date | None = None
    level: str = ""
    customer: str = ""

    @property
    def annual_rate(self) -> float:
        """0.15 is 15%."""
        return self.rate / 100

    def to_parameters(self) -> dict[str, list[str]]:
        usual = LifetimeView()
        found = {
            "where": [str(cut) for cut in self.cuts],
            "model": [self.story.value] if self.story else [],
            "k": [str(self.events)] if self.events else [],
            "days": [str(self.days)] if self.days != usual.days else [],
            "horizon": [str(self.horizon_days)] if self.horizon_days != usual.horizon_days else [],
            "rate": [f"{self.rate:g}"] if self.rate != usual.rate else [],
            "held": [str(self.held_days)] if self.held_days else [],
            "until": [self.until.isoformat()] if self.until else [],
            "by": [self.level],
            "customer": [self.customer],
        }
        return {name: values for name, values in found.items() if any(values)}

    def within(self, cuts: tuple[Cut, ...]) -> LifetimeView:
        return replace(self, cuts=cuts).closed()

    def told_by(self, story: Story | None, events: int = 0) -> LifetimeView:
        return replace(self, story=story, events=events)

    def ahead(self, days: int) -> LifetimeView:
        return replace(self, days=days)

    def worth(self, horizon_days: int, rate: float) -> LifetimeView:
        return replace(self, horizon_days=horizon_days, rate=rate)

    def holding(self, held_days: int) -> LifetimeView:
        return replace(self, held_days=held_days)

    def seen_until(self, until: date | None) -> LifetimeView:
        return replace(self, until=until).closed()

    def grouped_by(self, level: str) -> LifetimeView:
        return replace(self, level=level)

    def open(self, customer: str) -> LifetimeView:
        return replace(self, customer=customer)

    def closed(self) -> LifetimeView:
        return replace(self, customer="")


def parse_lifetime(parameters: Mapping[str, list[str]]) -> LifetimeView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    usual, story = LifetimeView(), only(parameters, "model")
    if story and story not in set(Story):
        raise BadRequest(f"There is no lifetime model {story[:20]!r}.", did_you_mean(story, Story))
    return LifetimeView(
        tuple(parse_cut(text) for text in parameters.get("where", ())),
        Story(story) if story else None,
        _whole(parameters, "k", usual.events, MOST_EVENTS),
        _whole(parameters, "days", usual.days, MOST_DAYS),
        _whole(parameters, "horizon", usual.horizon_days, MOST_HORIZON),
        _rate(only(parameters, "rate"), usual.rate),
        _whole(parameters, "held", usual.held_days, MOST_HORIZON),
        parse_until(only(parameters, "until")),
        only(parameters, "by"),
        only(parameters, "customer"),
    )


def _whole(parameters: Mapping[str, list[str]], name: str, usual: int, most: int) -> int:
    text = only(parameters, name)
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) <= most):
        raise BadRequest(
            f"{name}={text[:20]!r} is no number from 1 to {most:,}.",
            f"Write one such as {name}={usual or 90}.",
        )
    return int(text)


def _rate(text: str, usual: float) -> float:
    """Percent a year: above 0, for what is left has no end without."""
    if not text:
        return usual
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 < rate <= MOST_RATE:
        raise BadRequest(
            f"rate={text[:20]!r} is no rate of a year from 0 to 100%.", "Write a percentage such as rate=15."
        )
    return rate
