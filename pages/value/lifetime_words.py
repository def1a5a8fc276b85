"""What the page Lifetime says and draws: sentences, tiles and frames, pure functions of what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.lifetime.customer_outlook import CustomerOutlook
from mining.lifetime.customer_value import CustomerValue
from mining.lifetime.purchase_stories import Story
from mining.lifetime.regularity import likeliest_k, likely_k
from mining.lifetime.value_at_risk import ValueAtRisk
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import (
    Scale,
    count_text,
    days_named,
    format_day,
    format_value,
    number_text,
    share_text,
)
from pages.value.found_lifetime import FoundLifetime, MeasuredModels, mean_alive
from pages.value.lifetime_view import LifetimeView

NAMES = {
    Story.BGNBD: "BG/NBD",
    Story.MBGNBD: "MBG/NBD",
    Story.PARETO_NBD: "Pareto/NBD",
    Story.CNBD: "MBG/CNBD-k, regular buyers",
}
STORIES = {
    Story.BGNBD: "While a customer, each buys at a rate of its own, and after each repeat purchase may leave for good, "
    "by a chance of its own; who bought once has not left (Fader, Hardie & Lee, Marketing Science 24, 2005; expected "
    "purchases are their equation 10).",
    Story.MBGNBD: "As the BG/NBD, but who bought once may have left as well (Batislam, Denizel & Filiztekin, "
    "International Journal of Research in Marketing 24, 2007).",
    Story.PARETO_NBD: "While a customer, each buys at a rate of its own, and leaves at any time, by another rate of "
    "its own (Schmittlein, Morrison & Colombo 1987; likelihood and expectation: Fader & Hardie 2005, equations 15 and "
    "41).",
    Story.CNBD: "As the MBG/NBD, for customers who buy at regular intervals: a purchase is every k-th event "
    "(Platzer & Reutterer, Marketing Science 35, 2016, equation 7); k is the likeliest, unless it is set.",
}
VALUE = (
    "Value = margin share × mean spend of a purchase day × expected purchase days, each worth 1 ÷ (1 + rate) ^ years "
    "(Fader, Hardie & Lee, “RFM and CLV”, 2005). Mean spend is each customer's own, drawn towards everybody's: the "
    "Gamma-Gamma model (Fader & Hardie 2013, equation 5). Several purchases of a day are one."
)
INTERVALS = (
    "Two kinds of interval, both 95%. Of an expectation: how sure the model is of its mean (delta method, errors that "
    "hold where the model is only nearly true). Of an outcome: what may really come, chance included. A group's is "
    "computed of its sum, so it is not the sum of its customers' ends."
)
MODEL_COLUMNS = {
    "log_score": "ratio",
    "told": "count",
    "bias": "percent",
    "buyers": "count",
    "mean_p_alive": "percent",
}
NOBODY_LEAVES, LEANS = 0.99, 0.1
MOST_MEMBERS = 200


def basis(worth: CustomerValue | BadRequest) -> str:
    """What value is counted in."""
    return "margin" if isinstance(worth, CustomerValue) and worth.is_margin else "revenue"


def money(value: float, currency: str) -> str:
    return format_value(value, "money", currency, compact=True)


def between(low: Any, high: Any, unit: str, currency: str = "", decimals: int = 0) -> str:
    """Both ends of an interval, written alike, and in full where they would read the same; shares with so many
    decimals."""
    if unit == "percent":
        return f"{number_text(low * 100, decimals)} to {share_text(high, decimals)}"
    ends = [format_value(each, unit, currency, compact=True) for each in (low, high)]
    if ends[0] == ends[1] and low != high:
        ends = [format_value(each, unit, currency, Scale() if high >= 100 else False) for each in (low, high)]
    return " to ".join(ends)


def of_all(found: FoundLifetime) -> dict[str, Any]:
    """Purchases and buyers within the days ahead, of everybody together."""
    everybody = pl.Series(np.zeros(len(found.histories), dtype=np.int64))
    return found.expected.groups(everybody).row(0, named=True)


def worth_of_all(worth: CustomerValue) -> dict[str, Any]:
    everybody = pl.Series(np.zeros(len(worth.histories), dtype=np.int64))
    return worth.groups(everybody).row(0, named=True)


def risk_of_all(at_risk: ValueAtRisk) -> dict[str, Any]:
    return at_risk.groups(pl.Series(np.zeros(len(at_risk.risk.value), dtype=np.int64))).row(0, named=True)


def buys_words(found: FoundLifetime) -> str:
    """The headline: 31% (29 to 33)."""
    whole = of_all(found)
    share, low, high = (whole[each] / whole["customers"] for each in ("buyers", "buyers_low", "buyers_high"))
    decimals = decimals_for(low, high)
    return f"{share_text(share, decimals)} ({between(low, high, 'percent', decimals=decimals)})"


def decimals_for(low: float, high: float) -> int:
    """Of a share, as many as its interval bears."""
    return 0 if high - low >= 0.015 else 1


def main_fact(view: LifetimeView, found: FoundLifetime, currency: str) -> str:
    """The sentence above all."""
    who = count_text(len(found.histories), "customer")
    said = f"Of {who}, {buys_words(found)} will buy within {count_text(view.days, 'day')}"
    if isinstance(found.worth, BadRequest):
        return f"{said}."
    whole = worth_of_all(found.worth)
    ends = between(whole["value_low"], whole["value_high"], "money", currency)
    return (
        f"{said}; over {count_text(view.horizon_days, 'day')} they are worth {money(whole['value'], currency)} of "
        f"{basis(found.worth)} ({ends})."
    )


def tiles(view: LifetimeView, found: FoundLifetime, currency: str) -> list[Kpi]:
    whole = of_all(found)
    customers = whole["customers"]
    ends = ("buyers_low", "buyers_high", "buyers_fewest", "buyers_most", "buyers")
    low, high, least, most, share = (whole[each] / customers for each in ends)
    days, decimals = count_text(view.days, "day"), decimals_for(low, high)
    return [
        _worth_tile("value", f"Value, {count_text(view.horizon_days, 'day')}", view, found.worth, currency),
        *_risk_tile(view, found, currency),
        Kpi(
            "buys",
            f"Buy within {days}",
            share_text(share, decimals),
            note=f"{between(low, high, 'percent', decimals=decimals)}; "
            f"with chance {between(least, most, 'percent', decimals=decimals)}",
            help=f"{number_text(whole['buyers'])} of {count_text(customers, 'customer')}. {INTERVALS}",
        ),
        Kpi(
            "purchases",
            f"Purchases, {days}",
            format_value(whole["purchases"], "count", compact=True),
            note=f"{between(whole['purchases_low'], whole['purchases_high'], 'count')}; with chance "
            f"{between(whole['purchases_fewest'], whole['purchases_most'], 'count')}",
            help="Days of purchase: several orders of a day are one.",
        ),
        _worth_tile("residual", "Residual value", view, found.residual, currency),
    ]  # fmt: skip


def _worth_tile(
    id: str, name: str, view: LifetimeView, worth: CustomerValue | BadRequest, currency: str
) -> Kpi:
    if isinstance(worth, BadRequest):
        return Kpi(id, name, "not told", note=worth.problem, help=f"{worth.problem} {worth.remedy}")
    whole = worth_of_all(worth)
    ends = between(whole["value_low"], whole["value_high"], "money", currency)
    note = f"{basis(worth)}; {ends}; at {view.rate:g}% a year"
    return Kpi(id, name, money(whole["value"], currency), note=note, help=VALUE)


def _risk_tile(view: LifetimeView, found: FoundLifetime, currency: str) -> Iterator[Kpi]:
    """Where value is told: what of it is at risk."""
    if isinstance(found.worth, BadRequest) or isinstance(found.at_risk, BadRequest):
        return
    risk, whole = risk_of_all(found.at_risk), worth_of_all(found.worth)["value"]
    part = f"{share_text(risk['at_risk'] / whole)} of it" if whole > 0 else "of a value of nothing"
    ends = between(risk["at_risk_low"], risk["at_risk_high"], "money", currency)
    yield Kpi(
        "risk",
        "Value at risk",
        money(risk["at_risk"], currency),
        note=f"{part}; {ends}",
        help="Each customer's value times the chance that nothing is bought within "
        f"{count_text(view.horizon_days, 'day')}, added up; the interval is of that sum (delta method, 95%).",
    )


def alive_words(found: FoundLifetime) -> str:
    """P(alive) never stands alone: what each model takes it for."""
    own = f"{found.fitted.model.NAME} {share_text(mean_alive(found.fitted))}"
    lead = "How many are still customers nobody can observe, and models that fit alike disagree"
    if isinstance(found.models, BadRequest):
        return f"{lead}: go by who will buy. Mean P(alive): {own}."
    told = ", ".join(f"{name} {share_text(share)}" for name, share in found.models.alive.items())
    day = format_day(found.models.fitted_until)
    return f"{lead}: go by who will buy. Mean P(alive) now: {own}; of each model on {day}: {told}."


def why_model(view: LifetimeView, found: FoundLifetime) -> str:
    """Which model answers, and why; of regular buyers, with which k."""
    return f"{_why_model(view, found)} {events_words(found)}".strip()


def _why_model(view: LifetimeView, found: FoundLifetime) -> str:
    name = found.fitted.model.NAME
    if isinstance(found.models, BadRequest):
        chosen = "as chosen" if view.story else "for want of a comparison"
        return f"The {name} answers, {chosen}: no days could be held out. {found.models.problem}"
    best = found.models.best
    if view.story and name != best:
        return f"The {name} answers, as chosen; by the log score on the days held out the {best} told best."
    table = found.models.window.table
    behind = table["log_score"].max() - pl.col("log_score")
    close = table.filter(
        behind <= 2 * pl.col("log_score_error").fill_null(0.0) + 1e-6, pl.col("model") != best
    )
    alike = (
        f" The {' and the '.join(close['model'])} told as well, within two standard errors."
        if len(close)
        else ""
    )
    return f"The {name} answers: it has the best log score on the days held out.{alike}"


def events_words(found: FoundLifetime) -> str:
    """How regular the model of regular buyers takes them for, and why; empty of other models."""
    if not found.by_events:
        return ""
    likeliest = likeliest_k(found.by_events)
    tried = f"the likeliest of 1 to {max(found.by_events)}"
    said = f"k = {found.events} events to a purchase"
    if found.events != likeliest:
        return f"{said}, as chosen; {tried} is k = {likeliest}."
    low, high = likely_k(found.by_events)
    chance = " They buy by chance, then: this is the MBG/NBD." if likeliest == 1 else ""
    return f"{said}, {tried} (95%: {low} to {high}).{chance}"


def events_table(found: FoundLifetime) -> pl.DataFrame:
    """A row a k that was tried."""
    rows = {"k": [*found.by_events], "Log-likelihood": [round(each, 2) for each in found.by_events.values()]}
    return pl.DataFrame(rows)


def calibration_words(found: FoundLifetime) -> str:
    """What the answering model told of the days held out, what came, and what everybody's own pace would have told."""
    assert isinstance(found.models, MeasuredModels)
    window = found.models.window
    row = _own_row(found)
    said = (
        f"In {count_text(window.days, 'day')} that no model had seen, the {row['model']} told "
        f"{number_text(row['purchases'])} purchases ({number_text(row['purchases_fewest'])} to "
        f"{number_text(row['purchases_most'])}) and {number_text(window.came)} came: {leaning(row['bias'])}."
    )
    if not window.came:
        return said
    naive = window.naive / window.came - 1
    return (
        f"{said} Everybody's own pace so far would have told {number_text(window.naive)}, {leaning(naive)}."
    )


