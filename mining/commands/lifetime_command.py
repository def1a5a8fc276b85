"""`python -m mining lifetime`. A lifetime model's parameters, what it expects of each customer, what that is worth."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from cubes.analysis.purchase_history import CustomerHistories, purchase_histories
from cubes.analysis.whole_history import described
from data import environment
from data.access.deed import Deed
from data.errors import BadRequest
from data.model.scoring import Scoring
from data.store.saved_scores import OF_ALL, save_scores
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, days_ahead, question
from mining.lifetime.billed_histories import BilledHistories, billed_histories
from mining.lifetime.chance_alive import chance_alive
from mining.lifetime.cnbd import MbgCnbd
from mining.lifetime.customer_scores import customer_scores
from mining.lifetime.customer_value import LONGEST_OUTCOME_DAYS, CustomerValue, ValueTerms, value
from mining.lifetime.fitted_purchases import FittedPurchases
from mining.lifetime.gamma_gamma import FittedSpend, fit_spend
from mining.lifetime.model_refusals import customers_counted
from mining.lifetime.purchase_forecast import forecast
from mining.lifetime.purchase_histories import PurchaseHistories, TimeUnit
from mining.lifetime.purchase_model import PurchaseModel
from mining.lifetime.purchase_stories import Story, fit_story
from mining.lifetime.regularity import fit_each_k, likeliest_k, likelihood_by_k
from mining.lifetime.value_at_risk import ValueAtRisk, value_at_risk

NOTABLE_RETURNS = 0.001
Fit = FittedPurchases[PurchaseModel]


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """The value of customers within the horizon and the model of their spend, or why either is not told; what of the
    value is at risk, and all that is left without an end (`residual`), where that is told."""

    spend: FittedSpend | BadRequest
    told: CustomerValue | BadRequest
    at_risk: ValueAtRisk | None = None
    residual: CustomerValue | None = None


def _lifetime_options(parser: argparse.ArgumentParser) -> None:
    units = [str(unit) for unit in TimeUnit]
    parser.add_argument(
        "--model",
        choices=[each.value for each in Story],
        default=Story.BGNBD.value,
        help="the story that is told",
    )
    parser.add_argument(
        "--k", type=int, help="of cnbd: events to a purchase, 1 to 12; if left away, the likeliest"
    )
    parser.add_argument(
        "--unit", choices=units, default="weeks", help="what parameters count time in (%(default)s)"
    )
    parser.add_argument(
        "--days", type=days_ahead, default=90, help="how far customers are looked at ahead (%(default)s)"
    )
    parser.add_argument(
        "--horizon", type=days_ahead, default=365, help="days that value is counted over (%(default)s)"
    )
    parser.add_argument(
        "--rate", type=_rate, default=15.0, help="later money counts less by so many %% a year (%(default)s)"
    )
    parser.add_argument(
        "--save", action="store_true", help="save value, chance and purchases of each customer as scores"
    )


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 < rate <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no rate of a year from 0 to 100%; write one like 15")
    return rate


def _lifetime(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """What a lifetime model expects of each customer and what that is worth, with its parameters."""
    if options.save:
        warehouse.policy.check_whole(OF_ALL)
    asked = described(warehouse, question(options), options.until)
    told = purchase_histories(warehouse, asked, options.until)
    billed = billed_histories(told.frame, TimeUnit[options.unit.upper()], told.until)
    fitted, by_k = _fitted(options, billed.histories)
    worth = _worth(fitted, options)
    figures = {
        **_figures(fitted, by_k, told.until, options),
        **_money(worth, warehouse.profile.currency, options),
    }
    notes = [*told.notes, *map(str, fitted.doubts), *_notes(worth, billed, options)]
    if options.save:
        notes.append(_saved(warehouse, fitted, worth, told, options))
    return Finding(_rows(fitted, worth, told, options.days), figures, tuple(notes))


def _fitted(options: argparse.Namespace, histories: PurchaseHistories) -> tuple[Fit, Mapping[int, float]]:
    """The model, and where its k was chosen, the log-likelihood by k. Raises BadRequest."""
    if options.k is not None and options.model != Story.CNBD:
        raise BadRequest(
            f"The model {options.model} knows no k.", f"Leave it away, or take --model {Story.CNBD}."
        )
    if options.model != Story.CNBD or options.k is not None:
        return fit_story(Story(options.model), histories, options.k), {}
    fits = fit_each_k(histories)
    by_k = likelihood_by_k(fits)
    return fits[likeliest_k(by_k)], by_k


def _worth(fitted: Fit, options: argparse.Namespace) -> Worth:
    try:
        spend = fit_spend(fitted.histories)
    except BadRequest as error:
        return Worth(error, error)
    rate = options.rate / 100
    try:
        told = value(fitted, spend, ValueTerms(options.horizon, rate))
    except BadRequest as error:
        return Worth(spend, error)
    return Worth(spend, told, value_at_risk(fitted, told), _residual(fitted, spend, rate))


def _residual(fitted: Fit, spend: FittedSpend, rate: float) -> CustomerValue | None:
    try:
        return value(fitted, spend, ValueTerms(None, rate))
    except BadRequest:
        return None


def _rows(fitted: Fit, worth: Worth, told: CustomerHistories, days: int) -> pl.DataFrame:
    """A row a customer; value, where it is told, comes last."""
    names = told.frame.select("customer", name="customer_name")
    rows = fitted.histories.frame.select("customer", "repeats", "recency_days", "age_days")
    frames = [rows, chance_alive(fitted), forecast(fitted, days).customers]
    if isinstance(worth.told, CustomerValue):
        frames.append(worth.told.customers)
    for frame in frames:
        names = names.join(frame, on="customer")
    return names


def _figures(
    fitted: Fit, by_k: Mapping[int, float], until: date, options: argparse.Namespace
) -> dict[str, Any]:
    names, found = fitted.model.ESTIMATED, fitted.found
    events = {"k": fitted.model.k} if isinstance(fitted.model, MbgCnbd) else {}
    return {
        "model": fitted.model.NAME,
        **events,
        **({"log_likelihood_by_k": dict(by_k)} if by_k else {}),
        "unit": options.unit,
        "until": until.isoformat(),
        "days": options.days,
        "customers": len(fitted.histories),
        "parameters": _known(names, np.exp(fitted.model.logs)),
        "standard_errors": _known(names, found.standard_errors),
        "robust_errors": _known(names, found.robust_errors),
        "log_likelihood": fitted.log_likelihood,
    }


def _money(worth: Worth, currency: str, options: argparse.Namespace) -> dict[str, Any]:
    """Mean spend and the value of all: what of, in which currency, over how many days, at what rate."""
    if isinstance(worth.told, BadRequest):
        return {}
    assert isinstance(worth.spend, FittedSpend)
    everybody = pl.Series(np.zeros(len(worth.told.histories), dtype=np.int64))
    whole = worth.told.groups(everybody).row(0, named=True)
    risk = worth.at_risk.groups(everybody).row(0, named=True) if worth.at_risk else {}
    left = worth.residual.groups(everybody).row(0, named=True) if worth.residual else {}
    ends = ("value", "value_low", "value_high", "value_least", "value_most")
    spend = worth.spend.model
    return {
        "value_of": "margin" if worth.told.is_margin else "revenue",
        "currency": currency,
        "horizon_days": options.horizon,
        "rate_pct_a_year": options.rate,
        **{each: whole[each] for each in ends},
        **{each: risk[each] for each in ("at_risk", "at_risk_low", "at_risk_high") if risk},
        **{each.replace("value", "residual"): left[each] for each in ends[:3] if left},
        "spend": {"model": "Gamma-Gamma", "p": spend.p, "q": spend.q, "v": spend.v},
    }


def _notes(worth: Worth, billed: BilledHistories, options: argparse.Namespace) -> Iterator[str]:
    """What is to be known beside the money, as the page says it."""
    if isinstance(worth.told, BadRequest):
        yield f"No value is told: {worth.told.problem} {worth.told.remedy}"
        return
    assert isinstance(worth.spend, FittedSpend)
    yield from map(str, worth.spend.doubts)
    if not worth.told.is_margin:
        yield f"Value is revenue: {billed.why_no_margin}."
    if worth.told.margin_assumed:
        assumed = customers_counted(worth.told.margin_assumed)
        yield f"The margin of {assumed} {billed.why_margin_assumed}: the mean of the others is assumed."
    if options.horizon <= LONGEST_OUTCOME_DAYS and not np.isfinite(worth.told.worth.noise).all():
        yield "What chance may make of the value has no end here: a few customers could spend any sum."
    if billed.returned_share > NOTABLE_RETURNS:
        share = f"{billed.returned_share:.1%} of what was billed"
        yield f"Returns on days without a purchase ({share}) are not taken off value."
    if billed.spend_left_out:
        left_out = customers_counted(billed.spend_left_out)
        yield f"Mean spend of {left_out} who returned more than they bought is everybody's."


def _saving(options: argparse.Namespace) -> tuple[Deed, ...]:
    return (Deed.WRITE,) if options.save else ()


def _saved(
    warehouse: Warehouse, fitted: Fit, worth: Worth, told: CustomerHistories, options: argparse.Namespace
) -> str:
    """Save as the page does; its address, which a scoring keeps as its settings, shows the same there."""
    settings = {
        "where": options.where,
        "model": [options.model],
        "k": [str(options.k)] if options.k else [],
        "horizon": [str(options.horizon)],
        "rate": [f"{options.rate:g}"],
        "until": [options.until.isoformat()] if options.until else [],
        "as_of": [options.as_of] if options.as_of else [],
    }
    scoring = Scoring(
        told.until,
        fitted.model.NAME,
        options.horizon,
        {name: each for name, each in settings.items() if each},
        by=environment.who(),
    )
    told_worth = worth.told if isinstance(worth.told, CustomerValue) else None
    done = save_scores(warehouse.path, customer_scores(fitted, options.horizon, told_worth), scoring)
    return f"Saved scores of {customers_counted(done)}, as of the close of {told.until}."


def _known(names: tuple[str, ...], values: np.ndarray) -> dict[str, float | None]:
    """By name; None for what is no number."""
    return {
        name: float(value) if np.isfinite(value) else None for name, value in zip(names, values, strict=True)
    }


LIFETIME = Command(
    "who will buy again and what that is worth: a lifetime model's parameters, and what it expects of each customer",
    "lifetime",
    _lifetime_options,
    _lifetime,
    _saving,
)
