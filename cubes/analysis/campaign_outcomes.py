"""What the customers of a campaign did: everybody whom it reached or held out, with one measure of the days after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from cubes import catalogue
from cubes.analysis.whole_history import whole_history
from cubes.ask.resolve_conditions import scope_of
from cubes.cells.fact_sql import joins, where
from cubes.cells.statement import SqlStatement
from cubes.members.single_customers import check_single_customers
from cubes.model import Cube, Kind, Measure
from cubes.query import MAIN_CUBE, TIME_LEVELS, Cut, Query
from data.errors import BadRequest, did_you_mean
from data.model.calendar import to_date
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse

CONTACTS, RESPONSES = "contacts", "responses"
DAYS_AFTER, DAYS_BEFORE = 90, 180
PURCHASES = ("buyers", "orders", "revenue", "margin")
PER = {"orders": "an order", "lines_sold": "a line sold", "units_sold": "a piece sold"}
"""What a ratio may be divided by so that its parts add up by customer and day, and what one of it is called."""
WORDS = {"buyers": "Bought"}
ARM = "if(lower(contact.arm) = 'open', 'treated', lower(contact.arm))"
"""SQL for the arm: who is not held out of a global holdout is open to all campaigns, that is its treatment."""
SHARE = " share"
ARMS = ("treated", "held out", "both")
OF_RESPONSES = """SELECT coalesce(kind, 'response') AS told, count(amount) > 0 FROM response WHERE campaign_code = ?
GROUP BY told ORDER BY told"""
ASSIGNED = """assigned AS (
  SELECT contact.customer_code, min({arm}) AS arm, count(DISTINCT {arm}) AS arms,
    min(contact.day_key) AS day, sum(contact.cost)::DOUBLE AS cost,
    arg_min(contact.customer_key, contact.day_key) AS customer_key,
    arg_min(contact.channel_code, contact.day_key) AS channel_code
  FROM contact{joined}{kept} AND contact.customer_code > 0 AND contact.campaign_code = ?
  GROUP BY contact.customer_code
)"""


@dataclass(frozen=True, slots=True)
class RunCampaign:
    """A campaign that reached or held out anybody: its code, id and name, type, the channel by which it reached most,
    customers by arm, and its days.

    `unknown` contacts name no known customer and tell nothing.
    """

    code: int
    id: str
    name: str
    kind: str
    channel: str
    treated: int
    held_out: int
    unknown: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """A measure of what customers do: `name` as it is asked for, what people call it, its unit, whether each customer
    either did it or not, and the kind of responses that tell it ("" where purchases do). A ratio has two `parts`, the
    measures above and below."""

    name: str
    label: str
    unit: str
    is_share: bool
    kind: str = ""
    parts: tuple[str, ...] = ()

    @property
    def per(self) -> str:
        """One of what a ratio is divided by; "" for what is told of each customer."""
        return PER[self.parts[1]] if self.parts else ""


@dataclass(frozen=True, slots=True, eq=False)
class CampaignOutcomes:
    """`frame`: a row a known customer with `customer` (code), `arm` ("treated", "held out", "both" or another that
    was written), `day` of the first contact, `cost`, `value` of the days from then on, and `before`, the same of the
    days before it, where purchases tell it; of a ratio that is what stands above, `below` and `before_below` what it is
    divided by. `until` is the last day that is known; `notes` belong beside it."""

    campaign: RunCampaign
    outcome: Outcome
    frame: pl.DataFrame
    days: int
    until: date
    notes: tuple[str, ...]
    sql: str

    @property
    def not_yet(self) -> str:
        """Why nothing can be told yet, where all were contacted after the last day that is known; else empty."""
        first = self.frame["day"].min()
        if self.outcome.kind or not isinstance(first, date) or first <= self.until:
            return ""
        return (
            f"Nothing is known yet of what followed: contacts began on {first}, and data end on {self.until}."
        )

    @property
    def known(self) -> pl.DataFrame:
        """Its frame without what notes alone are made of; responses tell no past."""
        return self.frame.drop("unknown", *["before"] * bool(self.outcome.kind))


def run_campaigns(warehouse: Warehouse) -> list[RunCampaign]:
    """The campaigns that reached or held out anybody, the latest first."""
    rows = warehouse.rows(
        """SELECT campaign_code, arg_max(id, valid_to), arg_max(name, valid_to), arg_max(campaign_type, valid_to),
          coalesce(any_value(channel), ?), any_value(treated), any_value(held_out), any_value(unknown),
          any_value(first), any_value(last)
        FROM (
          SELECT campaign_code,
            count(DISTINCT customer_code) FILTER (customer_code > 0 AND lower(arm) IN ('treated', 'open')) AS treated,
            count(DISTINCT customer_code) FILTER (customer_code > 0 AND lower(arm) = 'held out') AS held_out,
            count(*) FILTER (customer_code = 0) AS unknown, min(day_key) AS first, max(day_key) AS last,
            (SELECT arg_max(channel.name, valid_to) FROM channel
             WHERE channel.channel_code = mode(contact.channel_code) FILTER (lower(arm) = 'treated')) AS channel
          FROM contact WHERE campaign_code > 0 GROUP BY campaign_code
        ) JOIN campaign USING (campaign_code) GROUP BY campaign_code ORDER BY any_value(first) DESC, campaign_code""",
        [UNKNOWN],
    )
    return [RunCampaign(*row[:-2], *map(to_date, row[-2:])) for row in rows]


def campaign_named(warehouse: Warehouse, name: str) -> RunCampaign:
    """The campaign of this id or name. Raises BadRequest with the nearest names, or the ids of several."""
    known = run_campaigns(warehouse)
    if not known:
        raise BadRequest("No campaign has reached anybody yet.", "Load campaign contacts first.")
    found = [each for each in known if name in (each.id, each.name)]
    if len(found) > 1:
        ids = " or ".join(each.id for each in found)
        raise BadRequest(f"{len(found)} campaigns are called {name!r}.", f"Write its id: {ids}.")
    if not found:
        names = [told for each in known for told in (each.id, each.name)]
        raise BadRequest(f"No campaign with contacts is called {name!r}.", did_you_mean(name, names))
    return found[0]


def outcomes_of(warehouse: Warehouse, campaign: RunCampaign) -> list[Outcome]:
    """What can be told of a campaign's customers: purchases, then what its responses tell, a kind after the other."""
    found = purchase_outcomes(warehouse)
    taken = {each.name for each in found}
    for kind, has_amount in warehouse.rows(OF_RESPONSES, [campaign.code]):
        name = f"response {kind}" if kind in taken else kind
        if has_amount:
            found.append(Outcome(name, f"Amount of '{kind}'", "money", False, kind))
            name += SHARE
        found.append(Outcome(name, f"Responded '{kind}'", "percent", True, kind))
    return found


