"""`python -m mining demand`. Who would pay which price by what persons named, the price that earns most, past
answers."""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import polars as pl

from cubes.analysis.offered_prices import CUBE, offered_prices, surveyed_prices
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, amount, question, seed_number
from mining.pricing.acceptance_curve import acceptance_curve
from mining.pricing.answer_rule import HeldOutBy, RuleBase, judged_answers, usual_base
from mining.pricing.best_price import BestPrice, best_price, top_price
from mining.pricing.demand_cautions import demand_cautions
from mining.pricing.demand_curve import DemandCurve, demand_curve
from mining.pricing.gabor_granger import buying_curve
from mining.pricing.group_demand import group_demand
from mining.pricing.named_prices import SLIP_TIMES, NamedPrices, PriceTerms, PriceUnit, named_prices
from mining.pricing.past_answers import decided
from mining.pricing.price_sensitivity import price_sensitivity
from mining.pricing.survey_answers import asked_answers, limit_answers
from mining.pricing.usual_prices import round_prices, usual_cost
from mining.retention.wilson_interval import Numbers

TABLES = ("at", "groups", "acceptance", "answers", "limits", "buying", "left_out")


def _demand_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--product", default="", metavar="NUMBER", help="of one product; of all if left away")
    parser.add_argument(
        "--at", type=_prices, default=None, metavar="PRICES", help="prices to tell, such as 50,100,150"
    )
    parser.add_argument(
        "--cost", type=_cost, default=None, help="of one piece; that of the price list if left away"
    )
    parser.add_argument(
        "--unit", choices=[each.value for each in PriceUnit], default=PriceUnit.MONEY.value,
        help="count prices in money, or as shares of what was asked",
    )  # fmt: skip
    parser.add_argument(
        "--shading", type=_share, default=1.0, metavar="SHARE",
        help="which share of what they would pay persons named, such as 0.95; an assumption",
    )  # fmt: skip
    parser.add_argument(
        "--slip", type=_cost, default=SLIP_TIMES, metavar="TIMES",
        help="from how many times the price asked on a price is a suspected slip; 0 keeps all",
    )  # fmt: skip
    parser.add_argument("--by", default="", metavar="LEVEL", help="demand by group, such as country")
    parser.add_argument(
        "--base", choices=[each.value for each in RuleBase], default="",
        help="what the threshold of the rule is a multiple of",
    )  # fmt: skip
    parser.add_argument(
        "--table", choices=TABLES, default="at", help="which table is told; JSON has all of them"
    )
    parser.add_argument("--seed", type=seed_number, default=0, help="what fixes all chance")


def _prices(text: str) -> list[float]:
    found = [amount(each) for each in text.split(",")]
    if any(each <= 0 for each in found):
        raise argparse.ArgumentTypeError(f"{text!r} are no prices; write them like 50,100,150")
    return found


def _cost(text: str) -> float:
    found = amount(text)
    if found < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is below 0; write a number like 12.5")
    return found


def _share(text: str) -> float:
    found = amount(text)
    if not 0 < found <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share; write one like 0.95")
    return found


