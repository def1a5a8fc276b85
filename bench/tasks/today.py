"""The nine tasks as they are done today, each from Overview on."""

from __future__ import annotations

from bench.tasks.hand import Hand
from bench.tasks.task import Person, Task


def explore(hand: Hand) -> None:
    """From Overview to Explore as it starts."""
    hand.click(hand.page.get_by_role("link", name="Explore", exact=True).first)
    hand.sees(hand.page.locator("[data-testid=explore-ready]"))


def _page(hand: Hand, group: str, title: str) -> None:
    hand.click(hand.page.get_by_role("button", name=group).first)
    hand.click(hand.page.get_by_role("menuitem", name=title).first)


def _asks(hand: Hand, cell: str, what: str) -> None:
    hand.click(hand.page.locator(cell).first)
    hand.click(hand.page.get_by_role("menuitem", name=what))


def several_measures(hand: Hand) -> None:
    explore(hand)
    hand.click(hand.page.get_by_role("button", name="+ Measure"))
    dialog = hand.page.get_by_role("dialog", name="Measures")
    hand.click(dialog.get_by_role("option", name="Customers Different").first)
    hand.click(dialog.get_by_role("option", name="Average order value").first)
    hand.sees(hand.page.locator("thead th[data-measure=average_order_value]"))


def left_not_right(hand: Hand) -> None:
    _page(hand, "Discover", "Baskets")
    hand.sees(hand.page.locator("[data-testid=baskets-ready][data-state=found]"))
    hand.click_at(hand.page.get_by_test_id("stDataFrame").first, 120, 53)
    hand.sees(hand.page.get_by_test_id("cross-sell"))


def lines_behind(hand: Hand) -> None:
    explore(hand)
    _asks(hand, "tr[data-row-id=Germany] td >> nth=3", "Lines behind")
    hand.sees(hand.page.get_by_test_id("behind"))


def why(hand: Hand) -> None:
    explore(hand)
    _asks(hand, "tr[data-row-id=Germany] td >> nth=-1", "Why did it move?")
    hand.sees(hand.page.get_by_test_id("why"))


def weekly_figures(hand: Hand) -> None:
    """A board of three saved views, which somebody made once (`kept_board.py`)."""
    hand.click(hand.page.get_by_role("link", name="Boards", exact=True).first)
    hand.sees(hand.page.get_by_text("Customers by type").first)
    hand.sees(hand.page.locator(".js-plotly-plot"))


def leaders_of_a_country(hand: Hand) -> None:
    explore(hand)
    hand.choose(hand.page.get_by_role("combobox", name="Chart").first, "Leaderboards")
    hand.click(hand.page.locator("button[data-member=Italy]"))
    hand.sees(hand.page.locator("[data-testid=explore-ready][data-path*='where=country']"))


def good_customers(hand: Hand) -> None:
    explore(hand)
    hand.click(hand.page.get_by_role("button", name="+ Filter"))
    hand.choose(hand.page.get_by_label("Level", exact=True), "Customer")
    hand.click(hand.page.get_by_label("Number", exact=True))
    hand.type(hand.page.get_by_label("Number", exact=True), "10000")
    hand.press("Enter")
    hand.sees(hand.page.locator("[data-testid=explore-ready][data-path*='10000']"))


def what_it_means(hand: Hand) -> None:
    hand.press("/")
    hand.type(hand.page.locator("dialog.search input"), "return rate")
    hand.sees(hand.page.locator("dialog.search a"))


def sql(hand: Hand) -> None:
    explore(hand)
    hand.click(hand.page.get_by_role("button", name="SQL"))
    hand.sees(hand.page.get_by_test_id("stCode"))


TASKS = (
    Task(Person.MARKETING, "Revenue, customers and average order by country, side by side", several_measures),
    Task(Person.MARKETING, "Who bought one side of the best rule and not the other", left_not_right),
    Task(Person.MARKETING, "The order lines behind Germany's workwear", lines_behind),
    Task(Person.EXECUTIVE, "Why Germany's revenue moved", why),
    Task(Person.EXECUTIVE, "The figures of every Monday", weekly_figures),
    Task(Person.EXECUTIVE, "Italy's course, and its greatest departments and channels", leaders_of_a_country),
    Task(Person.ANALYST, "Customers with revenue over 10,000 in the last 12 months", good_customers),
    Task(Person.ANALYST, "What return rate means", what_it_means),
    Task(Person.ANALYST, "The SQL behind a number", sql),
)