def purchase_outcomes(warehouse: Warehouse) -> list[Outcome]:
    """What purchases tell of any customers, whatever campaign reaches them."""
    cube = catalogue.load(MAIN_CUBE, warehouse.profile)
    if warehouse.profile.extents[cube.fact].last_day is None:
        return []
    costed = bool(warehouse.rows(f"SELECT 1 FROM {cube.fact} WHERE cost IS NOT NULL LIMIT 1"))
    offered = [each for each in cube.measures if each.name in PURCHASES and (costed or each.name != "margin")]
    told = [_outcome(each) for each in sorted(offered, key=lambda each: PURCHASES.index(each.name))]
    ratios = (each for each in cube.measures if not each.hidden and _is_by_customer(cube, each))
    return told + [
        Outcome(each.name, each.label, each.unit, False, parts=(each.numerator, each.denominator))
        for each in ratios
    ]


def _is_by_customer(cube: Cube, measure: Measure) -> bool:
    """Whether it is a ratio whose parts add up by customer and day."""
    if measure.kind is not Kind.RATIO or measure.denominator not in PER:
        return False
    return cube.measure(measure.numerator).kind is Kind.ADDITIVE


def _outcome(measure: Measure) -> Outcome:
    is_share = measure.name == "buyers"
    label, unit = WORDS.get(measure.name, measure.label), "percent" if is_share else measure.unit
    return Outcome(measure.name, label, unit, is_share)


