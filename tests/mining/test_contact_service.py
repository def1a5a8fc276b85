"""What is settled at the first contact, how soon cases are answered, what is open, and who is how content."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.service.business_hours import USUAL, parse_hours
from mining.service.case_backlog import case_backlog
from mining.service.case_spells import CaseSpells, spells_of_events, spells_of_tickets, spells_told
from mining.service.clustered_share import clustered_share
from mining.service.contact_load import contact_load
from mining.service.contact_resolution import contact_resolution
from mining.service.response_times import response_times
from mining.service.survey_scores import survey_scores

FIRST = date(2025, 1, 6)  # a Monday
FIRST_MOMENT = datetime.combine(FIRST, datetime.min.time())
LAST = FIRST + timedelta(60)
HOURS = parse_hours("Mon-Fri 9-17, Sat 10-12:30", "2025-01-08")
WITH_PAUSE = parse_hours("Sat 10-12:30, Mon-Fri 14-17, Mon-Fri 9-13", "2025-01-08")


def contacts(*rows: tuple[int, str | None, int]) -> pl.DataFrame:
    """Customer, subject and day (from the first) of each."""
    made = [(customer, subject, FIRST + timedelta(day), None) for customer, subject, day in rows]
    kinds = {"customer": pl.Int64, "subject": pl.String, "day": pl.Date, "second": pl.Int64}
    return pl.DataFrame(made, schema=kinds, orient="row")


def test_a_case_a_customer_and_an_event_are_counted_each_by_itself() -> None:
    """One customer comes four times with one subject, the last much later; another once; a third too late to tell."""
    frame = contacts((1, "Bill", 0), (1, "bill", 3), (1, "Bill", 10), (1, "Bill", 40), (1, "Parcel", 1), (2, "Bill", 0),
                     (3, "Bill", 58), (0, "Bill", 1), (4, None, 1))  # fmt: skip
    found = contact_resolution(frame, LAST)
    told = [(each.part, each.whole) for each in (found.by_event, found.by_case, found.by_customer)]
    assert told == [(4, 6), (3, 4), (1, 2)]
    assert (found.immature, found.unplaced, found.busiest) == (1, 2, pytest.approx(5 / 9))
    assert found.subjects.select("subject", "cases", "settled").rows() == [("Bill", 3, 2), ("Parcel", 1, 1)]


def test_what_came_before_the_period_is_followed_and_not_counted() -> None:
    frame = contacts((1, "Bill", 0), (1, "Bill", 3), (2, "Bill", 3))
    found = contact_resolution(frame, LAST, 7, FIRST + timedelta(2))
    assert [(each.part, each.whole) for each in (found.by_event, found.by_case)] == [(2, 2), (1, 1)]


@pytest.mark.parametrize("within", [1, 7, 30])
def test_what_follows_within_any_days_is_what_loops_find(within: int) -> None:
    chance = np.random.default_rng(3)
    frame = contacts(*zip(chance.integers(1, 40, 400).tolist(), chance.choice(["a", "B"], 400).tolist(),
                          chance.integers(0, 61, 400).tolist(), strict=True))  # fmt: skip
    rows = sorted(frame.select("customer", "subject", "day").rows())
    events = cases = settled = alone = 0
    for at, (customer, subject, day) in enumerate(rows):
        if (LAST - day).days >= within:
            own = [
                (other, (d - day).days)
                for other, (c, s, d) in enumerate(rows)
                if (c, s) == (customer, subject)
            ]
            before = any(other < at and gap >= -within for other, gap in own)
            after = any(other > at and gap <= within for other, gap in own)
            events, settled = events + 1, settled + (not after)
            cases, alone = cases + (not before), alone + (not before and not after)
    found = contact_resolution(frame, LAST, within)
    assert (found.by_event.whole, found.by_event.part) == (events, settled)
    assert (found.by_case.whole, found.by_case.part) == (cases, alone)


def test_planted_repeats_come_back_and_intervals_hold_them() -> None:
    """Of 40 firms of 150 callers whose first contact settles 70%, the intervals of most hold it."""
    held = 0
    for seed in range(40):
        chance = np.random.default_rng(seed)
        rows = []
        for customer in range(1, 151):
            for case in range(chance.poisson(1.5)):
                rows.append((customer, f"s{case}", int(chance.integers(0, 30))))
                if chance.random() > 0.7:
                    rows.append((customer, f"s{case}", rows[-1][2] + int(chance.integers(0, 8))))
        found = contact_resolution(contacts(*rows), LAST).by_case
        held += found.low <= 0.7 <= found.high
    assert 36 <= held <= 40


def test_a_customer_of_a_hundred_thousand_contacts_makes_no_number_sure() -> None:
    frame = pl.DataFrame(
        {"customer": [1] * 100_000 + list(range(2, 12)), "met": [True] * 100_000 + [False] * 10}
    )
    found = clustered_share(frame, "customer", "met")
    assert found.whole == 100_010
    assert found.high - found.low > 0.7
    alone = clustered_share(frame.head(100_000), "customer", "met")
    assert (alone.low, alone.high, alone.share) == (0, 1, 1)
    assert clustered_share(frame.head(0), "customer", "met").share is None


def test_no_number_of_days_is_refused() -> None:
    with pytest.raises(BadRequest, match="cannot be waited for"):
        contact_resolution(contacts((1, "Bill", 0)), LAST, 0)


def test_open_hours_are_those_of_a_clock() -> None:
    """Counted minute by minute."""
    chance = np.random.default_rng(5)
    for _ in range(20):
        begin, end = sorted(int(each) for each in chance.integers(0, 14 * 1440, 2))
        open_minutes = sum(_is_open(FIRST_MOMENT + timedelta(minutes=at)) for at in range(begin, end))
        day = (FIRST - date(1970, 1, 1)).days
        at = [
            np.array([each])
            for each in (day + begin // 1440, begin % 1440 * 60, day + end // 1440, end % 1440 * 60)
        ]
        assert HOURS.open_between(*at)[0] == 60 * open_minutes
        pauses = sum(
            _is_open(FIRST_MOMENT + timedelta(minutes=each)) and each % 1440 // 60 == 13
            for each in range(begin, end)
        )
        assert WITH_PAUSE.open_between(*at)[0] == 60 * (open_minutes - pauses)


def _is_open(moment: datetime) -> bool:
    minute = moment.hour * 60 + moment.minute
    if moment.date() == date(2025, 1, 8) or moment.weekday() == 6:
        return False
    return 600 <= minute < 750 if moment.weekday() == 5 else 540 <= minute < 1020


@pytest.mark.parametrize(
    ("text", "holidays", "says"),
    [
        ("", "", "No hour is open"),
        ("Mon-Fri", "", "no business hours"),
        ("Mon-Fry 9-17", "", "Fry"),
        ("Mon 17-9", "", "ends before"),
        ("Mon 9-25", "", "no time of day"),
        ("Mon-Fri 9-14, Wed 13-18", "", "Wed is open 9-14 and 13-18, which overlap"),
        (USUAL, "2025-02-30", "no day"),
    ],
)
def test_hours_that_mean_nothing_are_refused(text: str, holidays: str, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_hours(text, holidays)


@pytest.mark.parametrize(
    "text",
    [
        USUAL,
        "Mon-Fri 9-17, Sat 10-12:30",
        "Mon-Sun 0-24",
        "Tue 8-12, Sat-Sun 1-2",
        "Mon-Sun 0-6, Mon-Sun 22-24",
    ],
)
def test_hours_are_written_as_they_are_read(text: str) -> None:
    assert str(parse_hours(text)) == text


def events(*rows: tuple[str, str, int, int | None]) -> pl.DataFrame:
    """Case, event, day (from the first) and hour of each."""
    made = [(case, 1, event, FIRST + timedelta(day), None if hour is None else hour * 3600, at)
            for at, (case, event, day, hour) in enumerate(rows)]  # fmt: skip
    kinds = {"case": pl.String, "customer": pl.Int64, "event": pl.String, "day": pl.Date, "second": pl.Int64,
             "row": pl.Int64}  # fmt: skip
    return pl.DataFrame(made, schema=kinds, orient="row")


def test_an_answer_counts_from_the_reopening_that_it_answers() -> None:
    """Opened on Monday at 16, answered on Tuesday at 10: 2 open hours. Reopened on Saturday evening, answered on Monday
    at 9:00: none. Opened on Wednesday, a holiday, closed on Thursday at 12 without an answer: 3."""
    found = spells_of_events(events(
        ("A", "opened", 0, 16), ("A", "assigned", 0, 17), ("A", "answered", 1, 10), ("A", "closed", 1, 11),
        ("A", "reopened", 5, 20), ("A", "answered", 7, 9), ("B", "opened", 2, 12), ("B", "closed", 3, 12),
    ))  # fmt: skip
    told = response_times(found, HOURS, LAST)
    opened, reopened = told.kinds
    assert (opened.answered, opened.waiting, opened.median, opened.most) == (2, 0, 7_200, 10_800)
    assert (reopened.answered, reopened.median) == (1, 0)
    assert (told.in_days, told.untimed, told.dropped, found.impossible) == (False, 0, 0, 0)


def test_who_waits_still_counts_as_long_as_they_have() -> None:
    """Three wait longer than the two who were answered: the middle one is not known yet."""
    rows = [("A", "opened", 0, 9), ("A", "answered", 0, 10), ("B", "opened", 0, 9), ("B", "answered", 0, 11),
            *((case, "opened", 0, 9) for case in "CDE")]  # fmt: skip
    opened = response_times(spells_of_events(events(*rows)), HOURS, LAST).kinds[0]
    assert (opened.answered, opened.waiting, opened.median) == (2, 3, None)


def test_without_a_time_of_day_days_are_counted() -> None:
    """Opened on Monday and answered on Friday, a holiday between: three open days. The closing stands first in the
    file."""
    found = spells_of_events(events(("A", "closed", 4, None), ("A", "opened", 0, None), ("B", "closed", 1, None),
                                    ("B", "opened", 1, None)))  # fmt: skip
    told = response_times(found, HOURS, LAST)
    assert told.in_days
    assert (told.kinds[0].answered, told.kinds[0].median, told.kinds[0].most) == (2, 0, 3)


def test_a_case_closed_before_it_was_opened_is_counted_apart() -> None:
    found = spells_of_events(events(("A", "closed", 0, 9), ("A", "opened", 1, 9), ("B", "opened", 1, 9)))
    assert (found.impossible, found.unopened, found.frame["case"].to_list()) == (1, 0, ["B"])
    late = spells_of_events(events(("A", "closed", 0, 9), ("B", "opened", 1, 9)))
    assert (late.impossible, late.unopened, late.frame["case"].to_list()) == (0, 1, ["B"])
    tickets = pl.DataFrame({"case": ["A", "B"], "customer": [1, 2], "day": [FIRST, FIRST], "second": [None, None],
                            "closed_day": [FIRST - timedelta(1), FIRST]})  # fmt: skip
    told = spells_of_tickets(tickets)
    assert (told.impossible, told.frame["case"].to_list()) == (1, ["B"])


def test_tickets_that_tell_days_alone_are_answered_by_their_closing() -> None:
    """Opened on Monday, one of them at a time that is told: closed on Friday after a holiday, and open still."""
    tickets = pl.DataFrame({"case": ["A", "B"], "customer": [1, 2], "day": [FIRST, LAST], "second": [40_000, 50_000],
                            "closed_day": [FIRST + timedelta(4), None]})  # fmt: skip
    told = response_times(spells_of_tickets(tickets), HOURS, LAST)
    assert told.in_days
    (opened,) = told.kinds
    assert (opened.answered, opened.waiting, opened.most) == (1, 1, 3)
    open_still = response_times(spells_of_tickets(tickets.tail(1)), HOURS, LAST)
    assert (open_still.in_days, open_still.kinds[0].waiting) == (False, 1)


def test_reopened_cases_are_open_again() -> None:
    """Three closings and two reopenings, of which one is open still; a third case was opened 3 days ago."""
    found = spells_of_events(events(
        ("A", "opened", 0, 9), ("A", "closed", 1, 9), ("A", "reopened", 10, 9), ("A", "closed", 11, 9),
        ("A", "reopened", 20, 9), ("B", "opened", 0, 9), ("B", "closed", 2, 9), ("C", "opened", 57, 9),
    ))  # fmt: skip
    told = case_backlog(found, LAST)
    assert (told.cases, told.closings, told.reopenings, told.reopening_rate) == (
        2,
        3,
        2,
        pytest.approx(2 / 3),
    )
    assert dict(told.ages.rows()) == {"Up to 1 day": 0, "2 to 3 days": 1, "4 to 7 days": 0, "8 to 14 days": 0,
                                      "15 to 30 days": 0, "Over 30 days": 1}  # fmt: skip
    course = dict(told.course.rows())
    assert (course[LAST], course[LAST - timedelta(7)], course[LAST - timedelta(42)]) == (2, 1, 0)


def test_a_case_is_open_once_and_not_on_the_day_it_was_closed() -> None:
    """One reopened that nobody had closed, one closed on the last day, one opened and closed on it."""
    found = spells_of_events(events(
        ("A", "opened", 0, 9), ("A", "reopened", 5, 9), ("B", "opened", 3, 9), ("B", "closed", 60, 9),
        ("C", "opened", 60, 9), ("C", "closed", 60, 10),
    ))  # fmt: skip
    told = case_backlog(found, LAST)
    assert (told.cases, told.course["cases"][-1], told.closings, told.reopenings) == (1, 1, 2, 0)


def test_no_more_closings_come_back_than_there_were() -> None:
    """Closed once and reopened four times: one closing came back. A ticket without events says nothing of that."""
    told = events(
        ("A", "opened", 0, 9), ("A", "closed", 1, 9), *(("A", "reopened", at, 9) for at in (2, 3, 4, 5))
    )
    tickets = pl.DataFrame({"case": ["B"], "customer": [1], "day": [FIRST], "second": [None], "closed_day": [FIRST]},
                           schema_overrides={"second": pl.Int64})  # fmt: skip
    found = case_backlog(spells_told(told, tickets), LAST)
    assert (found.cases, found.closings, found.reopenings, found.reopening_rate) == (1, 1, 1, 1)


def test_nothing_is_no_backlog() -> None:
    none: CaseSpells = spells_of_events(events())
    told = case_backlog(none, LAST)
    assert (told.cases, told.reopening_rate, told.course.height) == (0, None, 0)
    assert response_times(none, HOURS, LAST).kinds == ()


def test_scores_have_their_answers_and_intervals() -> None:
    chance = np.random.default_rng(2)
    answers = pl.DataFrame({
        "customer": chance.integers(0, 15, 200), "kind": chance.choice(["call", "ticket"], 200),
        "satisfaction": chance.integers(0, 11, 200).astype(float),
        "recommendation": chance.integers(0, 11, 200).astype(float),
    }).with_columns(satisfaction=pl.when(pl.col("customer") % 3 > 0).then("satisfaction"))  # fmt: skip
    found = {(kind, score): rest for kind, score, *rest in survey_scores(answers, "kind").rows()}
    calls = answers.filter(pl.col("kind") == "call")
    told = calls["satisfaction"].drop_nulls()
    assert found["call", "satisfaction"][0] == told.len()
    assert found["call", "satisfaction"][2] == pytest.approx(told.mean())
    points = (
        ((calls["recommendation"] >= 9).sum() - (calls["recommendation"] <= 6).sum()) / calls.height * 100
    )
    assert found["call", "net promoter score"][2] == pytest.approx(points)
    known = calls.filter(pl.col("customer") > 0)["customer"].n_unique()
    assert found["call", "net promoter score"][1] == known + calls.filter(customer=0).height
    low, high = found["call", "satisfaction"][3:]
    assert low < told.mean() < high  # type: ignore[operator]
    assert survey_scores(answers.head(0), "kind").is_empty()


def load_rows(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    kinds = {"customer": pl.Int64, "day": pl.Date, "second": pl.Int64, "waited": pl.Float64, "handled": pl.Float64,
             "outcome": pl.String, "abandoned": pl.Boolean}  # fmt: skip
    return pl.DataFrame(list(rows), schema=kinds)


def test_the_load_is_counted_by_weekday_and_hour() -> None:
    call = {"customer": 1, "day": FIRST, "second": 9 * 3600 + 5, "waited": 20.0, "handled": 100.0, "outcome": "Solved",
            "abandoned": False}  # fmt: skip
    rows = [call, call | {"waited": 30.0, "customer": 0}, call | {"day": FIRST + timedelta(7), "abandoned": True,
            "waited": 40.0, "handled": 0.0, "outcome": "Hung up"},
            call | {"second": None, "waited": None, "handled": None, "outcome": None, "abandoned": None}]  # fmt: skip
    found = contact_load(load_rows(rows), FIRST, FIRST + timedelta(13), 20)
    assert (found.contacts, found.customers, found.untimed, found.told_waits) == (4, 1, 1, 3)
    assert (found.answered_of, found.abandoned, found.mean_handle) == (
        pytest.approx(1 / 3),
        pytest.approx(1 / 3),
        100,
    )
    assert found.patience == 90
    monday = found.cells.row(0, named=True)
    assert (monday["weekday"], monday["hour"], monday["contacts"], monday["a_day"]) == (1, 9, 3, 1.5)
    assert found.cells.row(1, named=True)["hour"] is None
    untold = load_rows([call, call | {"waited": None, "abandoned": True}])
    assert contact_load(untold, FIRST, FIRST, 20).cells["answered"].to_list() == [1]
    assert found.outcomes.select("outcome", "contacts").rows() == [("Solved", 2), ("Hung up", 1)]
    none = contact_load(load_rows([]), FIRST, LAST, 20)
    assert (none.contacts, none.answered_of, none.mean_wait, none.patience) == (0, None, None, None)


def test_patience_comes_back_from_callers_who_were_answered_first() -> None:
    chance = np.random.default_rng(1)
    patience, offered = chance.exponential(90, 20_000), chance.exponential(60, 20_000)
    rows = load_rows([]).vstack(pl.DataFrame({
        "customer": 1, "day": FIRST, "second": None, "waited": np.minimum(patience, offered), "handled": 60.0,
        "outcome": None, "abandoned": patience < offered,
    }, schema=load_rows([]).schema))  # fmt: skip
    assert contact_load(rows, FIRST, FIRST, 20).patience == pytest.approx(90, rel=0.03)
