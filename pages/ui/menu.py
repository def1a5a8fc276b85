"""The pages there are: the router builds the navigation from this table, the launcher knows their addresses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    title: str
    path: str
    script: str
    icon: str


MENU = (
    Entry("Overview", "", "overview/overview.py", ":material/space_dashboard:"),
    Entry("Explore", "explore", "explore/explore.py", ":material/pivot_table_chart:"),
    Entry("Segments", "segments", "discover/segments.py", ":material/group_work:"),
    Entry("Baskets", "baskets", "discover/baskets.py", ":material/shopping_basket:"),
    Entry("Data", "data", "manage/files/load.py", ":material/database:"),
    Entry("Sources", "sources", "manage/sources/sources.py", ":material/monitor_heart:"),
    Entry("Roll-ups", "rollups", "manage/aggregates/rollups.py", ":material/stacks:"),
    Entry("Rejected rows", "rejected", "manage/rejected_rows/rejected.py", ":material/rule:"),
    Entry("One customer", "customer", "manage/customers/customer.py", ":material/person_search:"),
)
