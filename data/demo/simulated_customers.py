"""Who buys: each customer's place, segment, tastes, and the purchase process that BG/NBD describes.

BG/NBD (Fader, Hardie & Lee 2005, section 2): a customer buys at rate lambda ~ Gamma(r, alpha) a day, and
after each repeat purchase leaves for ever with chance p ~ Beta(a, b); lambda and p are independent. All else
(segment, basket, spend, channel, returns) may depend on lambda but never moves a purchase in time.

Purchases happen at any moment and are recorded by day. The second of a customer on one day is recorded on the
next free day, so that no purchase is lost: about 3% move, by a day or two. Merging them instead would bias a
fit (r by 4%, alpha by 9%). Those that would move beyond the last day, 1 in 20,000, are dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from data.demo.demo_firm import DAYS, Firm, day_index
from data.demo.places import places, shares
from data.demo.simulated_products import CATEGORIES

R, A, B = 1.3, 0.8, 9.0
LINES_PER_ORDER = 3.93
CHUNK = 100_000

FOUNDERS = 0.30
FOUNDERS_DAYS = 40.0

KINDS = ("Company", "Professional", "Household")
DISCOUNTS = (0.18, 0.10, 0.0)
TYPES = ("Store", "Online", "Remote", "Partners")
BANDS = (0.50, 0.85)
SPEND_SPREAD = 0.2

CAMPAIGN = "Bath linen invitation"
CAMPAIGN_KIND = "Household"
CAMPAIGN_FIRST, CAMPAIGN_LAST = date(2025, 9, 1), date(2025, 11, 30)


@dataclass(frozen=True, slots=True)
class Segment:
    """One way of buying. `bands`: its share among customers in the low, middle and high band of lambda.

    `basket` is the mean number of different products an order, `spend` the mean units of a 20 EUR product a
    line, `breadth` how many home categories, `returns` the chance that a line comes back, `response` the
    chance that the campaign adds promoted products to an order of a customer it reached.
    """

    name: str
    bands: tuple[float, float, float]
    kinds: tuple[float, float, float]
    types: tuple[float, float, float, float]
    basket: float
    spend: float
    breadth: int
    returns: float
    response: float


SEGMENTS = (
    Segment("Trade regulars", (0.02, 0.15, 0.70), (0.80, 0.20, 0.0), (0.35, 0.25, 0.30, 0.10),
            basket=4.4, spend=9.0, breadth=8, returns=0.02, response=0.0),
    Segment("Workshops", (0.08, 0.40, 0.18), (0.25, 0.75, 0.0), (0.50, 0.20, 0.25, 0.05),
            basket=3.4, spend=3.5, breadth=2, returns=0.03, response=0.0),
    Segment("Project buyers", (0.15, 0.08, 0.0), (0.65, 0.35, 0.0), (0.15, 0.10, 0.15, 0.60),
            basket=5.5, spend=24.0, breadth=4, returns=0.04, response=0.0),
    Segment("Households", (0.55, 0.17, 0.02), (0.0, 0.05, 0.95), (0.60, 0.30, 0.10, 0.0),
            basket=2.3, spend=1.0, breadth=5, returns=0.04, response=0.80),
    Segment("Online returners", (0.20, 0.20, 0.10), (0.0, 0.10, 0.90), (0.05, 0.93, 0.02, 0.0),
            basket=3.0, spend=1.8, breadth=10, returns=0.35, response=0.40),
)  # fmt: skip
CASH = SEGMENTS[3]
HOMES = max(segment.breadth for segment in SEGMENTS)


@dataclass(frozen=True, slots=True)
class People:
    """Arrays by customer code; row 0 is the unknown customer, who pays cash in a store.

    `start` is the first purchase in days (a fraction inside the day) since the firm's first day. `treated` is
    1 if the campaign reached the customer, 0 if held out, -1 if it was not meant for this one: not a household,
    or no purchase before it.
    """

    alpha: float
    rate: np.ndarray
    leave: np.ndarray
    start: np.ndarray
    place: np.ndarray
    segment: np.ndarray
    kind: np.ndarray
    main_type: np.ndarray
    spend: np.ndarray
    home: np.ndarray
    treated: np.ndarray
    name: np.ndarray


@dataclass(frozen=True, slots=True)
class Purchases:
    """The purchases of some customers, at most one a day each; `died` is -1 for those alive at the end."""

    code: np.ndarray
    day: np.ndarray
    died: np.ndarray


def people(firm: Firm) -> People:
    """Draw the customers, numbered in geographical order."""
    random, size = firm.random("customers"), firm.size
    alpha = calibrated_alpha(firm)
    rate = random.gamma(R, 1 / alpha, size)
    segment = _segments(rate, random)
    where = places()
    start = _starts(size, random)
    kind = _chosen([each.kinds for each in SEGMENTS], segment, random)
    invited = (start < day_index(CAMPAIGN_FIRST)) & (kind == KINDS.index(CAMPAIGN_KIND))
    treated = np.where(invited, random.integers(0, 2, size), -1)
    spend = np.array([each.spend for each in SEGMENTS])[segment]
    return People(
        alpha=alpha,
        rate=_with_cash(rate, 0.0),
        leave=_with_cash(random.beta(A, B, size), 0.0),
        start=_with_cash(start, 0.0),
        place=_with_cash(np.sort(random.choice(len(where), size, p=shares(where))), 0),
        segment=_with_cash(segment, SEGMENTS.index(CASH)),
        kind=_with_cash(kind, KINDS.index("Household")),
        main_type=_with_cash(
            _chosen([each.types for each in SEGMENTS], segment, random), TYPES.index("Store")
        ),
        spend=_with_cash(spend * random.lognormal(-(SPEND_SPREAD**2) / 2, SPEND_SPREAD, size), CASH.spend),
        home=_homes(firm),
        treated=_with_cash(treated, -1).astype(np.int8),
        name=random.integers(0, 2**31, (size + 1, 3)),
    )


def purchases(firm: Firm, everybody: People) -> Iterator[Purchases]:
    """The purchases of 100,000 customers at a time, as the process makes them up to the last day's end."""
    for chunk, low in enumerate(range(1, firm.size + 1, CHUNK)):
        yield _purchases(everybody, low, min(low + CHUNK, firm.size + 1), firm.random("purchases", chunk))


