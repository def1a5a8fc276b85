"""The drawing kit with made-up numbers, for the browser tests and for looking at: `?show=pivot`, `?show=figures` ..."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import streamlit as st

from data.errors import BadRequest
from pages.ui import figures
from pages.ui.chart_clicks import chart
from pages.ui.chart_images import offer_images
from pages.ui.kpi_row import Kpi, kpi_strip
from pages.ui.menu import GROUPS, Entry
from pages.ui.navigation import navigate
from pages.ui.page_states import card, empty_state, page_title, section, skeleton
from pages.ui.pivot.pivot_table import AxisLevel, Click, Header, Look, PivotMeasure, PivotTable, pivot
from pages.ui.pivot.value_limits import ValueLimits
from pages.ui.question_bar.bar_choice import BarChoice
from pages.ui.question_bar.question_bar import (
    BarFilter,
    BarMember,
    ChosenMeasure,
    FoundMembers,
    OfferedLevel,
    OfferedMeasure,
    OfferedOption,
    OfferedSet,
    QuestionBar,
    SingleChoice,
    question_bar,
)
from pages.ui.style import formats
from pages.ui.style.theme import palette, style_sheet

LONG_MENU = tuple(
    Entry(
        f"{group} {'at length' if number == 3 else number}",
        f"{group.lower()}{number}" if group != "Overview" else "",
        f"{group.lower()}/of_long_menu.py",
        ":material/stacks:",
    )
    for group, count in zip(GROUPS, (1, 1, 4, 4, 4, 3, 3, 5), strict=True)
    for number in range(1, count + 1)
)
STATIC = Path(__file__).parent / "static"  # beside the gallery, where Streamlit serves it from
ASSETS = Path(figures.__file__).parents[1] / "assets"
COUNTRIES = [
    "Germany",
    "United States",
    "France",
    "United Kingdom",
    "Spain",
    "Canada",
    "Brazil",
    "Japan",
    "Australia",
    "India",
]
CATEGORIES = ["Beauty", "Electronics", "Fashion", "Grocery", "Home", "Sports"]
EVIL = "<img src=x onerror=\"document.title='broken'\"> & <b>Söhne</b> GmbH"


def value(row: int, column: int) -> float:
    return 4_900_000 * (0.78**row) * (0.45 + 0.55 * abs(math.sin(1.7 * column + 0.3 * row + 0.8)))


def before(row: int, column: int) -> float:
    return value(row, column) * (1 + 0.09 * math.sin(3 * row + column))


def with_totals(values: np.ndarray) -> np.ndarray:
    """Rows by columns with their sums behind them."""
    across = np.hstack([values, np.nansum(values, axis=1, keepdims=True)])
    return np.vstack([across, np.nansum(across, axis=0, keepdims=True)])


def money(values: np.ndarray, earlier: np.ndarray) -> PivotMeasure:
    return PivotMeasure(
        "revenue",
        "Revenue",
        "What customers paid.",
        formats.number_form(values[np.isfinite(values)].tolist(), "money", "EUR"),
        values,
        values / earlier - 1,
        look=Look.COLOURS,
    )


def sample_pivot(big: bool = False) -> PivotTable:
    names = [*COUNTRIES, EVIL] if not big else [f"Member {n:04}" for n in range(2500)]
    columns = CATEGORIES if not big else [f"Week {n:02}" for n in range(1, 41)]
    now, then = (
        np.array([[each(r % 11, c) for c in range(len(columns))] for r in range(len(names))])
        for each in (value, before)
    )
    others = now.sum(axis=0, keepdims=True) * 3
    others[0, 2] = np.nan
    rows = [Header(f"r{n}", name) for n, name in enumerate(names)]
    heads = [Header(f"c{n}", name, partial=n == len(columns) - 1) for n, name in enumerate(columns)]
    return PivotTable(
        "Revenue by country and category",
        (AxisLevel("country", "Country", "Region", expands=True),),
        (AxisLevel("category", "Category", "Product"),),
        rows=(*rows, Header("(others)", "Others (17)", kind="others")),
        columns=tuple(heads),
        measures=(money(with_totals(np.vstack([now, others])), with_totals(np.vstack([then, others]))),),
        levels={"Product": (("product", "Product"),), "Channel": (("channel", "Channel"),)},
        base="all|country x category",
    )


def tree_pivot() -> PivotTable:
    rows, lines = [], []
    for r, region in enumerate(("EMEA", "Americas", "APAC")):
        rows.append(Header(region, region, kind="subtotal"))
        lines.append([value(r, c) * 3 for c in range(4)])
        for k, country in enumerate(COUNTRIES[3 * r : 3 * r + 3]):
            rows.append(Header(f"{region}/{country}", country, depth=1))
            lines.append([value(r + k, c) for c in range(4)])
    revenue = money(with_totals(np.array(lines)), with_totals(np.array(lines)) * 0.93)
    count = PivotMeasure("orders", "Orders", "How many.", formats.number_form([12, 340], "count", ""),
                         revenue.values // 9000, look=ValueLimits(200, 400))  # fmt: skip
    return PivotTable(
        "Revenue and orders by region, country and quarter",
        (AxisLevel("region", "Region", "Country"), AxisLevel("country", "Country")),
        (AxisLevel("quarter", "Quarter", "Month"),),
        tuple(rows),
        tuple(Header(f"q{n}", f"Q{n} 2026", partial=n == 4) for n in range(1, 5)),
        (revenue, count),
        base="tree",
    )


def bar_frame(negative: bool = False) -> pl.DataFrame:
    values = [
        sum(value(r, c) for c in range(6)) * (-0.12 if negative and r in (3, 7) else 1) for r in range(10)
    ]
    earlier = [sum(before(r, c) for c in range(6)) for r in range(10)]
    return pl.DataFrame(
        {
            "id": [f"r{r}" for r in range(10)],
            "label": [*COUNTRIES[:9], EVIL],
            "value": values,
            "previous": earlier,
        }
    )


def long_frame() -> pl.DataFrame:
    rows = [
        {
            "row_id": f"r{r}",
            "row_label": COUNTRIES[r],
            "column_id": f"c{c}",
            "column_label": CATEGORIES[c],
            "value": value(r, c),
        }
        for r in range(10)
        for c in range(6)
        if (r, c) != (4, 2)
    ]
    return pl.DataFrame(rows)


def months(series: int) -> pl.DataFrame:
    rows = []
    for s in range(series):
        for m in range(24):
            if s == 1 and m in (9, 10):
                continue
            season = 1 + 0.18 * math.sin(m / 2 + s)
            rows.append(
                {
                    "id": "(others)" if s == 8 else f"s{s}",
                    "label": "Others (17)" if s == 8 else [*CATEGORIES, "Toys", "Garden"][s],
                    "period": date(2024 + (m + 11) // 12, (m + 11) % 12 + 1, 1),
                    "value": 1e6 * season * (0.86**s) * (1 + m / 60) * (0.55 if m == 23 else 1),
                    "previous": 0.93e6 * season,
                    "partial": m == 23,
                }
            )
    frame = pl.DataFrame(rows)
    return frame if series == 1 else frame.drop("previous")


LONG = "Vereinigte Manufakturen für Haushaltswaren und Gartenbedarf Niederrhein GmbH & Co. KG, Krefeld"


def surrounded() -> pl.DataFrame:
    """The members of `bar_frame`, each with what came of it and both intervals."""
    value = pl.col("value")
    ends = {"low": value * 0.9, "high": value * 1.1, "least": value * 0.7, "most": value * 1.4}
    return bar_frame().with_columns(came=value * 1.05, **ends)


def with_others(scale: float) -> pl.DataFrame:
    """The members of `bar_frame`, one with a long name, and Others of so many times the greatest."""
    frame = bar_frame().with_columns(
        label=pl.when(pl.col("id") == "r3").then(pl.lit(LONG)).otherwise(pl.col("label"))
    )
    most = scale * max(frame["value"])
    others = {"id": "(others)", "label": "Others (1,204)", "value": most, "previous": most * 1.1}
    return pl.concat([frame, pl.DataFrame([others])])


def cells_with_others() -> pl.DataFrame:
    rows = [
        {
            "row_id": "(others)" if r == 7 else f"r{r}",
            "row_label": "Others (17)" if r == 7 else COUNTRIES[r],
            "column_id": f"c{c}",
            "column_label": [*CATEGORIES, "Toys", "Garden", "Books", "Office", "Pets", "Music"][c],
            "value": value(r % 7, c) * (30 if r == 7 else 1),
        }
        for r in range(8)
        for c in range(12)
    ]
    return pl.DataFrame(rows)


def crowd(many: int = 200) -> pl.DataFrame:
    """Customers by two measures that span four powers of ten, from three countries."""
    return pl.DataFrame(
        [
            {
                "id": f"m{n}",
                "label": f"Customer {n} {['AG', 'Ltd', 'SpA'][n % 3]}",
                "x": 10 ** (2.4 + 1.1 * math.sin(n * 12.9) + 0.9 * math.sin(n * 4.1)),
                "y": 0.32 + 0.2 * math.sin(n * 7.3),
                "size": 40.0 + 39 * math.sin(n * 3.3),
                "shade": math.sin(n * 1.7),
                "parent_id": f"p{n % 3}",
                "parent_label": COUNTRIES[n % 3],
            }
            for n in range(many)
        ]
    )


def purchases(skewed: bool = True) -> pl.DataFrame:
    spread = [math.sin(n * 12.9898) + math.sin(n * 78.233) + math.sin(n * 37.719) for n in range(4000)]
    if not skewed:
        return pl.DataFrame(
            {"value": [round(40 * each) / 10 if n % 9 else 0.0 for n, each in enumerate(spread)]}
        )
    kinds = {0: 0.0, 1: -35.0}
    return pl.DataFrame({"value": [kinds.get(n % 41, 120 * math.exp(1.1 * s)) for n, s in enumerate(spread)]})


def kpis() -> list[Kpi]:
    course = tuple(100 + m + 9 * math.sin(m / 1.7) for m in range(26))
    return [
        Kpi("revenue", "Revenue", "€91.1M", "+4.2%", 1, True, "vs €87.4M", course),
        Kpi("margin", "Gross margin", "€33.7M", "-0.8%", -1, False, "vs €34.0M", course[::-1]),
        Kpi(
            "customers",
            "Active customers",
            "117K",
            "0.0%",
            0,
            None,
            "vs 117K",
            tuple(None if 8 < m < 11 else v for m, v in enumerate(course)),
        ),
        Kpi("returns", "Return rate", "6.4%", "+0.3 pt", 1, False, "vs 6.1%", course),
        Kpi("nps", "Satisfaction", "8.1", "+0.1", 1, True, "goal 8.5", course, 0.95, "95% of the goal"),
    ]


def show_pivot() -> None:
    @st.fragment
    def body() -> None:
        page_title(
            "Explore", "Revenue by country and category, last 12 months, compared with the year before"
        )
        told = st.session_state.get("log", "nothing yet")
        st.html(f'<p class="clientela-quiet" data-path="{told}">{told}</p>')
        left, right = st.columns([2, 3])
        with left, card("bars"):
            section("Revenue by country", "Tick: the year before")
            chart(figures.bars(bar_frame(), COLOURS, currency="EUR"), "bars", "Revenue by country", noted)
        with right, card("pivot"):
            section("Country by category")
            pivot(sample_pivot(), "pivot", clicked)
        with card("tree"):
            section("Region and country by quarter")
            pivot(tree_pivot(), "tree", clicked)

    body()


def last_click() -> None:
    if "log" in st.session_state:
        st.html(
            f'<p class="clientela-quiet" data-path="{st.session_state["log"]}">{st.session_state["log"]}</p>'
        )


def show_question() -> None:
    page_title("A question")
    last_click()
    question_bar(st.session_state.setdefault("bar", sample_bar()), "question", asked)


def sample_bar() -> QuestionBar:
    subjects = {"Revenue": "Money", "Margin": "Money", "Orders": "Counts", "Return rate": "Rates"}
    offered = [
        OfferedMeasure(
            name.lower(), name, cube, subject, "EUR", f"{name} of the firm.", "Sum of revenue", refusal
        )
        for cube, refusal in (("Sales", ""), ("Service", "Service has no category"))
        for name, subject in subjects.items()
    ]
    tops = tuple(OfferedOption(str(count), f"Top {count}") for count in (5, 12, 25))
    presets = tuple(OfferedOption(each, each) for each in ("All time", "Last 12 months", "2025"))
    return QuestionBar(
        base="a question",
        summary="Revenue by country and category",
        trail=("Europe",),
        measures=(ChosenMeasure("revenue", "Revenue", "", (OfferedOption("rank", "Rank"),)),),
        rows=("country",),
        columns=("category",),
        filters=(BarFilter("city", "City", (BarMember("lille", EVIL, "Nord"),), exclude=True),),
        choices={
            "top": SingleChoice("12", "Top 12", tops),
            "period": SingleChoice("2025", "2025", presets, "Own days", "2025-01-01", "2025-12-31"),
        },
        offered_measures=tuple(
            replace(each, value=f"{each.cube.lower()}.{each.value}") if each.refusal else each
            for each in offered
        ),
        offered_levels=tuple(
            OfferedLevel(name.lower(), name, dimension, count)
            for dimension, names in (("Place", ("Country", "City")), ("Product", ("Category", "Product")))
            for count, name in enumerate(names, 11)
        ),
        offered_sets=(OfferedSet("city in set 1", "city not in set 1", "city", EVIL, "3 cities"),),
    )


def asked(choice: BarChoice) -> None:
    """What a page does with a choice, in short: the bar shows it, a search finds what it was asked for."""
    bar: QuestionBar = st.session_state["bar"]
    if choice.measures:
        known = {each.value: each.label for each in bar.offered_measures}
        bar = replace(
            bar, measures=tuple(ChosenMeasure(each, known.get(each, each)) for each in choice.measures)
        )
    if choice.search:
        member = BarMember(choice.search.text, choice.search.text.title() or "Prato")
        groups = (("city", (member,)),)
        bar = replace(bar, found=FoundMembers(choice.search.text, choice.search.level, groups))
    rows, columns = choice.rows or bar.rows, bar.columns if choice.columns is None else choice.columns
    st.session_state["bar"] = replace(bar, rows=rows, columns=columns, heard=choice.number)
    st.session_state["log"] = (
        f"{' '.join(each.value for each in bar.measures)} by {' '.join(rows)} x {' '.join(columns)}, "
        f"{choice.period} on {choice.base}"
    )


def show_big() -> None:
    page_title("A large table")
    with card("big"):
        pivot(sample_pivot(big=True), "big", clicked, max_height=640)


def clicked(click: Click) -> None:
    told = (click.where, click.row, click.column, click.measure, click.value, click.base)
    st.session_state["log"] = " ".join(filter(None, told))


def noted(ids: tuple[str, ...]) -> None:
    st.session_state["log"] = "chart " + " ".join(ids)


def show_overview() -> None:
    page_title("Overview", "23 Nov 2025 – 22 Nov 2026, compared with 23 Nov 2024 – 22 Nov 2025")
    last_click()
    kpi_strip(kpis(), "kpis", on_click=lambda one: st.session_state.update(log=f"kpi {one}"))
    left, right = st.columns([3, 2])
    with left, card("line", "stretch"):
        section("Revenue by month", "The last month is not over")
        chart(figures.line(months(1), COLOURS, currency="EUR"), "line", "Revenue by month", noted)
    with right, card("small", "stretch"):
        section("Revenue by category")
        chart(
            figures.bars(bar_frame().head(6), COLOURS, currency="EUR", height=300),
            "cat",
            "Revenue by category",
            noted,
        )
    with card("lines"):
        section("Categories by month")
        chart(figures.line(months(9), COLOURS, currency="EUR"), "lines", "Categories by month", noted)


def show_figures() -> None:
    page_title("Figures")
    if "log" in st.session_state:
        st.html(
            f'<p class="clientela-quiet" data-path="{st.session_state["log"]}">{st.session_state["log"]}</p>'
        )
    left, right = st.columns(2)
    with left, card("tree"):
        section("Treemap, coloured by growth")
        chart(figures.treemap(bar_frame(), COLOURS, currency="EUR"), "treemap", "Treemap", noted)
    with right, card("heat"):
        section("Heat map")
        chart(figures.heatmap(long_frame(), COLOURS, currency="EUR", height=420), "heat", "Heat map", noted)
    with left, card("plain-tree"):
        section("Treemap, by size")
        chart(
            figures.treemap(bar_frame(True).drop("previous"), COLOURS, currency="EUR", height=300),
            "treemap2",
            "Treemap",
            noted,
        )
    with right, card("neg"):
        section("Bars below zero")
        chart(
            figures.bars(bar_frame(negative=True), COLOURS, currency="EUR", height=300), "neg", "Bars", noted
        )


def show_kinds() -> None:
    page_title("Kinds of chart")
    last_click()
    euros = figures.Quantity("Revenue", "money", "EUR")
    crowded = {
        "x": euros,
        "y": figures.Quantity("Margin", "percent"),
        "size": figures.Quantity("Orders", "count"),
    }
    lines = months(9).with_columns(pl.col("value") * pl.when(pl.col("id") == "s5").then(0.95).otherwise(1))
    small = lines.with_columns(pl.col("value") * pl.when(pl.col("id") == "(others)").then(6).otherwise(1))
    bars_by = cells_with_others().rename({"row_id": "id", "row_label": "label"})
    step = figures.changes(with_others(2), euros, before="2024", now="2025", most=6)
    everything = {
        "Bars": figures.bars(with_others(8), COLOURS, currency="EUR"),
        "Pareto": figures.pareto(with_others(0.7), COLOURS, currency="EUR"),
        "Pareto of many": figures.pareto(crowd().with_columns(value="x"), COLOURS, currency="EUR"),
        "Stacked": figures.stacked(cells_with_others(), COLOURS, currency="EUR"),
        "Shares": figures.stacked(cells_with_others(), COLOURS, currency="EUR", shares=True),
        "Treemap and Others": figures.treemap(with_others(8), COLOURS, currency="EUR", height=320),
        "Heat and Others": figures.heatmap(
            cells_with_others().filter(pl.col("column_id").is_in(["c0", "c1", "c2", "c3", "c4"])),
            COLOURS,
            currency="EUR",
        ),
        "Scatter by country": figures.scatter(crowd(), COLOURS, **crowded),
        "Scatter by growth": figures.scatter(
            crowd(60), COLOURS, shade=figures.Quantity("Growth", "percent"), **crowded
        ),
        "Histogram skewed": figures.histogram(purchases(), COLOURS, measure=euros),
        "Histogram even": figures.histogram(
            purchases(False), COLOURS, measure=figures.Quantity("Growth in orders", "points")
        ),
        "Waterfall": figures.waterfall(step, COLOURS),
        "Lines named": figures.line(lines, COLOURS, currency="EUR", height=340),
        "Line before": figures.line(months(1), COLOURS, currency="EUR", previous_name="Year before"),
        "Small lines": figures.small_multiples(small, COLOURS, currency="EUR"),
        "Small bars": figures.small_multiples(bars_by, COLOURS, currency="EUR"),
        "Intervals": figures.interval_bars(surrounded(), COLOURS, currency="EUR"),
        "Expected": figures.expected_course(
            months(1).with_columns(
                expected=pl.col("value"),
                low=pl.col("value") * 0.9,
                high=pl.col("value") * 1.1,
                in_place=pl.int_range(pl.len()) > 8,
            ),
            COLOURS,
            currency="EUR",
        ),
        "Told and came": figures.told_and_came(surrounded(), COLOURS, unit="money", currency="EUR"),
    }
    columns = st.columns(2)
    for number, (name, figure) in enumerate(everything.items()):
        key = name.lower().replace(" ", "-")
        with columns[number % 2], card(key):
            section(name)
            chart(figure, key, f"{name} of made-up numbers", noted)


def show_mining() -> None:
    page_title("Patterns")
    last_click()
    items = [
        "Whole milk",
        "Yogurt",
        "Root vegetables",
        "Other vegetables",
        "Butter",
        "Curd",
        "Rolls",
        "Soda",
        "Bottled water",
        "Sausage",
    ]
    pairs = [(0, 1), (0, 2), (3, 2), (4, 0), (5, 1), (3, 0), (6, 9), (7, 8), (9, 6), (4, 3), (5, 0), (7, 9)]
    nodes = pl.DataFrame(
        {"id": [str(n) for n in range(10)], "label": items, "value": [2513 * 0.8**n for n in range(10)]}
    )
    edges = pl.DataFrame(
        {
            "id": [f"e{n}" for n in range(12)],
            "source": [str(a) for a, _ in pairs],
            "target": [str(b) for _, b in pairs],
            "value": [1.2 + 0.2 * n for n in range(12)],
            "text": [f"lift {1.2 + 0.2 * n:.1f}" for n in range(12)],
        }
    )
    rules = pl.DataFrame(
        {
            "id": [f"e{n}" for n in range(12)],
            "antecedent": [items[a] for a, _ in pairs],
            "consequent": [items[b] for _, b in pairs],
            "support": [0.02 + 0.004 * n for n in range(12)],
            "lift": [3.4 - 0.18 * n for n in range(12)],
        }
    )
    people = pl.DataFrame(
        {
            "id": [f"g{n}" for n in range(6)],
            "label": ["Champions", "Loyal", "At risk", "New", "Bargain hunters", "Dormant"],
            "x": [12.0, 40, 160, 20, 75, 260],
            "y": [2400.0, 1300, 1500, 240, 420, 180],
            "size": [900.0, 2100, 700, 1500, 2600, 3900],
        }
    )
    profile = pl.DataFrame(
        [
            {
                "row_id": f"f{f}",
                "row_label": ["Orders a year", "Spend", "Web share", "Returns", "Discount share"][f],
                "column_id": f"g{g}",
                "column_label": people["label"][g],
                "value": 100 + 75 * math.sin(1.3 * f + g),
            }
            for f in range(5)
            for g in range(6)
        ]
    )
    left, right = st.columns(2)
    with left, card("net"):
        section("What goes together")
        chart(figures.rules_network(nodes, edges, COLOURS), "net", "Rules", noted)
    with right, card("matrix"):
        section("Rules")
        chart(figures.rules_matrix(rules, COLOURS, height=460), "matrix", "Rules", noted)
    with left, card("scatter"):
        section("Segments", "Bubble: customers")
        chart(
            figures.scatter(
                people,
                COLOURS,
                x=figures.Quantity("Days since last purchase", "days"),
                y=figures.Quantity("Yearly spend", "money", "EUR"),
                size=figures.Quantity("Customers", "count"),
                height=360,
            ),
            "scatter",
            "Segments",
            noted,
        )
    with right, card("profile"):
        section("Profile against everyone", "100 is the average")
        chart(figures.segment_profile(profile, COLOURS, height=360), "profile", "Profile", noted)


def show_states() -> None:
    page_title("States")
    left, right = st.columns(2)
    with left:
        empty_state(
            "Nothing matches these filters",
            "Remove a filter, widen the period, or go up one level.",
            "Clear all filters",
            key="filters",
            drawing="filter",
        )
    with right, card("bones"):
        section("Loading")
        skeleton()
    st.segmented_control(
        "Measure", ["Revenue", "Margin", "Orders"], default="Revenue", label_visibility="collapsed"
    )
    one, two, three = st.columns(3)
    one.selectbox("Period", ["Last 12 months", "This year"], label_visibility="collapsed")
    two.multiselect("Category", CATEGORIES, default=["Home"], label_visibility="collapsed")
    three.date_input("Day", date(2026, 11, 22), label_visibility="collapsed")
    st.dataframe(bar_frame(), hide_index=True, height=220)
    st.download_button("Download CSV", bar_frame().write_csv(), "bars.csv", "text/csv")
    st.file_uploader("Your file", type=["csv"])
    with st.sidebar:
        st.multiselect("Segment", ["Champions"], placeholder="All")


def show_menu() -> None:
    """A menu as long as the product may become, kept where its links lead."""
    st.session_state["menu"] = "menu"
    navigate(LONG_MENU, LONG_MENU, Path(__file__).parent, COLOURS.name).run()


def show_problem() -> None:
    @st.fragment
    def body() -> None:
        st.button("Ask again")
        raise BadRequest("There is no level 'contry'.", "Did you mean 'country'?")

    body()


def show_crash() -> None:
    raise RuntimeError("the secret is 42")


st.set_page_config(page_title="Clientela", page_icon=str(STATIC / "mark.svg"), layout="wide")
COLOURS = palette(st.context.theme.type)
st.logo(str(STATIC / f"logo-{COLOURS.name}.svg"), size="large")
st.html(f"<style>{style_sheet(STATIC / 'clientela.css', ASSETS / 'total.css')}</style>")
SHOWS = {
    "menu": show_menu,
    "pivot": show_pivot,
    "big": show_big,
    "question": show_question,
    "overview": show_overview,
    "figures": show_figures,
    "kinds": show_kinds,
    "mining": show_mining,
    "states": show_states,
    "problem": show_problem,
    "crash": show_crash,
}
offer_images()
ask = st.query_params.get("show") or st.session_state.get("menu", "")
SHOWS.get(ask, show_overview)()
st.html('<div data-testid="gallery-ready"></div>')
