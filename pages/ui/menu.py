"""The pages there are: the router builds the navigation from this table, the launcher knows their addresses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

GROUPS = ("Overview", "Explore", "Discover", "Value", "Act", "Service", "Collaborate", "Manage")
IN_BAR = GROUPS[:2]  # their pages stand in the bar themselves, those of the others in menus


@dataclass(frozen=True, slots=True)
class Entry:
    """A page. The first folder of its script is the group that it stands in: what a person wants to do."""

    title: str
    path: str
    script: str
    icon: str

    @property
    def group(self) -> str:
        return self.script.partition("/")[0].capitalize()


MENU = (
    Entry("Overview", "", "overview/overview_page.py", ":material/space_dashboard:"),
    Entry("Boards", "boards", "overview/boards_page.py", ":material/dashboard_customize:"),
    Entry("Explore", "explore", "explore/explore_page.py", ":material/pivot_table_chart:"),
    Entry("Segments", "segments", "discover/segments_page.py", ":material/group_work:"),
    Entry("Baskets", "baskets", "discover/baskets_page.py", ":material/shopping_basket:"),
    Entry("Sequences", "sequences", "discover/sequences_page.py", ":material/conversion_path:"),
    Entry("Trends", "trends", "discover/trends_page.py", ":material/trending_up:"),
    Entry("Portfolio", "portfolio", "discover/portfolio_page.py", ":material/inventory_2:"),
    Entry("Offers", "offers", "discover/offers_page.py", ":material/redeem:"),
    Entry("Runs", "runs", "discover/runs_page.py", ":material/history:"),
    Entry("Lifetime", "lifetime", "value/lifetime_page.py", ":material/savings:"),
    Entry("KPIs", "kpis", "value/kpis_page.py", ":material/speed:"),
    Entry("Customer share", "share", "value/customer_share_page.py", ":material/pie_chart:"),
    Entry("Loyalty", "loyalty", "value/loyalty_page.py", ":material/volunteer_activism:"),
    Entry("Retention", "retention", "value/retention_page.py", ":material/event_repeat:"),
    Entry("Life cycle", "lifecycle", "value/lifecycle_page.py", ":material/cached:"),
    Entry("Audiences", "audiences", "act/audiences_page.py", ":material/groups:"),
    Entry("Plan", "plan", "act/plan_page.py", ":material/edit_calendar:"),
    Entry("Campaigns", "campaigns", "act/campaigns_page.py", ":material/campaign:"),
    Entry("Customer", "customer", "service/customer_page.py", ":material/person_search:"),
    Entry("Cases", "cases", "service/cases_page.py", ":material/inbox:"),
    Entry("Call centre", "call-centre", "service/call_centre_page.py", ":material/support_agent:"),
    Entry("Journeys", "journeys", "service/journeys_page.py", ":material/route:"),
    Entry("Service insight", "service-insight", "service/insight_page.py", ":material/insights:"),
    Entry("Partners", "partners", "collaborate/partners_page.py", ":material/handshake:"),
    Entry("Partner life cycle", "partner-life", "collaborate/partner_life_page.py", ":material/sync_alt:"),
    Entry(
        "Virtual warehouse",
        "virtual-warehouse",
        "collaborate/virtual_warehouse_page.py",
        ":material/warehouse:",
    ),
    Entry("Proposals", "proposals", "collaborate/proposals_page.py", ":material/lightbulb:"),
    Entry(
        "Proposal insight",
        "proposal-insight",
        "collaborate/proposal_insight_page.py",
        ":material/how_to_vote:",
    ),
    Entry("Price offers", "price-offers", "collaborate/price_offers_page.py", ":material/sell:"),
    Entry("Demand", "demand", "collaborate/demand_page.py", ":material/price_check:"),
    Entry("Portal links", "portal-links", "collaborate/portal_links_page.py", ":material/door_open:"),
    Entry("Data", "data", "manage/files/data_page.py", ":material/database:"),
    Entry("Sources", "sources", "manage/sources/sources_page.py", ":material/monitor_heart:"),
    Entry("Roll-ups", "rollups", "manage/aggregates/rollups_page.py", ":material/stacks:"),
    Entry("Rejected rows", "rejected", "manage/rejected_rows/rejected_page.py", ":material/rule:"),
    Entry("Who is who", "identity", "manage/customers/identity_page.py", ":material/join:"),
    Entry("People and roles", "people", "manage/people/people_page.py", ":material/shield_person:"),
    Entry("Audit", "audit", "manage/people/audit_page.py", ":material/policy:"),
    Entry("Glossary", "glossary", "manage/glossary/glossary_page.py", ":material/menu_book:"),
)


def grouped(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """The entries of each group that has any: groups in their order, entries in theirs."""
    entries = tuple(entries)
    groups = {group: tuple(each for each in entries if each.group == group) for group in GROUPS}
    return {group: found for group, found in groups.items() if found}