def _demand(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """The table asked for; all of them in JSON."""
    terms = PriceTerms(PriceUnit(options.unit), options.shading, options.slip)
    offers = offered_prices(warehouse, _asked(options), options.by)
    named = named_prices(offers, terms)
    curve = demand_curve(named.highest, seed=options.seed)
    cost = usual_cost(named) if options.cost is None else options.cost
    notes = list(demand_cautions(named))
    if cost is None:
        notes.append("What it costs is not known: 0 is taken, so that profit is revenue.")
    best = best_price(named.highest, cost or 0.0, seed=options.seed)
    if best is None:
        notes.append(f"Nobody named more than it costs ({cost:,.2f}): no price earns anything.")
    at = np.array(options.at) if options.at else round_prices(curve)
    tables = {"at": _at(named, curve, at, cost or 0.0), "left_out": named.left_out}
    if options.by:
        price = best.price if best else float(np.median(curve.prices))
        tables["groups"] = group_demand(named.kept, terms, price, cost or 0.0, seed=options.seed)
    answered, figures, said = _answers(named, options)
    surveyed, more = _surveys(warehouse, named, cost or 0.0, options)
    tables |= answered | surveyed
    if options.table not in tables:
        why = "Add --by, such as --by country." if options.table == "groups" else " ".join([*said, *more])
        raise BadRequest(
            f"There is no table {options.table!r} here.", why or "Choose one product by --product."
        )
    rest = {name: table for name, table in tables.items() if name != options.table}
    return Finding(
        tables[options.table], {**_figures(named, curve, best, cost), **figures}, (*notes, *said, *more), rest
    )


def _asked(options: argparse.Namespace) -> Query:
    asked = question(options)
    cuts = list(asked.cuts)
    if options.until:
        cuts.append(Cut("day", until=options.until.isoformat()))
    if options.product:
        cuts.append(Cut("product", (options.product,)))
    return replace(asked, cuts=tuple(cuts), cube=CUBE, measures=(CUBE,))


def _at(named: NamedPrices, curve: DemandCurve, prices: Numbers, cost: float) -> pl.DataFrame:
    rows = pl.Series("share_over_rows", named.by_rows.shares(prices))
    return curve.at(prices).with_columns(rows, profit=(pl.col("price") - cost) * pl.col("share"))


def _figures(
    named: NamedPrices, curve: DemandCurve, best: BestPrice | None, cost: float | None
) -> dict[str, object]:
    told: dict[str, object] = {
        "people": named.people, "rows_counted": named.kept.height, "products": named.products,
        "unit": named.terms.unit.value,
        "shading_assumed": named.terms.shading, "top_to_median": round(named.top_to_median, 4),
        "band_half": curve.half, "cost": cost,
    }  # fmt: skip
    told["best_price_over_rows"] = top_price(named.by_rows, cost or 0.0)
    if best is None:
        return told
    return told | {
        "best_price": best.price, "best_price_low": best.price_low, "best_price_high": best.price_high,
        "best_share": best.share, "best_profit": best.profit, "best_profit_low": best.profit_low,
        "best_profit_high": best.profit_high,
    }  # fmt: skip


def _answers(
    named: NamedPrices, options: argparse.Namespace
) -> tuple[dict[str, pl.DataFrame], dict[str, object], list[str]]:
    """How often prices were accepted, past answers judged, and why not."""
    tables, figures, said = dict[str, pl.DataFrame](), dict[str, object](), list[str]()
    told = decided(named.kept)
    of = "asked" if told["asked"].drop_nulls().len() >= 0.9 * told.height > 0 else None
    told = told.filter(pl.col(of) > 0) if of else told
    if told.is_empty():
        return (
            tables,
            figures,
            ["No price here was accepted or declined, so that past answers cannot be judged."],
        )
    try:
        prices = (told["price"] / told[of] if of else told["price"]).to_numpy()
        curve = acceptance_curve(
            prices, told["taken"].to_numpy(), told["customer"].to_numpy(), seed=options.seed
        )
        low, high = curve.line.interval(curve.prices)
        tables["acceptance"] = pl.DataFrame({
            "price": curve.prices, "logistic": curve.line.chance(curve.prices), "low": low, "high": high,
            "isotonic": curve.isotonic, "isotonic_low": curve.isotonic_low, "isotonic_high": curve.isotonic_high,
        })  # fmt: skip
        figures |= {"answers_given": curve.answers, "accepted": curve.taken, "acceptance_of": of or "money"}
        base = RuleBase(options.base) if options.base else usual_base(told)
        costed = told if options.cost is None else told.with_columns(cost=pl.lit(options.cost))
        tables["answers"] = pl.DataFrame([_judged(costed, base, by, options.seed) for by in HeldOutBy])
    except BadRequest as error:
        said.append(str(error))
    return tables, figures, said


def _judged(told: pl.DataFrame, base: RuleBase, by: HeldOutBy, seed: int) -> dict[str, object]:
    found = judged_answers(told, base, by, seed=seed)
    return {
        "held_out_by": by.value, "base": base.value, "threshold": found.threshold, "learnt": found.learnt,
        "held": found.held, "people": found.people, "given": found.given, "by_rule": found.by_rule,
        "regret": found.regret, "regret_low": found.regret_low, "regret_high": found.regret_high,
        "hindsight": found.hindsight, "accepted_given": found.accepted[0], "accepted_by_rule": found.accepted[1],
    }  # fmt: skip


def _surveys(
    warehouse: Warehouse, named: NamedPrices, cost: float, options: argparse.Namespace
) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """What customers said when asked of the one product, and why that is not told."""
    if named.products != 1:
        return {}, []
    answers = surveyed_prices(warehouse, (int(named.kept["product"][0]),))
    if answers.is_empty():
        return {}, []
    tables, said = dict[str, pl.DataFrame](), list[str]()
    limits, asked = limit_answers(answers), asked_answers(answers)
    if limits.height:
        try:
            found = price_sensitivity(limits, seed=options.seed)
            tables["limits"] = found.points
            said.append(
                f"{found.people} persons named four limits that rise; {found.intransitive} more did not: left out."
            )
        except BadRequest as error:
            said.append(str(error))
    if asked.height:
        try:
            tables["buying"] = buying_curve(asked, cost, seed=options.seed).curve
        except BadRequest as error:
            said.append(str(error))
    return tables, said


DEMAND = Command(
    "who would pay which price by what persons named, the price that earns most, and past answers judged",
    "demand",
    _demand_options,
    _demand,
)