def _purchases(everybody: People, low: int, high: int, random: np.random.Generator) -> Purchases:
    """N ~ Poisson(lambda T) chances to buy at uniform times, of which the first K ~ Geometric(p) are taken.

    The first of N uniforms in order are partial sums of N + 1 exponentials over their whole sum, so only
    those that happen are drawn.
    """
    rate, leave, start = (column[low:high] for column in (everybody.rate, everybody.leave, everybody.start))
    window = DAYS - start
    chances = random.poisson(rate * window)
    taken = random.geometric(np.maximum(leave, 1e-12))
    count = np.minimum(chances, taken)
    owner = np.repeat(np.arange(high - low), count)
    steps = np.cumsum(random.standard_exponential(count.sum()))
    ends = np.cumsum(count)
    reached = np.concatenate(([0.0], steps))
    before = reached[ends - count]
    whole = reached[ends] - before + random.standard_gamma(chances - count + 1.0)
    when = start[owner] + window[owner] * (steps - before[owner]) / whole[owner]
    day = _days_apart(owner, when.astype(np.int64), start.astype(np.int64))
    gone = taken <= chances
    died = np.full(high - low, -1)
    died[gone] = np.minimum(day[ends[gone] - 1], DAYS - 1)
    kept = day < DAYS
    return Purchases(
        code=np.concatenate((np.arange(low, high), owner[kept] + low)),
        day=np.concatenate((start.astype(np.int64), day[kept])),
        died=died,
    )


def _days_apart(owner: np.ndarray, day: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Repeat purchases moved so that an owner has one a day: each at least a day after the one before.

    Where day[i] = max(day[i], day[i - 1] + 1), day[i] - i is a running maximum.
    """
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner) + 1
    apart = np.maximum(day - rank, first[owner])
    moved: np.ndarray = np.maximum.accumulate(apart + owner * DAYS) - owner * DAYS + rank
    return moved


def calibrated_alpha(firm: Firm) -> float:
    """Alpha (days, to one decimal) at which the expected number of lines is the one asked for.

    E[X(T)] = E[(1 - exp(-lambda p T)) / p] repeat purchases a customer (BG/NBD given lambda and p), by
    simulation with numbers of its own; bisection, as it falls with alpha.
    """
    random = Firm().random("calibration")
    unit, leave = random.gamma(R, 1, 50_000), random.beta(A, B, 50_000)
    window = DAYS - _starts(50_000, random)
    wanted = firm.lines / firm.size / LINES_PER_ORDER - 1
    low, high = 0.1, 10_000.0
    for _ in range(40):
        alpha = (low * high) ** 0.5
        found = float(np.mean(-np.expm1(-unit / alpha * leave * window) / leave))
        low, high = (alpha, high) if found > wanted else (low, alpha)
    return round(low, 1)


def _starts(size: int, random: np.random.Generator) -> np.ndarray:
    """Days of first purchases: founders in the first weeks, others ever more, twice as densely at the end."""
    founders = random.exponential(FOUNDERS_DAYS, size) % DAYS
    later = DAYS * (np.sqrt(1 + 3 * random.random(size)) - 1)
    return np.minimum(np.where(random.random(size) < FOUNDERS, founders, later), np.nextafter(DAYS, 0))


def _segments(rate: np.ndarray, random: np.random.Generator) -> np.ndarray:
    band = np.digitize(rate, np.quantile(rate, BANDS))
    return _chosen(np.array([segment.bands for segment in SEGMENTS]).T, band, random)


def _chosen(rows: object, row: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """One column number each, drawn by the weights in its row."""
    weights = np.asarray(rows, float)
    steps = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    chosen: np.ndarray = (random.random(len(row))[:, None] >= steps[row]).sum(axis=1)
    return chosen


def _homes(firm: Firm) -> np.ndarray:
    """The categories each customer likes, best first: drawn by share without replacement (Gumbel's trick)."""
    liking = np.log([category.share for category in CATEGORIES])
    home = np.empty((firm.size + 1, HOMES), np.int8)
    for chunk, low in enumerate(range(0, firm.size + 1, CHUNK)):
        rows = home[low : low + CHUNK]
        drawn = liking + firm.random("homes", chunk).gumbel(size=(len(rows), len(CATEGORIES)))
        rows[:] = np.argsort(-drawn, axis=1)[:, :HOMES]
    return home


def _with_cash(values: np.ndarray, cash: float) -> np.ndarray:
    return np.concatenate((np.array([cash], values.dtype), values))
