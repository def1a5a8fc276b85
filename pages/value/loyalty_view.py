"""What the page Loyalty shows, frozen: the slice, what customers are weighed by, the thresholds; the URL holds all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, is_yes, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.loyalty.loyalty_cells import CELLS

WORTHS = {"margin": "Margin", "revenue": "Revenue"}
PARAMETERS = ("where", "by", "days", "profit", "cell", "moves")
ADDRESSED = {name.lower().replace(" ", "-"): name for name in CELLS}


@dataclass(frozen=True, slots=True)
class LoyaltyView:
    """`by` is empty where the page chooses; `days` and `profit` are None where the middle customer sets them; `moves`
    shows who moved."""

    cuts: tuple[Cut, ...] = ()
    by: str = ""
    days: float | None = None
    profit: float | None = None
    cell: str = ""
    moves: bool = False

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters, defaults left out."""
        found = {
            "where": [str(cut) for cut in self.cuts],
            "by": [self.by] if self.by else [],
            "days": [] if self.days is None else [repr(self.days)],
            "profit": [] if self.profit is None else [repr(self.profit)],
            "cell": [name for name, cell in ADDRESSED.items() if cell == self.cell],
            "moves": ["yes"] if self.moves else [],
        }
        return {name: values for name, values in found.items() if values}

    def within(self, cuts: tuple[Cut, ...]) -> LoyaltyView:
        """The same thresholds over another slice."""
        return replace(self, cuts=cuts)

    def weighed(self, by: str) -> LoyaltyView:
        """By another worth: a threshold in margin means nothing in revenue."""
        return replace(self, by=by, profit=None)

    def at(self, days: float | None, profit: float | None) -> LoyaltyView:
        return replace(self, days=days, profit=profit)

    def open(self, cell: str) -> LoyaltyView:
        return replace(self, cell=cell)

    def moved(self) -> LoyaltyView:
        """With the movement between two dates."""
        return replace(self, moves=True)


def parse_loyalty(parameters: Mapping[str, list[str]]) -> LoyaltyView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    by, cell = only(parameters, "by"), only(parameters, "cell")
    if by and by not in WORTHS:
        raise BadRequest(f"Customers are not weighed by {by!r}.", did_you_mean(by, WORTHS))
    if cell and cell not in ADDRESSED:
        raise BadRequest(f"There is no degree of loyalty {cell!r}.", did_you_mean(cell, ADDRESSED))
    days = _number(only(parameters, "days"), "days")
    if days is not None and days < 0:
        raise BadRequest("Nobody has been a customer for less than no day.", "Write days=0 or more.")
    cuts = tuple(parse_cut(text) for text in parameters.get("where", ()))
    profit = _number(only(parameters, "profit"), "profit")
    return LoyaltyView(cuts, by, days, profit, ADDRESSED.get(cell, ""), is_yes(parameters, "moves"))


def _number(text: str, name: str) -> float | None:
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not (math.isfinite(found) and text.isascii() and abs(found) < 1e15):
        raise BadRequest(f"{name}={text[:20]!r} is no number.", f"Write it in digits, such as {name}=90.")
    return found
