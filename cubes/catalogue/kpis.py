"""The key figures that the firm is led by, one entry each: every one of them is a measure of a cube."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cubes import catalogue
from cubes.catalogue.measure_words import formula
from cubes.catalogue.ratios import RATIO, counted_parts
from cubes.model import Kind, Measure
from cubes.query import MAIN_CUBE
from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import MAIN_FACT


@dataclass(frozen=True, slots=True)
class DeclaredKpi:
    """A measure, as questions to the main cube write it, that somebody answers for.

    `direction` says whether the firm wants more of it (1) or less (-1), `grain` how often it is looked at, `owner` the
    part of the firm that answers for it, `source` where its facts come from, `bring` what to load where nothing tells
    it. `known_by` is the fact whose days say how far it is known, where not those of all facts together. Name, unit,
    formula and null policy are those of the measure; `label` is another name for it.
    """

    measure: str
    direction: int
    owner: str
    source: str
    grain: str = "month"
    label: str = ""
    bring: str = ""
    known_by: str = ""

    @property
    def name(self) -> str:
        """What targets and addresses call it."""
        return self.measure

    @property
    def declared(self) -> Measure:
        """The measure. Raises ValueError, with the nearest names, where there is none."""
        return RATIO.get(self.measure) or self._of_cube(self.measure)[1]

    @property
    def parts(self) -> tuple[tuple[str, Measure], ...]:
        """Numerator and denominator of a ratio, all that one of ratios is made of, else the measure itself; each with
        the name of its cube."""
        measure = self.declared
        if measure.kind is not Kind.RATIO:
            return (self._of_cube(self.measure),)
        if measure.name in RATIO:
            return tuple(map(self._of_cube, counted_parts(measure)))
        return tuple(
            self._of_cube(f"{self.cube}.{each}") for each in (measure.numerator, measure.denominator)
        )

    @property
    def cube(self) -> str:
        """The cube whose questions ask for it."""
        return self.measure.rpartition(".")[0] or MAIN_CUBE

    @property
    def is_share(self) -> bool:
        """Whether it is the share of what is counted that meets a condition, and so between 0 and 1."""
        counted = all(part.kind is Kind.ADDITIVE and part.aggregate == "count" for _, part in self.parts)
        return self.declared.unit == "percent" and len(self.parts) == 2 and len(self.facts) == 1 and counted

    @property
    def facts(self) -> tuple[str, ...]:
        """The fact tables that it is counted from."""
        return tuple(dict.fromkeys(catalogue.CUBES[cube].fact for cube, _ in self.parts))

    def _of_cube(self, written: str) -> tuple[str, Measure]:
        cube, _, name = written.rpartition(".")
        known = {each.name: each for each in catalogue.CUBES[cube or MAIN_CUBE].measures}
        if name not in known:
            raise ValueError(f"the KPI {self.measure!r} is no measure. {did_you_mean(name, known)}")
        return cube or MAIN_CUBE, known[name]

    @property
    def title(self) -> str:
        """What people call it."""
        return self.label or self.declared.label

    @property
    def formula(self) -> str:
        """How it is counted, in words."""
        return formula(self.declared, "" if self.measure in RATIO else self.cube)


SALES, MARKETING, SERVICE = "Sales", "Marketing", "Customer service"
ORDERS, CAMPAIGNS = "Order lines and returns.", "Campaign contacts."
RESPONSES = "Responses to campaigns."
CONTACTS = "Calls, mails, tickets and surveys."
SESSIONS, MAILINGS, REQUESTS = (
    "The shop's log of sessions.",
    "The mailer's log.",
    "Calls and tickets with a subject.",
)
WALLETS = "What customers told in surveys of their wallet: the observed tier, not an estimate."
COSTS = "Costs of campaign contacts, and first orders."
BRING_ORDERS = "Load order lines with their customers."
BRING_TWO_PERIODS = "Load order lines with their customers over two whole periods at least."
BRING_CAMPAIGNS, BRING_RESPONSES = "Load campaign contacts.", "Load campaign responses with their amount."
BRING_COSTS = "Load campaign contacts with their cost, beside order lines with their customers."
BRING_SENT = "Load the mailer's log with the outcome 'sent' of each e-mail, beside 'opened' and 'clicked'."

KPIS = (
    DeclaredKpi("revenue", 1, SALES, ORDERS),
    DeclaredKpi("margin", 1, SALES, ORDERS, bring="Load order lines with their cost."),
    DeclaredKpi("orders", 1, SALES, ORDERS),
    DeclaredKpi("customers", 1, SALES, ORDERS, label="Active customers", bring=BRING_ORDERS),
    DeclaredKpi("average_order_value", 1, SALES, ORDERS),
    DeclaredKpi("revenue_per_customer", 1, SALES, ORDERS, bring=BRING_ORDERS),
    DeclaredKpi("return_rate", -1, SALES, ORDERS, bring="Load order lines with their quantity."),
    DeclaredKpi("purchases.repeat_customer_rate", 1, SALES, ORDERS, bring=BRING_ORDERS),
    DeclaredKpi("purchases.purchase_interval", -1, SALES, ORDERS, bring=BRING_ORDERS),
    DeclaredKpi("retention.retention_quarter", 1, SALES, ORDERS, grain="quarter", bring=BRING_TWO_PERIODS),
    DeclaredKpi("retention.churn_quarter", -1, SALES, ORDERS, grain="quarter", bring=BRING_TWO_PERIODS),
    DeclaredKpi("retention.retention_year", 1, SALES, ORDERS, grain="year", bring=BRING_TWO_PERIODS),
    DeclaredKpi("retention.churn_year", -1, SALES, ORDERS, grain="year", bring=BRING_TWO_PERIODS),
    DeclaredKpi("purchases.new_customers", 1, MARKETING, ORDERS, bring=BRING_ORDERS),
    DeclaredKpi(
        "acquisition_cost", -1, MARKETING, COSTS, grain="quarter", bring=BRING_COSTS, known_by=MAIN_FACT.name
    ),
    DeclaredKpi(
        "value_to_acquisition_cost",
        1,
        MARKETING,
        f"Saved scores of customers. {COSTS}",
        grain="quarter",
        label="Value to acquisition cost",
        bring=f"Save values on the page Lifetime. {BRING_COSTS}",
        known_by=MAIN_FACT.name,
    ),
    DeclaredKpi(
        "wallets.observed_share",
        1,
        MARKETING,
        WALLETS,
        grain="year",
        label="Share of told wallets",
        bring="Load surveys of what customers spend with anyone, and with the firm.",
    ),
    DeclaredKpi(
        "interactions.visit_conversion",
        1,
        MARKETING,
        SESSIONS,
        bring="Load web sessions with their outcome, 'ordered' of those with an order.",
    ),
    DeclaredKpi(
        "response_rate",
        1,
        MARKETING,
        "Campaign contacts and responses to them.",
        grain="quarter",
        label="Conversion of contacts",
        bring="Load campaign contacts and campaign responses.",
        known_by=MAIN_FACT.name,
    ),
    DeclaredKpi("interactions.open_rate", 1, MARKETING, MAILINGS, bring=BRING_SENT),
    DeclaredKpi("interactions.click_rate", 1, MARKETING, MAILINGS, bring=BRING_SENT),
    DeclaredKpi(
        "interactions.click_to_open_rate",
        1,
        MARKETING,
        MAILINGS,
        bring="Load the mailer's log with the outcomes 'opened' and 'clicked'.",
    ),
    DeclaredKpi(
        "contacts.customers_contacted", 1, MARKETING, CAMPAIGNS, grain="quarter", bring=BRING_CAMPAIGNS
    ),
    DeclaredKpi(
        "contacts.cost_per_contact", -1, MARKETING, CAMPAIGNS, grain="quarter", bring=BRING_CAMPAIGNS
    ),
    DeclaredKpi(
        "responses.customers_responded", 1, MARKETING, RESPONSES, grain="quarter", bring=BRING_RESPONSES
    ),
    DeclaredKpi(
        "responses.average_response", 1, MARKETING, RESPONSES, grain="quarter", bring=BRING_RESPONSES
    ),
    DeclaredKpi(
        "interactions.net_promoter_score",
        1,
        SERVICE,
        CONTACTS,
        grain="quarter",
        bring="Load surveys that ask whether customers would recommend the firm, from 0 to 10.",
    ),
    DeclaredKpi(
        "interactions.satisfaction",
        1,
        SERVICE,
        CONTACTS,
        bring="Load surveys, calls or tickets with how satisfied customers were, from 0 to 10.",
    ),
    DeclaredKpi(
        "requests.first_contact_resolution",
        1,
        SERVICE,
        REQUESTS,
        bring="Load calls or tickets with their customer and topic.",
    ),
    DeclaredKpi(
        "interactions.days_to_close",
        -1,
        SERVICE,
        CONTACTS,
        bring="Load tickets with the day they were closed.",
    ),
    DeclaredKpi(
        "interactions.average_waiting", -1, SERVICE, CONTACTS, bring="Load calls with the seconds waited."
    ),
    DeclaredKpi(
        "interactions_per_order",
        -1,
        SERVICE,
        "Interactions and order lines.",
        bring="Load interactions beside order lines.",
    ),
)


def check_kpis(kpis: Iterable[DeclaredKpi]) -> None:
    """Raises ValueError that names the entry and what is wrong with it."""
    seen: set[str] = set()
    titles: set[str] = set()
    for each in kpis:
        if each.name in seen:
            raise ValueError(f"the KPI {each.name!r} is declared twice")
        if each.direction not in (1, -1):
            raise ValueError(f"the KPI {each.name!r} does not say whether more is wanted (1) or less (-1)")
        if not (each.owner and each.source and each.declared):
            raise ValueError(f"the KPI {each.name!r} needs an owner and a sentence on its source")
        if "'" in each.title or each.title in titles:
            raise ValueError(f"the KPI {each.name!r} is called {each.title!r}, as another or with a quote")
        seen.add(each.name)
        titles.add(each.title)


def kpi_named(name: str) -> DeclaredKpi:
    """Raises BadRequest with the nearest names."""
    found = next((each for each in KPIS if each.name == name), None)
    if found is None:
        raise BadRequest(f"There is no KPI {name!r}.", did_you_mean(name, [each.name for each in KPIS]))
    return found


check_kpis(KPIS)