def leaning(bias: float | None) -> str:
    """How far what was told lies from what came.

    >>> leaning(0.056), leaning(-0.2), leaning(0.0001)
    ('5.6% too many', '20.0% too few', 'right to a tenth of a percent')
    """
    if bias is None:
        return "nobody bought"
    if abs(bias) < 0.0005:
        return "right to a tenth of a percent"
    return f"{share_text(abs(bias), 1)} too {'many' if bias > 0 else 'few'}"


def _own_row(found: FoundLifetime) -> dict[str, Any]:
    assert isinstance(found.models, MeasuredModels)
    table = found.models.window.table
    return table.filter(pl.col("model") == found.fitted.model.NAME).row(0, named=True)


def deciles(found: FoundLifetime) -> pl.DataFrame:
    """The calibration of the answering model, as its figure takes it."""
    assert isinstance(found.models, MeasuredModels)
    own = found.models.window.deciles.filter(pl.col("model") == found.fitted.model.NAME)
    return own.select(
        id=pl.col("decile").cast(pl.String),
        label=pl.col("decile").cast(pl.String),
        value="bought",
        came="came",
        low="came_low",
        high="came_high",
        customers="customers",
    )


def outside(frame: pl.DataFrame) -> str:
    """How many tenths came as told."""
    held = frame.filter(pl.col("value").is_between("low", "high")).height
    return f"What was told lies within the interval of what came in {held} of {frame.height} groups."


