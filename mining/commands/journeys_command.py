"""`python -m mining journeys`. Ways over channels that lead to purchases, and what conventions credit."""

from __future__ import annotations

import argparse
from dataclasses import replace

import polars as pl

from cubes.analysis.journey_events import journey_events
from data.errors import BadRequest
from data.model.calendar import day_key
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, days_ahead, question_within, seed_number
from mining.journeys.channel_credits import ONLY_A_CONVENTION, channel_credits
from mining.journeys.channel_use import YEAR, channel_movement, channel_use
from mining.journeys.journey_paths import PathTerms, RepeatedTouches, paths_of
from mining.journeys.path_flow import drop_off, path_flow
from mining.journeys.touch_follow import touch_follow

MONTHS = 12


def _journeys_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--window", type=days_ahead, default=30, metavar="DAYS",
        help="how long a touch counts towards the next purchase",
    )  # fmt: skip
    parser.add_argument(
        "--repeats", choices=[each.value for each in RepeatedTouches], default=RepeatedTouches.ONE_A_DAY.value,
        help="touches of one channel right after another: all, one a day, or one in a row",
    )  # fmt: skip
    parser.add_argument(
        "--without", action="append", default=[], metavar="CHANNEL",
        help="a channel that is taken out before anything is weighed",
    )  # fmt: skip
    parser.add_argument(
        "--order", choices=["auto", "1", "2", "3"], default="auto", help="of the chain of Markov"
    )
    parser.add_argument(
        "--half-life", type=days_ahead, default=7, metavar="DAYS", help="of the rule of decay"
    )
    parser.add_argument("--seed", type=seed_number, default=0, help="what fixes the bands")


def _journeys(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row each rule and channel; ways, drop-off, mix, movement and the chain's orders beside it."""
    asked, _, _ = question_within(warehouse, options, MONTHS)
    terms = PathTerms(options.window, RepeatedTouches(options.repeats), tuple(options.without))
    events = journey_events(warehouse, asked, terms.window_days, terms.window_days)
    paths = paths_of(events.touches, events.purchases, events.days, day_key(events.known_until), terms)
    kept = ~pl.col("channel").is_in(list(terms.without))
    events = replace(events, touches=events.touches.filter(kept))
    order = None if options.order == "auto" else int(options.order)
    found = channel_credits(paths, order, float(options.half_life), seed=options.seed)
    figures = {
        "since": events.span[0].isoformat(), "until": events.span[1].isoformat(), "paths": len(paths),
        "purchases": found.conversions, "revenue": round(found.revenue, 2),
        "purchases_without_a_touch": paths.untouched,
        "revenue_without_a_touch": round(paths.untouched_revenue, 2), "open_paths": paths.open_paths,
        "touches_of_unknown_customers": events.unknown, "order": found.order.order if found.order else None,
    }  # fmt: skip
    use = channel_use(events.touches, events.purchases, events.days)
    more = {
        "removal": found.removal,
        "orders": found.order.tried if found.order else pl.DataFrame(),
        "ways": path_flow(paths).ways.drop("channels").head(1_000),
        "drop_off": drop_off(paths),
        "after_a_touch": touch_follow(
            events.touches, events.purchases, events.days, day_key(events.known_until), terms.window_days
        ),
        "mix": use.mix,
        "monthly": use.monthly,
    }
    notes = [ONLY_A_CONVENTION, *([found.refusal] if found.refusal else []), *events.notes]
    two_years = journey_events(warehouse, asked, 2 * YEAR, 0)
    try:
        more["movement"] = channel_movement(two_years.touches.filter(kept), two_years.days[1])
    except BadRequest as error:
        notes.append(str(error))
    return Finding(found.frame, figures, tuple(notes), more)


JOURNEYS = Command(
    "ways over channels that lead to purchases, and what each convention credits channels with",
    "journeys",
    _journeys_options,
    _journeys,
)
