"""What else moved the customers of a campaign: answers of those held out, other campaigns in the same days, and to
which contact each purchase is put down."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from cubes.analysis.campaign_outcomes import RunCampaign, assigned_arms
from cubes.analysis.whole_history import whole_history
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.store.warehouse import Warehouse

ALIKE = 3.29  # beyond so many standard errors shares of the arms differ by chance once in a thousand


@dataclass(frozen=True, slots=True)
class Contamination:
    """Customers `reached` and `held_out` by a campaign; of these with another campaign's contact in the same days
    (`reached_too`, `held_out_too`); held out with an answer that names a contact or a code (`answered`), which nobody
    can give who was left alone; and those of either arm who were `erased` since."""

    reached: int
    held_out: int
    reached_too: int
    held_out_too: int
    answered: int
    erased: int = 0

    @property
    def is_uneven(self) -> bool:
        """Whether other campaigns reached one arm more than the other, told from chance."""
        if not (self.reached and self.held_out):
            return False
        both = (self.reached_too + self.held_out_too) / (self.reached + self.held_out)
        error = sqrt(both * (1 - both) * (1 / self.reached + 1 / self.held_out))
        off = self.reached_too / self.reached - self.held_out_too / self.held_out
        return abs(off) > ALIKE * error > 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known beside an effect."""
        said = []
        if self.answered:
            said.append(
                f"Held out but contacted: {self.answered:,} of {self.held_out:,} gave an answer that names a contact or"
                " a code. They count as held out, which makes the effect look smaller."
            )
        if self.reached_too or self.held_out_too:
            shares = [
                f"{part:,} of {whole:,} {who}"
                for part, whole, who in (
                    (self.reached_too, self.reached, "reached"), (self.held_out_too, self.held_out, "held out"),
                )
            ]  # fmt: skip
            uneven = ", which is not alike: a part of the effect may be theirs" if self.is_uneven else ""
            said.append(f"Other campaigns reached in the same days {shares[0]} and {shares[1]}{uneven}.")
        if self.erased:
            said.append(f"Customers who were erased since count without a name: {self.erased:,}.")
        return tuple(said)


@dataclass(frozen=True, slots=True)
class AttributedPurchases:
    """Orders and revenue within days of a campaign's contacts, each put down to the customer's latest contact before
    it, and how many such orders went to a later contact of another campaign (`elsewhere`). What was bought after a
    contact, that is, never what was bought because of it."""

    customers: int
    orders: int
    revenue: float
    elsewhere: int


def contamination(
    warehouse: Warehouse, campaign: RunCampaign, days: int, cuts: tuple[Cut, ...] = ()
) -> Contamination:
    """Within so many days of each one's first contact. Raises BadRequest for cuts that are not on customers."""
    parameters: list[object] = []
    assigned = assigned_arms(warehouse, campaign, cuts, parameters)
    rows = warehouse.rows(
        f"""WITH {assigned},
  answered AS (SELECT DISTINCT assigned.customer_code FROM assigned JOIN response USING (customer_code)
    WHERE response.campaign_code = ? AND coalesce(response.contact, response.code) IS NOT NULL
      AND response.day_key >= assigned.day),
  other AS (SELECT DISTINCT assigned.customer_code FROM assigned JOIN contact USING (customer_code)
    WHERE contact.campaign_code NOT IN (0, ?) AND lower(contact.arm) = 'treated'
      AND contact.day_key BETWEEN assigned.day AND assigned.day + {int(days)} - 1),
  nameless AS (SELECT DISTINCT customer_code FROM customer_identity JOIN erased USING (identity_key)
    WHERE dimension = 'customer')
SELECT arm, count(*), count(other.customer_code), count(answered.customer_code), count(nameless.customer_code)
FROM assigned LEFT JOIN other USING (customer_code) LEFT JOIN answered USING (customer_code)
LEFT JOIN nameless USING (customer_code) WHERE arms = 1 GROUP BY arm""",
        [*parameters, campaign.code, campaign.code],
    )
    told = {arm: counts for arm, *counts in rows}
    reached, held_out = told.get("treated", [0] * 4), told.get("held out", [0] * 4)
    return Contamination(
        reached[0], held_out[0], reached[1], held_out[1], held_out[2], reached[3] + held_out[3]
    )


def attributed_purchases(
    warehouse: Warehouse, campaign: RunCampaign, days: int
) -> AttributedPurchases | None:
    """What is put down to a campaign's contacts; None where nothing is known of purchases."""
    try:
        cells = whole_history(warehouse, Query(("revenue",))).cells(
            ("customer", "day"), ("orders", "revenue")
        )
    except BadRequest:
        return None
    (row,) = warehouse.rows(
        f"""WITH done AS (SELECT "customer.code" AS customer, "day.code" AS day, orders, revenue FROM ({cells.text})),
  own AS (SELECT customer_code AS customer, day_key AS day FROM contact
    WHERE campaign_code = ? AND customer_code > 0 AND lower(arm) = 'treated'),
  bought AS (SELECT done.* FROM done SEMI JOIN own ON done.customer = own.customer
    AND done.day BETWEEN own.day AND own.day + {int(days)} - 1 WHERE orders > 0),
  sent AS (SELECT customer_code AS customer, day_key AS day,
      arg_max(campaign_code, (batch, row_in_source)) AS campaign
    FROM contact WHERE campaign_code > 0 AND customer_code > 0 AND lower(arm) = 'treated' GROUP BY ALL)
SELECT count(DISTINCT bought.customer) FILTER (campaign = ?), coalesce(sum(orders) FILTER (campaign = ?), 0)::BIGINT,
  coalesce(sum(revenue) FILTER (campaign = ?), 0)::DOUBLE, coalesce(sum(orders) FILTER (campaign <> ?), 0)::BIGINT
FROM bought ASOF JOIN sent ON bought.customer = sent.customer AND bought.day >= sent.day""",
        [*cells.parameters, *[campaign.code] * 5],
    )
    return AttributedPurchases(*row)