def model_table(models: MeasuredModels) -> pl.DataFrame:
    """A row a model on the one window, the best first."""
    return models.window.table.select(
        "model",
        pl.col("log_score").round(4),
        pl.col("log_score_error").round(4).alias("error_of_difference"),
        pl.col("purchases").round(0).alias("told"),
        pl.lit(models.window.came).alias("came"),
        "bias",
        pl.col("buyers").round(0),
        pl.lit(models.window.buyers).alias("buyers_came"),
        pl.col("correlation").round(3),
        pl.col("model").replace_strict(models.alive, return_dtype=pl.Float64).alias("mean_p_alive"),
    )


def cautions(found: FoundLifetime, currency: str) -> list[str]:
    """What is to be known beside the numbers."""
    return [*dict.fromkeys(_cautions(found, currency))]


def _cautions(found: FoundLifetime, currency: str) -> Iterator[str]:
    if isinstance(found.models, MeasuredModels):
        row = _own_row(found)
        if row["bias"] is not None and abs(row["bias"]) > LEANS:
            yield f"On the days held out this model told {leaning(row['bias'])}: take its sums with that."
    yield from map(str, found.fitted.doubts)
    if found.rhythm and found.story is not Story.CNBD:
        yield _of_rhythm(found)
    if mean_alive(found.fitted) > NOBODY_LEAVES:
        yield (
            "The model sees nobody leave: the time looked at is too short to see it, so the residual value is too high "
            "and the value of a long horizon as well."
        )
    yield from _of_money(found)
    told = found.told
    if told.unknown_lines:
        lost = money(told.unknown_spend, currency)
        yield f"{count_text(told.unknown_lines, 'line')} without a known customer ({lost}) tell nothing here."
    yield from map(days_named, told.notes)


