"""Takes the pictures in docs/screenshots anew: `make screenshots`. Every page, light and dark, wide and narrow."""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from cubes import cube_extension
from cubes.analysis.audience_question import known_customers, of
from cubes.analysis.make_audience import make_audience
from cubes.query import Query, parse_cut
from data import operational_extension
from data.demo.integration import integrate
from data.operational import audiences, boards, operational_store, planned_campaigns, saved_views, targets
from data.operational.audiences import LIVING
from data.operational.planned_campaigns import CampaignDesign, PlannedCampaign
from data.operational.targets import TargetPlace
from data.store.warehouse import Warehouse
from tests.browser.conftest import BROWSERS, FLAGS, serving, settled

AWAITED = "[data-testid=tile-awaited], [class*=st-key-sought-]"
FOLDER = Path(__file__).parent / "screenshots"
TREEMAP = (
    "explore?measures=margin&rows=category&columns=channel&where=day%3D2025-01-01..2025-12-31&compare=year"
)
HEATMAP = "explore?measures=revenue&rows=category&columns=month&where=day%3D2025-01-01..2025-12-31"
LAST_YEAR = "where=day%3D2025-01-01..2025-12-31&compare=year"
MEASURES = f"explore?measures=revenue,customers,average_order_value&{LAST_YEAR}"
LEADERS = (
    f"explore?measures=revenue,customers,interactions.interactions&rows=country&{LAST_YEAR}&chart=leaders"
)
BOARD = {
    "Revenue": ("number", f"measures=revenue&rows=country&{LAST_YEAR}"),
    "Customers": ("number", f"measures=customers&rows=country&{LAST_YEAR}"),
    "Revenue over time": ("chart", f"measures=revenue&rows=month&chart=line&{LAST_YEAR}"),
    "Who brings it": ("chart", f"measures=revenue&rows=category&top=category%3D9&chart=pareto&{LAST_YEAR}"),
    "Countries": ("table", f"measures=revenue,customers,average_order_value&rows=country&{LAST_YEAR}"),
}
PAGES = {
    "overview": "",
    "boards": "boards",
    "explore": "explore",
    "explore-measures": f"{MEASURES}&rows=country,region&columns=year",
    "explore-leaders": LEADERS,
    "explore-scatter": f"{MEASURES}&rows=category&top=category%3D50&chart=scatter",
    "explore-treemap": f"{TREEMAP}&top=category%3D25&chart=treemap",
    "explore-heatmap": f"{HEATMAP}&top=category%3D12&chart=heatmap",
    "segments": "segments",
    "baskets": "baskets",
    "sequences": "sequences",
    "trends": "trends",
    "runs": "runs",
    "portfolio": "portfolio",
    "offers": "offers",
    "lifetime": "lifetime",
    "kpis": "kpis?kpi=revenue",
    "share": "share",
    "loyalty": "loyalty",
    "retention": "retention",
    "lifecycle": "lifecycle",
    "audience": "audiences?audience=Companies",
    "audiences": "audiences?part=Of+late&part=and+Companies&part=but+not+Reached+in+2025",
    "plan": "plan",
    "campaigns": "campaigns?learner=dr",
    "cases": "cases",
    "call-centre": "call-centre?opens=Mon-Sun+8-20",
    "journeys": "journeys?where=day%3D2025-01-01..2025-12-31",
    "service-insight": "service-insight?where=day%3D2025-01-01..2025-12-31",
    "partners": "partners?where=day%3D2025-01-01..2025-12-31",
    "partner-life": "partner-life",
    "virtual-warehouse": "virtual-warehouse",
    "proposals": "proposals",
    "proposal-insight": "proposal-insight",
    "price-offers": "price-offers",
    "demand": "demand",
    "portal-links": "portal-links",
    "data": "data",
    "sources": "sources",
    "rollups": "rollups",
    "rejected": "rejected",
    "glossary": "glossary",
    "review": "identity",
    "customer": "customer?who=C0010121",
}
TARGETS = {"revenue": 41_000_000, "orders": 110_000, "return_rate": "0.025", "interactions.satisfaction": 7}
LOOKS = {"": (1440, 900, "light"), "-dark": (1440, 900, "dark"), "-narrow": (400, 860, "light")}


def main() -> None:
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        sys.exit("The pictures need Chromium or Chrome: make browser")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        path = Path(folder) / "demo.duckdb"
        integrate(path)
        arrange_board(path)
        set_targets(path)
        make_audiences(path)
        PAGES["plan"] = f"plan?campaign={plan_campaign(path)}"
        chromium = play.chromium.launch(executable_path=found, args=FLAGS)
        for url in serving("app.py", {"CLIENTELA_WAREHOUSE": str(path)}):
            for name in PAGES:
                take(chromium, url, name)
        chromium.close()


def arrange_board(path: Path) -> None:
    """A board of saved views, as a person would arrange it."""
    store, who = operational_store.ready(path), "Anna"
    board = boards.create(store, "How the firm does", boards.SHARED, who)
    for name, (shown_as, address) in BOARD.items():
        view = saved_views.save(store, name, address, saved_views.SHARED, who)
        boards.add_tile(store, board, view, shown_as, who)


def set_targets(path: Path) -> None:
    """Targets of the year, as the one who leads the firm would set them."""
    for kpi, value in TARGETS.items():
        targets.set_targets(
            operational_store.ready(path), TargetPlace(kpi), {"2025": Decimal(value)}, "Bruno"
        )


def make_audiences(path: Path) -> None:
    """Audiences as a person would make them: of companies, of who bought of late, of whom campaigns reached."""
    cube_extension.register()
    operational_extension.register()
    asked = {
        "Companies": known_customers(parse_cut("customer_kind=Company")),
        "Of late": Query(("customers",), cuts=(parse_cut("day=last 90 days"),)),
        "Reached in 2025": Query(("contacts",), cuts=(parse_cut("year=2025"),), cube="contacts"),
    }
    for name, question in asked.items():
        make_audience(Warehouse(path), name, of(question), LIVING, "Anna")


def plan_campaign(path: Path) -> str:
    """A campaign for companies, as a person would plan it; its id."""
    store, starts = operational_store.ready(path), date.today()
    audience = audiences.audience_named(audiences.audiences(store), "Companies").id
    plan = PlannedCampaign(
        "Linen for the summer", "E-mail", "E-mail", audience, starts, starts + timedelta(30), "revenue",
        CampaignDesign((("A", 0.4), ("B", 0.4)), 0.2), "Offers", cost=Decimal("0.05"), smallest=Decimal(50),
    )  # fmt: skip
    return planned_campaigns.save(store, plan, "Anna")


def take(chromium: Browser, url: str, name: str) -> None:
    for look, (width, height, scheme) in LOOKS.items():
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
        )
        page = context.new_page()
        page.goto(f"{url}/{PAGES[name]}")
        settled(page)
        page.wait_for_function(f"() => !document.querySelector('{AWAITED}')", timeout=120_000)
        page.wait_for_function("() => document.fonts.status === 'loaded'")
        page.wait_for_timeout(800)
        page.screenshot(path=FOLDER / f"{name}{look}.png")
        context.close()
        print(f"{name}{look}")


if __name__ == "__main__":
    main()
