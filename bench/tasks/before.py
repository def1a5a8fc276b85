"""The same tasks as they were done at 6cda65c, the last commit in which Explore showed one measure at a time."""

from __future__ import annotations

from bench.tasks.hand import Hand
from bench.tasks.task import Task
from bench.tasks.today import TASKS as TODAY
from bench.tasks.today import explore


def _choose(hand: Hand, box: str, option: str) -> None:
    hand.click(hand.page.get_by_role("combobox", name=box).first)
    hand.click(hand.page.get_by_role("option", name=option, exact=True).first)


def several_measures(hand: Hand) -> None:
    """One after the other: three screens, and two of them to be kept in mind."""
    explore(hand)
    _choose(hand, "Measure", "Customers")
    _choose(hand, "Measure", "Average order value")


def lines_behind(hand: Hand) -> None:
    explore(hand)
    hand.click(hand.page.locator("tr[data-row-id=Germany] td >> nth=3"))
    hand.click(hand.page.get_by_text("order lines").first)
    hand.sees(hand.page.get_by_test_id("behind"))


def why(hand: Hand) -> None:
    explore(hand)
    hand.click(hand.page.locator("th[data-row-id=Germany]"))
    hand.click(hand.page.get_by_role("button", name="Why?").first)
    hand.sees(hand.page.get_by_test_id("why"))


def weekly_figures(hand: Hand) -> None:
    """The number, the course and the customers by type of channel, each asked anew."""
    explore(hand)
    hand.click(hand.page.get_by_role("radio").nth(3))
    hand.click(hand.page.get_by_role("radio").nth(0))
    _choose(hand, "Measure", "Customers")
    _choose(hand, "Rows", "Rows: Channel type")
    _choose(hand, "Columns", "Columns: –")


def leaders_of_a_country(hand: Hand) -> None:
    """The course, the departments and the channels of Italy: three screens."""
    explore(hand)
    hand.click(hand.page.locator("th[data-row-id=Italy]"))
    hand.click(hand.page.get_by_role("radio").nth(3))
    _choose(hand, "Rows", "Rows: Department")
    hand.click(hand.page.get_by_role("radio").nth(0))
    _choose(hand, "Rows", "Rows: Channel")


def what_it_means(hand: Hand) -> None:
    """Chosen as the measure, its sentence is the help of the box."""
    explore(hand)
    _choose(hand, "Measure", "Return rate")


def sql(hand: Hand) -> None:
    explore(hand)
    hand.click(hand.page.get_by_role("button", name="SQL"))
    hand.sees(hand.page.get_by_test_id("stCode"))


STEPS = (
    several_measures,
    None,
    lines_behind,
    why,
    weekly_figures,
    leaders_of_a_country,
    None,
    what_it_means,
    sql,
)
TASKS = tuple(Task(each.person, each.words, steps) for each, steps in zip(TODAY, STEPS, strict=True))
