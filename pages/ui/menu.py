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
    Entry("Overview", "", "overview/overview_page.py", ":material/space_dashboard:"),
    Entry("Explore", "explore", "explore/explore_page.py", ":material/pivot_table_chart:"),
    Entry("Segments", "segments", "discover/segments_page.py", ":material/group_work:"),
    Entry("Baskets", "baskets", "discover/baskets_page.py", ":material/shopping_basket:"),
    Entry("Data", "data", "manage/files/data_page.py", ":material/database:"),
    Entry("Sources", "sources", "manage/sources/sources_page.py", ":material/monitor_heart:"),
    Entry("Roll-ups", "rollups", "manage/aggregates/rollups_page.py", ":material/stacks:"),
    Entry("Rejected rows", "rejected", "manage/rejected_rows/rejected_page.py", ":material/rule:"),
    Entry("One customer", "customer", "manage/customers/customer_page.py", ":material/person_search:"),
)
