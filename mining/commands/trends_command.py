"""`python -m mining trends`. What members of a cube did that neither their past nor the whole explains."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial

from cubes import catalogue
from cubes.analysis.member_courses import BY, WHOLE, member_courses, usual_levels
from cubes.ask import answer
from cubes.query import MAIN_CUBE
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, amount, question_within
from mining.trends.member_trends import RATE, find_trends
from mining.trends.trend_table import season_rows, trend_rows


def _trends_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--measure", default="revenue", help="whose course is looked at (%(default)s)")
    parser.add_argument("--by", choices=BY, default="month", help="the periods (%(default)s)")
    parser.add_argument(
        "--levels", default="", help="whose members, and pairs of them, such as category,region; the usual if left away"
    )  # fmt: skip
    parser.add_argument(
        "--rate", type=amount, default=RATE, help="the share of false discoveries allowed (%(default)s)"
    )


def _trends(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row an alarm, and one for each that it explains."""
    asked, *_ = question_within(warehouse, options)
    cube = catalogue.load(MAIN_CUBE, warehouse.profile)
    named = tuple(each.strip() for each in options.levels.split(",") if each.strip())
    levels = named or usual_levels(cube, warehouse.profile)
    question = replace(asked, measures=(options.measure,))
    courses = member_courses(warehouse, partial(answer.ask, warehouse), question, cube, options.by, levels)
    found = find_trends(
        courses.frame,
        courses.kin,
        options.by,
        WHOLE,
        rate=options.rate,
        empty=courses.empty,
        adds=courses.adds,
    )
    figures = {
        "measure": options.measure,
        "levels": ",".join(levels),
        "from": found.periods[0].isoformat(),
        "to": found.periods[-1].isoformat(),
        "periods": len(found.periods),
        "series": found.series,
        "left_out": len(found.left_out),
        "tests": found.tests,
        "rate": found.rate,
        "alarms": len(found.alarms),
        "seasons": len(found.seasons),
    }
    pairs = (f"Pairs of {one} and {other} are too many to look at." for one, other in courses.too_many)
    season = (
        () if found.season_tests else ("Less than two years are known: a season may look like a change.",)
    )
    return Finding(
        trend_rows(found), figures, (*courses.notes, *pairs, *season), {"seasons": season_rows(found)}
    )


TRENDS = Command(
    "changes of level and slope, spikes and seasons of a cube's members, one alarm a cause",
    "trends",
    _trends_options,
    _trends,
)
