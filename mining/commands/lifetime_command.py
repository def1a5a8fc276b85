"""`python -m mining lifetime`. A lifetime model's parameters, and what it expects of each customer."""

from __future__ import annotations

import argparse

import numpy as np

from cubes.analysis.purchase_history import purchase_histories
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, question
from mining.lifetime.billed_histories import billed_histories
from mining.lifetime.purchase_forecast import forecast
from mining.lifetime.purchase_histories import TimeUnit
from mining.lifetime.purchase_stories import USUAL_EVENTS, Story, fit_story


def _lifetime_options(parser: argparse.ArgumentParser) -> None:
    units = [str(unit) for unit in TimeUnit]
    parser.add_argument(
        "--model", choices=list(Story), default=Story.BGNBD.value, help="the story that is told"
    )
    parser.add_argument("--k", type=int, default=USUAL_EVENTS, help="of cnbd: events to a purchase, 1 to 12")
    parser.add_argument("--unit", choices=units, default="days", help="what time is counted in")
    parser.add_argument("--days", type=_days, default=90, help="how far customers are looked at ahead")


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 10_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days; write one like 90")
    return int(text)


def _lifetime(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """What a lifetime model expects of each customer, with its parameters."""
    told = purchase_histories(warehouse, question(options), options.until)
    billed = billed_histories(told.frame, TimeUnit[options.unit.upper()], told.until)
    fitted = fit_story(Story(options.model), billed.histories, options.k)
    names = told.frame.select("customer", name="customer_name")
    rows = billed.histories.frame.select("customer", "repeats", "recency_days", "age_days")
    expected = forecast(fitted, options.days).customers
    parameters = _known(fitted.model.ESTIMATED, np.exp(fitted.model.logs))
    events = {"k": options.k} if options.model == Story.CNBD else {}
    figures = {
        "model": fitted.model.NAME,
        **events,
        "unit": options.unit,
        "until": told.until.isoformat(),
        "days": options.days,
        "customers": len(billed.histories),
        "parameters": parameters,
        "standard_errors": _known(fitted.model.ESTIMATED, fitted.found.standard_errors),
        "robust_errors": _known(fitted.model.ESTIMATED, fitted.found.robust_errors),
        "log_likelihood": fitted.log_likelihood,
    }
    notes = (*told.notes, *map(str, fitted.doubts))
    return Finding(names.join(rows, on="customer").join(expected, on="customer"), figures, notes)


def _known(names: tuple[str, ...], values: np.ndarray) -> dict[str, float | None]:
    """By name; None for what is no number."""
    return {
        name: float(value) if np.isfinite(value) else None for name, value in zip(names, values, strict=True)
    }


LIFETIME = Command(
    "who will buy again: a lifetime model's parameters, and what it expects of each customer",
    _lifetime_options,
    _lifetime,
)