def campaign_outcomes(
    warehouse: Warehouse,
    campaign: RunCampaign,
    measure: str,
    days: int = DAYS_AFTER,
    cuts: Sequence[Cut] = (),
) -> CampaignOutcomes:
    """Everybody of a campaign within cuts on customers, with a measure of so many days from each one's first contact.

    A response counts within these days as well. Raises BadRequest for a measure that there is not, cuts on anything but
    what describes customers, and where nobody is left.
    """
    outcome, parameters = _named_outcome(warehouse, campaign, measure), list[object]()
    assigned = assigned_arms(warehouse, campaign, cuts, parameters)
    done, until = _done(warehouse, campaign, outcome, parameters)
    statement = SqlStatement(_joined(assigned, done, days, outcome), tuple(parameters))
    frame = warehouse.frame(statement.text, statement.parameters)
    if frame.is_empty():
        raise BadRequest("Nobody of this campaign is left within these filters.", "Take one away.")
    frame = frame.with_columns(arm=pl.when(pl.col("arms") > 1).then(pl.lit("both")).otherwise("arm")).drop(
        "arms"
    )
    found = CampaignOutcomes(campaign, outcome, frame, days, until, (), f"{statement.readable()};")
    return replace(found, notes=_notes(found), frame=found.known)


def campaign_course(
    warehouse: Warehouse,
    campaign: RunCampaign,
    measure: str,
    days: int = DAYS_AFTER,
    cuts: Sequence[Cut] = (),
) -> pl.DataFrame:
    """What customers of a campaign did, day by day: `customer` (code), `since` (0 on the day of the contact) and
    `value`, a row a day on which they did anything. Raises BadRequest like `campaign_outcomes`."""
    outcome, parameters = _named_outcome(warehouse, campaign, measure), list[object]()
    assigned = assigned_arms(warehouse, campaign, cuts, parameters)
    done, _ = _done(warehouse, campaign, outcome, parameters)
    statement = SqlStatement(
        f"""WITH {assigned}, {done}
SELECT assigned.customer_code AS customer, done.day - assigned.day AS since, coalesce(value, 0)::DOUBLE AS value
FROM assigned JOIN done ON done.customer_code = assigned.customer_code
  AND done.day BETWEEN assigned.day AND assigned.day + {int(days)} - 1 ORDER BY customer, since""",
        tuple(parameters),
    )
    return warehouse.frame(statement.text, statement.parameters)


def _named_outcome(warehouse: Warehouse, campaign: RunCampaign, measure: str) -> Outcome:
    told = {each.name: each for each in outcomes_of(warehouse, campaign)}
    if measure not in told:
        raise BadRequest(f"There is no outcome {measure!r} of this campaign.", did_you_mean(measure, told))
    return told[measure]


def assigned_arms(
    warehouse: Warehouse, campaign: RunCampaign, cuts: Sequence[Cut], parameters: list[object]
) -> str:
    """SQL for the stored assignment: whom the campaign reached or held out, once each; adds to `parameters`.

    Raises BadRequest for cuts on anything but what describes customers: others would choose who is in which arm; and
    NotAllowed where a policy shows no single customers.
    """
    check_single_customers(warehouse.policy, "Outcomes of campaigns")
    check_customer_cuts(warehouse, cuts)
    cube = catalogue.load(CONTACTS, warehouse.profile)
    kept = scope_of(warehouse, cube, Query(("contacts",), cuts=tuple(cuts), cube=CONTACTS))
    joined = joins(cube, kept, [], parameters)
    text = ASSIGNED.format(arm=ARM, joined=joined, kept=where(cube, kept, parameters) or " WHERE true")
    parameters.append(campaign.code)
    return text


