"""Moments of customers: days on which something befell them, with all they bought before, and what they did after."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

YEAR = 365
SHIFT = 20  # bits that hold a day
HISTORY = ("recency", "frequency", "spend", "tenure")
OUTCOMES = ("purchases", "spent", "bought")
MOST_QUIET = 300_000
NO_CONTACT = ""
Whole = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ContactMoments:
    """`frame`: `customer`, `day`, `month` (its first day), `kind` of contact, `is_bad`, HISTORY (days since the last
    purchase, days with one in the year before, spend of that year, days since the first), and OUTCOMES on the
    `within_days` after: days with a purchase, their revenue, whether there was one.

    `unripe` moments are too near to the end of what is known, `without_past` of customers who had not bought before:
    neither is in the frame.
    """

    frame: pl.DataFrame
    within_days: int
    unripe: int
    without_past: int


def contact_moments(
    contacts: pl.DataFrame, purchases: pl.DataFrame, span: tuple[int, int], known_until: int, within_days: int
) -> ContactMoments:
    """The first bad contact of each customer after a year without one, and all other contacts after such a year.

    `contacts`: `customer`, `day` (a number), `kind`, `is_bad` (null where nobody knows); they should reach a year
    before `span` (first and last day). `purchases`: `customer`, `day`, `revenue`, `orders`, a row a customer and
    day; a day with returns alone has no order. Whoever had a bad contact
    later still stands among the others before it, for on that day nobody knew (Li, Propert & Rosenbaum 2001).
    """
    worst = contacts.sort("is_bad", "kind", descending=[True, False], nulls_last=True)
    daily = worst.group_by("customer", "day", maintain_order=True).agg(pl.col("is_bad", "kind").first())
    marked = daily.sort("customer", "day").with_columns(
        before=pl.when(pl.col("is_bad")).then("day").shift().forward_fill().over("customer")
    )
    is_free = (pl.col("day") - pl.col("before") > YEAR).fill_null(True)
    wanted = marked.filter(pl.col("day").is_between(*span), is_free, pl.col("is_bad").is_not_null())
    first_bad = pl.col("is_bad") & (pl.col("day") > pl.col("day").filter("is_bad").min().over("customer"))
    return moments_of(
        wanted.filter(~first_bad.fill_null(False)).select("customer", "day", "kind", "is_bad"),
        purchases,
        known_until,
        within_days,
    )


def quiet_moments(
    contacts: pl.DataFrame, purchases: pl.DataFrame, span: tuple[int, int], within_days: int, seed: int = 0
) -> pl.DataFrame:
    """A day drawn from each 30 of `span` for each customer who ever bought, as a moment that is not bad: `customer`,
    `day`, `kind`, `is_bad`.

    Days on which, or within so many before which, the customer was in touch are left out, and those within a year of
    a bad contact. Of more than MOST_QUIET as many are drawn.
    """
    draw = np.random.default_rng(seed)
    customers = purchases.filter(pl.col("orders") > 0)["customer"].unique().sort().to_numpy().astype(np.int64)
    begins = np.arange(span[0], span[1] + 1, 30)
    days = begins[None, :] + draw.integers(0, 30, (len(customers), len(begins)))
    frame = pl.DataFrame({"customer": np.repeat(customers, len(begins)), "day": days.ravel()}).filter(
        pl.col("day") <= span[1]
    )
    if frame.height > MOST_QUIET:
        frame = frame[np.sort(draw.choice(frame.height, MOST_QUIET, replace=False))]
    in_touch = CustomerCourse.of(contacts)
    bad = CustomerCourse.of(contacts.filter(pl.col("is_bad").fill_null(False)))
    who, day = frame["customer"].to_numpy(), frame["day"].to_numpy()
    is_quiet = (in_touch.count(who, day - within_days, day + 1) == 0) & (
        bad.count(who, day - YEAR, day + 1) == 0
    )
    return frame.filter(is_quiet).with_columns(kind=pl.lit(NO_CONTACT), is_bad=pl.lit(value=False))


def beside_quiet(moments: ContactMoments, quiet: ContactMoments) -> ContactMoments:
    """The bad moments beside quiet ones of whatever customer, no kind of contact telling them apart."""
    columns = moments.frame.columns
    both = pl.concat([moments.frame.filter("is_bad"), quiet.frame.select(columns)])
    return replace(moments, frame=both.with_columns(kind=pl.lit(NO_CONTACT)))


def moments_of(
    moments: pl.DataFrame, purchases: pl.DataFrame, known_until: int, within_days: int
) -> ContactMoments:
    """What was before and after moments (`customer`, `day`, `kind`, `is_bad`), as `contact_moments` gives them. The day
    itself counts neither before nor after."""
    ripe = moments.filter(pl.col("day") + within_days <= known_until)
    course, money = CustomerCourse.of(purchases.filter(pl.col("orders") > 0)), CustomerCourse.of(purchases)
    who, day = (ripe[name].to_numpy().astype(np.int64) for name in ("customer", "day"))
    first, last = course.first(who), course.last(who, day)
    frame = ripe.with_columns(
        month=pl.Series(day).cast(pl.Int32).cast(pl.Date).dt.truncate("1mo").cast(pl.Int32),
        recency=pl.Series((day - last).astype(float)),
        frequency=pl.Series(course.count(who, day - YEAR, day).astype(float)),
        spend=pl.Series(money.total(who, day - YEAR, day)),
        tenure=pl.Series((day - first).astype(float)),
        purchases=pl.Series(course.count(who, day + 1, day + within_days + 1).astype(float)),
        spent=pl.Series(money.total(who, day + 1, day + within_days + 1)),
    ).with_columns(bought=(pl.col("purchases") > 0).cast(pl.Float64))
    has_past = pl.Series(course.count(who, np.zeros_like(day), day) > 0)
    kept = frame.filter(has_past)
    return ContactMoments(kept, within_days, moments.height - ripe.height, frame.height - kept.height)


@dataclass(frozen=True, slots=True, eq=False)
class CustomerCourse:
    """What befell customers by day, as sorted keys of customer and day with running sums: any span is two look-ups."""

    keys: Whole
    sums: Numbers

    @classmethod
    def of(cls, frame: pl.DataFrame) -> CustomerCourse:
        """`customer`, `day` and, where there is one, `revenue`."""
        amount = pl.col("revenue").cast(pl.Float64) if "revenue" in frame.columns else pl.lit(0.0)
        rows = frame.select("customer", "day", amount=amount).sort("customer", "day")
        keys = _key(rows["customer"].to_numpy(), rows["day"].to_numpy())
        return cls(keys, np.concatenate([[0.0], np.cumsum(rows["amount"].to_numpy())]))

    def at(self, customer: Whole, day: Whole) -> Whole:
        return np.searchsorted(self.keys, _key(customer, day)).astype(np.int64)

    def count(self, customer: Whole, since: Whole, until: Whole) -> Whole:
        """How many there were from the day `since` to the day before `until`."""
        return self.at(customer, until) - self.at(customer, since)

    def total(self, customer: Whole, since: Whole, until: Whole) -> Numbers:
        return self.sums[self.at(customer, until)] - self.sums[self.at(customer, since)]

    def first(self, customer: Whole) -> Whole:
        """The first day of each customer; of one who has none, anything."""
        return self._day(self.at(customer, np.zeros_like(customer)))

    def last(self, customer: Whole, before: Whole) -> Whole:
        """The last day before another; of one who has none, anything."""
        return self._day(self.at(customer, before) - 1)

    def _day(self, place: Whole) -> Whole:
        if not len(self.keys):
            return np.zeros_like(place)
        return self.keys[np.clip(place, 0, len(self.keys) - 1)] & ((1 << SHIFT) - 1)


def _key(customer: Whole, day: Whole) -> Whole:
    return (customer.astype(np.int64) << SHIFT) | np.maximum(day.astype(np.int64), 0)
