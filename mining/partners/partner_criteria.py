"""The criteria that partners are judged by here, with what the n of each counts and the weight that it begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from data.errors import BadRequest, did_you_mean
from mining.partners.criterion import Criterion

SHARE = (0.0, 1.0)
DECLARED = (
    Criterion("on_time", "On time", True, "percent", "orders due", 3, ends=SHARE),
    Criterion("in_full", "In full", True, "percent", "orders due", 2, ends=SHARE),
    Criterion("on_time_in_full", "On time in full", True, "percent", "orders due", 0, ends=SHARE),
    Criterion("fill_rate", "Fill rate", True, "percent", "orders due", 3, ends=SHARE),
    Criterion("lead_days", "Lead time, median", False, "days", "orders", 2, ends=(0.0, None)),
    Criterion("late_lead_days", "Lead time, 90% within", False, "days", "orders", 1, ends=(0.0, None)),
    Criterion("price_index", "Price against the district", False, "ratio", "orders priced", 2),
    Criterion("return_rate", "Goods returned", False, "percent", "customers", 2, ends=SHARE),
    Criterion("satisfaction", "Satisfaction of shared customers", True, "points", "contacts", 2, ends=(0.0, 10.0)),
    Criterion("margin", "Margin sourced", True, "money", "customers", 1),
    Criterion("answer_days", "Days to an answer", False, "days", "answers", 1, ends=(0.0, None)),
)  # fmt: skip
CRITERIA: Mapping[str, Criterion] = {each.name: each for each in DECLARED}
MEANT: Mapping[str, str] = {
    "on_time": "Of the orders that were due, those whose last goods came by the promised day, whole or not.",
    "in_full": "Of the orders that were due, those of which all came, whenever.",
    "on_time_in_full": "Of the orders that were due, those of which all came by the promised day.",
    "fill_rate": "Pieces that came by the promised day, of all pieces that were due; what came beyond an order is not"
    " counted.",
    "lead_days": "Days from an order to its last goods for half of the orders; those still open count as far as they"
    " were waited for (Kaplan and Meier, 1958).",
    "late_lead_days": "Days within which nine of ten orders came, those still open as for the median.",
    "price_index": "What was paid for its goods against what the same would have cost at the district's mean price of"
    " each, of products that another partner supplied as well: 1 is the mean.",
    "return_rate": "Pieces of its goods that came back from customers, of those sold.",
    "satisfaction": "Mean satisfaction, 0 to 10, of contacts that name the partner.",
    "margin": "Margin of what it supplied or sold, returns taken off; a line that one supplied and another sold counts"
    " for both.",
    "answer_days": "Mean days until it answered a price that a customer named.",
}


def criteria_with(
    weights: Mapping[str, float], floors: Mapping[str, float], targets: Mapping[str, float]
) -> tuple[Criterion, ...]:
    """All criteria, with what somebody said of some. Raises BadRequest for one that there is not."""
    for name in (*weights, *floors, *targets):
        if name not in CRITERIA:
            raise BadRequest(f"There is no criterion {name[:30]!r}.", did_you_mean(name, list(CRITERIA)))
    return tuple(
        replace(
            each,
            weight=weights.get(each.name, each.weight),
            floor=floors.get(each.name),
            target=targets.get(each.name),
        )
        for each in DECLARED
    )