def _of_rhythm(found: FoundLifetime) -> str:
    """Regular buyers and their model: offered, unless it told no better on the days held out."""
    assert found.rhythm
    measured = found.models.stories if isinstance(found.models, MeasuredModels) else {}
    own = next((name for name, story in measured.items() if story is Story.CNBD), "")
    if not own or isinstance(found.models, BadRequest) or found.models.best == own:
        return str(found.rhythm)
    return (
        f"Customers buy at regular intervals (regularity {number_text(found.rhythm.regularity, 1)}, where chance would "
        f"have 1), yet the {own}, which is made for that, told no better on the days held out."
    )


def doubted(models: MeasuredModels) -> str:
    """The compared models whose search did not end well."""
    names = [name for name, doubts in models.doubts.items() if doubts]
    return (
        f"In doubt, for a parameter ran away or the search found no top: {', '.join(names)}." if names else ""
    )


def _of_money(found: FoundLifetime) -> Iterator[str]:
    if isinstance(found.spend, BadRequest):
        yield f"No value is told: {found.spend.problem} {found.spend.remedy}"
        return
    yield from map(str, found.spend.doubts)
    worth = found.worth
    if isinstance(worth, CustomerValue) and not worth.is_margin:
        yield f"Value is revenue: {found.billed.why_no_margin}."
    if isinstance(worth, CustomerValue) and worth.margin_assumed:
        yield (
            f"The margin of {count_text(worth.margin_assumed, 'customer')} {found.billed.why_margin_assumed}: the mean "
            "of the others is assumed."
        )
    if isinstance(worth, CustomerValue) and worth_of_all(worth)["value_least"] is None:
        yield "What chance may make of the value has no end here: a few customers could spend any sum."
    if found.billed.returned_share > 0.001:
        yield (
            f"Returns on days without a purchase ({share_text(found.billed.returned_share, 1)} of what was billed) are "
            "not taken off value."
        )
    if found.billed.spend_left_out:
        yield (
            f"{count_text(found.billed.spend_left_out, 'customer')} returned more than they bought on their later "
            "days: everybody's mean spend stands for theirs."
        )


