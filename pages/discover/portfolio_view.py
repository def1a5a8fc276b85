"""What the page Portfolio shows, frozen: slice, thresholds, what is picked out, what is off. The URL holds it all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cubes.address_parameters import check_names, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.portfolio import demand_variation, pareto_curve
from mining.portfolio.demand_variation import XyzThresholds
from mining.portfolio.pareto_curve import AbcThresholds
from mining.portfolio.product_portfolio import PortfolioThresholds
from mining.portfolio.verdicts import DELIST, VERDICTS

PARAMETERS = ("where", "a", "b", "x", "y", "new", "cell", "verdict", "take", "off", "transfer")
TRANSFER = 0.5
MOST_OFF = 300
ALL = "all"
TAKEN = ("", DELIST, ALL)  # by hand, all of that verdict, everything
CELLS = tuple(f"{abc}{xyz}" for abc in pareto_curve.CLASSES for xyz in demand_variation.CLASSES)


@dataclass(frozen=True, slots=True)
class PortfolioView:
    """`cell` (such as AX) and `verdict` pick products out, empty for all; `take` says what is off as a whole (TAKEN),
    `off` names products by their ids where it says nothing; `transfer` is how much of their demand is taken to stay."""

    cuts: tuple[Cut, ...] = ()
    at: PortfolioThresholds = field(default_factory=PortfolioThresholds)
    cell: str = ""
    verdict: str = ""
    take: str = ""
    off: tuple[str, ...] = ()
    transfer: float = TRANSFER

    def to_parameters(self) -> dict[str, list[str]]:
        usual = PortfolioView()
        told = {
            "a": (self.at.abc.a, usual.at.abc.a),
            "b": (self.at.abc.b, usual.at.abc.b),
            "x": (self.at.xyz.x, usual.at.xyz.x),
            "y": (self.at.xyz.y, usual.at.xyz.y),
            "new": (self.at.new_days, usual.at.new_days),
            "transfer": (self.transfer, usual.transfer),
        }
        found = {
            "where": [str(cut) for cut in self.cuts],
            **{name: [str(value)] for name, (value, other) in told.items() if value != other},
            "cell": [self.cell],
            "verdict": [self.verdict],
            "take": [self.take],
            "off": list(self.off),
        }
        return {name: values for name, values in found.items() if any(values)}

    def within(self, cuts: tuple[Cut, ...]) -> PortfolioView:
        """The same of another slice, whose products may be others."""
        return replace(self, cuts=cuts, off=())

    def by(self, at: PortfolioThresholds) -> PortfolioView:
        return replace(self, at=at)

    def picked(self, cell: str = "", verdict: str = "") -> PortfolioView:
        return replace(self, cell=cell, verdict=verdict)

    def taking(self, take: str) -> PortfolioView:
        return replace(self, take=take, off=())

    def ticked(self, off: Iterable[str]) -> PortfolioView:
        """With these products off, one by one. Raises BadRequest for more than an address holds."""
        named = tuple(dict.fromkeys(off))
        if len(named) > MOST_OFF:
            raise BadRequest(
                f"{len(named)} products are more than can be ticked one by one.",
                f"Tick at most {MOST_OFF}, or take off all that are to be delisted.",
            )
        return replace(self, take="", off=named)

    def assuming(self, transfer: float) -> PortfolioView:
        return replace(self, transfer=transfer)


def parse_portfolio(parameters: Mapping[str, list[str]]) -> PortfolioView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    usual = PortfolioThresholds()

    def number(name: str, otherwise: float) -> float:
        text = only(parameters, name)
        return parse_number(text, name) if text else otherwise

    def among(name: str, known: Iterable[str]) -> str:
        text, offered = only(parameters, name), tuple(each for each in known if each)
        if text and text not in offered:
            raise BadRequest(f"There is no {name} {text[:20]!r}.", did_you_mean(text, offered))
        return text

    transfer = number("transfer", TRANSFER)
    if not 0 <= transfer <= 1:
        raise BadRequest(
            f"A transfer of {transfer:g} is none.", "It goes from 0, nothing stays, to 1, all stays."
        )
    view = PortfolioView(
        tuple(parse_cut(text) for text in parameters.get("where", ())),
        PortfolioThresholds(
            AbcThresholds(number("a", usual.abc.a), number("b", usual.abc.b)),
            XyzThresholds(number("x", usual.xyz.x), number("y", usual.xyz.y)),
            _days(number("new", usual.new_days)),
        ),
        among("cell", CELLS),
        among("verdict", VERDICTS),
        among("take", TAKEN),
        transfer=transfer,
    )
    off = tuple(parameters.get("off", ()))
    return view.ticked(off) if off else view


def parse_number(text: str, name: str) -> float:
    """A number written in digits. Raises BadRequest."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not (text.isascii() and math.isfinite(found)):
        raise BadRequest(f"{name}={text[:20]!r} is no number.", f"Write it in digits, such as {name}=0.8.")
    return found


def _days(number: float) -> int:
    if number != int(number) or not 1 <= number <= 36_500:
        raise BadRequest(f"A product cannot be new for {number:g} days.", "Take a whole number from 1 on.")
    return int(number)
