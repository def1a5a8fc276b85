"""What the page Customer shows, frozen: whom, which kinds of events of which period, which page of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from cubes.address_parameters import check_names, only
from data.errors import BadRequest, did_you_mean
from data.review.time_line import TimeLineAsked

PARAMETERS = ("who", "phone", "kind", "period", "page")
DAYS = {"30": "Last 30 days", "90": "Last 90 days", "365": "Last 365 days"}
MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class TimeLineView:
    """`who` is a customer's number, `phone` what a telephone system calls with; `period` is empty (all), a number of
    days to today or a year; `page` counts from 1."""

    who: str = ""
    phone: str = ""
    kinds: tuple[str, ...] = ()
    period: str = ""
    page: int = 1

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters, defaults left out. The phone of a customer who is known stays out of it."""
        found = {
            "who": [self.who] if self.who else [],
            "phone": [self.phone] if self.phone and not self.who else [],
            "kind": list(self.kinds),
            "period": [self.period] if self.period else [],
            "page": [str(self.page)] if self.page > 1 else [],
        }
        return {name: values for name, values in found.items() if values}

    def asked(self, today: date) -> TimeLineAsked:
        """Which events are asked for."""
        if self.period in DAYS:
            return TimeLineAsked(self.kinds, today - timedelta(days=int(self.period) - 1))
        if self.period:
            return TimeLineAsked(self.kinds, date(int(self.period), 1, 1), date(int(self.period), 12, 31))
        return TimeLineAsked(self.kinds)

    def of(self, who: str) -> TimeLineView:
        return TimeLineView(who)

    def turned_to(self, page: int) -> TimeLineView:
        return replace(self, page=page)

    def filtered(self, kinds: tuple[str, ...], period: str) -> TimeLineView:
        return replace(self, kinds=kinds, period=period, page=1)


def parse_time_line(parameters: Mapping[str, list[str]]) -> TimeLineView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    period, page = only(parameters, "period"), only(parameters, "page") or "1"
    if period and period not in DAYS and not (period.isdecimal() and 1900 <= int(period[:9]) <= 2999):
        raise BadRequest(
            f"{period[:20]!r} is no period.", did_you_mean(period, [*DAYS, str(date.today().year)])
        )
    if not (page.isascii() and page.isdecimal() and 1 <= int(page[:9]) <= MOST_PAGES):
        raise BadRequest(f"There is no page {page[:20]!r}.", "Pages of the time line count from 1.")
    kinds = tuple(dict.fromkeys(parameters.get("kind", ())))
    return TimeLineView(only(parameters, "who"), only(parameters, "phone"), kinds, period, int(page))
