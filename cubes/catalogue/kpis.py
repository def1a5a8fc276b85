"""The key figures that the firm is led by, one entry each: every one of them is a measure of a cube."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cubes import catalogue
from cubes.catalogue.measure_words import formula
from cubes.catalogue.ratios import RATIO
from cubes.model import Kind, Measure
from cubes.query import MAIN_CUBE
from data.errors import BadRequest, did_you_mean


@dataclass(frozen=True, slots=True)
class DeclaredKpi:
    """A measure, as questions to the main cube write it, that somebody answers for.

    `direction` says whether the firm wants more of it (1) or less (-1), `grain` how often it is looked at, `owner` the
    part of the firm that answers for it, `source` where its facts come from. Name, unit, formula and null policy are
    those of the measure; `label` is another name for it.
    """

    measure: str
    direction: int
    owner: str
    source: str
    grain: str = "month"
    label: str = ""

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
        """Numerator and denominator of a ratio, else the measure itself; each with the name of its cube."""
        measure = self.declared
        if measure.kind is not Kind.RATIO:
            return (self._of_cube(self.measure),)
        own = "" if measure.name in RATIO else f"{self.cube}."
        return tuple(self._of_cube(own + each) for each in (measure.numerator, measure.denominator))

    @property
    def cube(self) -> str:
        """The cube whose questions ask for it."""
        return self.measure.rpartition(".")[0] or MAIN_CUBE

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

KPIS = (
    DeclaredKpi("revenue", 1, SALES, ORDERS),
    DeclaredKpi("margin", 1, SALES, ORDERS),
    DeclaredKpi("orders", 1, SALES, ORDERS),
    DeclaredKpi("customers", 1, SALES, ORDERS, label="Active customers"),
    DeclaredKpi("average_order_value", 1, SALES, ORDERS),
    DeclaredKpi("revenue_per_customer", 1, SALES, ORDERS),
    DeclaredKpi("return_rate", -1, SALES, ORDERS),
    DeclaredKpi("contacts.customers_contacted", 1, MARKETING, CAMPAIGNS, grain="quarter"),
    DeclaredKpi("contacts.cost_per_contact", -1, MARKETING, CAMPAIGNS, grain="quarter"),
    DeclaredKpi("responses.customers_responded", 1, MARKETING, RESPONSES, grain="quarter"),
    DeclaredKpi("responses.average_response", 1, MARKETING, RESPONSES, grain="quarter"),
    DeclaredKpi("interactions.net_promoter_score", 1, SERVICE, CONTACTS, grain="quarter"),
    DeclaredKpi("interactions.satisfaction", 1, SERVICE, CONTACTS),
    DeclaredKpi("interactions.days_to_close", -1, SERVICE, CONTACTS),
    DeclaredKpi("interactions.average_waiting", -1, SERVICE, CONTACTS),
    DeclaredKpi("interactions_per_order", -1, SERVICE, "Interactions and order lines."),
)


def check_kpis(kpis: Iterable[DeclaredKpi]) -> None:
    """Raises ValueError that names the entry and what is wrong with it."""
    seen: set[str] = set()
    for each in kpis:
        if each.name in seen:
            raise ValueError(f"the KPI {each.name!r} is declared twice")
        if each.direction not in (1, -1):
            raise ValueError(f"the KPI {each.name!r} does not say whether more is wanted (1) or less (-1)")
        if not (each.owner and each.source and each.declared):
            raise ValueError(f"the KPI {each.name!r} needs an owner and a sentence on its source")
        seen.add(each.name)


def kpi_named(name: str) -> DeclaredKpi:
    """Raises BadRequest with the nearest names."""
    found = next((each for each in KPIS if each.name == name), None)
    if found is None:
        raise BadRequest(f"There is no KPI {name!r}.", did_you_mean(name, [each.name for each in KPIS]))
    return found


check_kpis(KPIS)