def parameters(found: FoundLifetime) -> pl.DataFrame:
    """A row a parameter of the answering model, time in days."""
    names, fit = found.fitted.model.ESTIMATED, found.fitted
    errors = np.where(np.isfinite(fit.found.robust_errors), fit.found.robust_errors, np.nan)
    return pl.DataFrame({
        "Parameter": names,
        "Value": np.exp(fit.model.logs).round(4),
        "Standard error": errors.round(4),
    }).fill_nan(None)  # fmt: skip


def is_told_by(level: str, asked: str, known: Mapping[str, int]) -> bool:
    """Whether groups by a level are told: of few members, and of several unless it was `asked` for (`known` counts)."""
    return (1 if level == asked else 2) <= known.get(level, 0) <= MOST_MEMBERS


def level_words(level: str, members: list[str]) -> str:
    """What is to be said of a level that parts nobody from anybody; else nothing.

    >>> level_words("Country", ["France"]), level_words("Country", ["France", "Italy"])
    ('All are of one country: France.', '')
    """
    return f"All are of one {level.lower()}: {members[0]}." if len(members) == 1 else ""


def outlook_words(seen: CustomerOutlook, days: int) -> str:
    """One customer in sentences: what the model knows, and what it expects."""
    last = seen.curve.row(-1, named=True)
    silent = seen.age_days - seen.recency_days
    bought = f"Bought on {count_text(seen.repeats + 1, 'day')}" if seen.repeats else "Bought on one day only"
    return (
        f"{bought}, known for {count_text(seen.age_days, 'day')}, silent for {count_text(silent, 'day')}. Will buy "
        f"within {count_text(days, 'day')}: {share_text(last['buys'])}, {number_text(last['purchases'], 2)} purchases "
        f"expected. If nothing comes by then, the chance that it is still a customer is {share_text(last['alive'])}."
    )


def outlook_frame(seen: CustomerOutlook) -> pl.DataFrame:
    """Both curves of one customer, as their figure takes them."""
    lines = {"buys": "Has bought by then", "alive": "Still a customer if silent"}
    return pl.concat([
        seen.curve.select(pl.lit(id).alias("id"), pl.lit(name).alias("label"), age="day", value=id)
        for id, name in lines.items()
    ])  # fmt: skip