def check_customer_cuts(warehouse: Warehouse, cuts: Sequence[Cut]) -> None:
    """Raises BadRequest for cuts on anything but what describes customers."""
    cube = catalogue.load(CONTACTS, warehouse.profile)
    if any(each.level in TIME_LEVELS for each in cuts):
        raise BadRequest(
            "The days of a campaign are its own.",
            "Take the filter on time away, or change the number of days.",
        )
    for each in cuts:
        level = cube.level(each.level)
        if each.condition or level.dimension != "customer":
            raise BadRequest(
                "A campaign's customers are chosen by what describes them, such as their country:"
                f" {level.label if not each.condition else 'a condition'} may tell what it changed, or how it reached.",
                "Take this filter away.",
            )


def _done(
    warehouse: Warehouse, campaign: RunCampaign, outcome: Outcome, parameters: list[object]
) -> tuple[str, date]:
    """SQL for what customers did by day (customer_code, day, value), and the last day on which that is known."""
    if not outcome.kind:
        history = whole_history(warehouse, Query((outcome.name,)))
        above, *below = outcome.parts or (outcome.name,)
        cells = history.cells(("customer", "day"), (above, *below))
        parameters += cells.parameters
        divided = f", {below[0]} AS below" if below else ""
        return (
            f"""done AS (SELECT "customer.code" AS customer_code, "day.code" AS day, {above} AS value{divided}
  FROM ({cells.text}))""",
            history.until,
        )
    value = "1" if outcome.is_share else "sum(amount)::DOUBLE"
    parameters += [campaign.code, outcome.kind]
    last = warehouse.profile.extents["response"].last_day
    return (
        f"""done AS (SELECT customer_code, day_key AS day, {value} AS value FROM response
  WHERE campaign_code = ? AND coalesce(kind, 'response') = ? GROUP BY ALL)""",
        last or campaign.last,
    )


def _joined(assigned: str, done: str, days: int, outcome: Outcome) -> str:
    """A row a customer: what they did from the first contact on, and in the days before."""
    count = "max" if outcome.is_share else "sum"
    divided = """
  coalesce(sum(below) FILTER (done.day >= assigned.day), 0)::DOUBLE AS below,
  coalesce(sum(below) FILTER (done.day < assigned.day), 0)::DOUBLE AS before_below,"""
    return f"""WITH {assigned}, {done}
SELECT assigned.customer_code AS customer, arm, arms, DATE '1970-01-01' + assigned.day AS day, cost,
  coalesce({count}(value) FILTER (done.day >= assigned.day), 0)::DOUBLE AS value,
  coalesce({count}(value) FILTER (done.day < assigned.day), 0)::DOUBLE AS before,{divided * bool(outcome.parts)}
  count(*) FILTER (done.day >= assigned.day AND value IS NULL) AS unknown
FROM assigned LEFT JOIN done ON done.customer_code = assigned.customer_code
  AND done.day BETWEEN assigned.day - {DAYS_BEFORE} AND assigned.day + {int(days)} - 1
GROUP BY ALL ORDER BY customer"""


def _notes(told: CampaignOutcomes) -> tuple[str, ...]:
    notes, frame, campaign = [], told.frame, told.campaign
    running = frame.filter(pl.col("day") + timedelta(days=told.days - 1) > told.until).height
    if running and not told.outcome.kind:
        many = f"{running:,} of {frame.height:,} customers"
        notes.append(f"The {told.days} days are not over for {many}: data end on {told.until}.")
    early = frame.filter(pl.col("before") > 0).height
    if early and told.outcome.kind:
        notes.append(f"Customers who responded before they were contacted, which is not counted: {early:,}.")
    unknown = frame.filter(pl.col("unknown") > 0).height
    if unknown:
        notes.append(
            f"Customers of whose purchases some have no known cost, which are left out: {unknown:,}."
        )
    if campaign.unknown:
        notes.append(f"Contacts that name no known customer, left out: {campaign.unknown:,}.")
    strange = frame.filter(~pl.col("arm").is_in(ARMS))
    if strange.height:
        names = ", ".join(sorted({str(each) for each in strange["arm"]}))
        notes.append(
            f"Customers in other arms ({names}), left out: {strange.height:,}. 'treated' and 'held out' are compared."
        )
    return tuple(notes)
