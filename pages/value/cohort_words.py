"""What the page Retention says and draws of cohorts: sentences, tiles and frames, pure functions of what was found."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cubes.analysis.cohort_cells import CohortCells, CohortPeriod
from mining.retention.cohort_triangle import CohortTriangle, Kept
from mining.retention.kaplan_meier import SurvivalCurve
from pages.ui.figures.heatmap import PARTIAL, PLAIN
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import (
    count_text,
    days_named,
    format_day,
    format_month,
    format_value,
    number_text,
    share_text,
)

MOST_ROWS = {"week": 53, "month": 37, "quarter": 40, "year": 40}
A_YEAR = {"week": 52, "month": 12, "quarter": 4, "year": 1}
CELLS = dict.fromkeys(("row_id", "row_label", "column_id", "column_label"), pl.String) | {
    "value": pl.Float64,
    "text": pl.String,
    "mark": pl.String,
}
NAMES = {
    Kept.CUSTOMERS: "Customers who bought",
    Kept.ORDERS: "Orders a customer",
    Kept.REVENUE: "Revenue a customer",
    Kept.MARGIN: "Margin a customer so far",
}
UNIT = {Kept.CUSTOMERS: "percent", Kept.ORDERS: "units", Kept.REVENUE: "money", Kept.MARGIN: "money"}
DEFINITIONS = {
    Kept.CUSTOMERS: "Of the customers who first bought in the cohort's period, the share who bought so many periods "
    "later, on at least one day; a return is no purchase. Customers with a purchase ÷ customers of the cohort.",
    Kept.ORDERS: "Orders of that period ÷ customers of the cohort, those who did not come back among them.",
    Kept.REVENUE: "What the cohort was billed in that period, net of returns ÷ customers of the cohort, those who did "
    "not come back among them.",
    Kept.MARGIN: "Revenue less cost of all periods from the first to that one, net of returns ÷ customers of the "
    "cohort. Lines whose cost is not known are left out; where no cost of a period is known, all after it is not.",
}
OF_MEAN = {
    True: "The line puts all cohorts of that age together, each weighing as much as it has customers; its interval is "
    "Wilson's (1927), 95%, and takes customers as independent of each other.",
    False: "The line puts all cohorts of that age together, each weighing as much as it has customers; its interval "
    "tells how far cohorts lie apart (a ratio's, Cochran 1977, 6.13, 95%), and needs three of them.",
}


def title_of(period: CohortPeriod, grain: str) -> str:
    """A period as people read it."""
    return format_month(period.first) if grain == "month" else period.name


def ago(age: int, grain: str) -> str:
    """How long after the first purchase, in words.

    >>> ago(1, "month"), ago(12, "month"), ago(0, "week")
    ('one month later', '12 months later', 'in the first week')
    """
    if age == 0:
        return f"in the first {grain}"
    return f"{'one' if age == 1 else age} {grain}{'s' if age > 1 else ''} later"


def value_text(value: float | None, kept: Kept, currency: str) -> str:
    if kept is Kept.ORDERS:
        return number_text(value, 2) if value is not None else "not known"
    return format_value(value, UNIT[kept], currency) if value is not None else "not known"


def main_fact(found: CohortTriangle, grain: str, currency: str) -> str:
    """The sentence above all: what becomes of those who begin."""
    if found.cells["value"].null_count() == found.cells.height:
        return f"What {_sizes(found)} brought is not known: no line here has a cost."
    came_back = found.cells.filter(pl.col("age") > 0)["total"].sum() > 0
    whole = found.curve.filter(pl.col("age") > 0)
    if found.kept is Kept.CUSTOMERS and not came_back:
        return f"Nobody has come back yet: each of {_sizes(found)} bought in one {grain} only."
    if len(found.cohorts) == 1:
        return f"There is one cohort only, of {_sizes(found)}: nothing to compare it with yet."
    if whole.is_empty():
        return f"No {grain} after a first purchase is over yet, so nothing can be said of coming back."
    late = _late(found, grain)
    return f"{_at(found, 1, grain, currency, True)}{_at(found, late, grain, currency, False) if late > 1 else ''}."


def _sizes(found: CohortTriangle) -> str:
    sizes = found.cells.filter(pl.col("age") == 0)["size"]
    return count_text(int(sizes.sum()), "customer")


def _late(found: CohortTriangle, grain: str) -> int:
    """The age that is told beside the first: a year, or the oldest of three cohorts."""
    ages = found.curve.filter(pl.col("cohorts") >= 3, pl.col("age") > 0)["age"]
    oldest = int(ages.max()) if len(ages) else 1  # type: ignore[arg-type]
    return min(A_YEAR[grain], oldest)


def _at(found: CohortTriangle, age: int, grain: str, currency: str, begins: bool) -> str:
    point = found.at(age)
    if point is None or point["value"] is None:
        return "" if not begins else "Nothing is known of the time after a first purchase"
    value = value_text(point["value"], found.kept, currency)
    band = _band(point, found.kept, currency)
    if not begins:
        return f"; of the {number_text(point['size'] or 0)} known for long enough, {value} {ago(age, grain)}{band}"
    size = number_text(point["size"] or 0)
    match found.kept:
        case Kept.CUSTOMERS:
            return f"Of {size} customers, {value} bought again {ago(age, grain)}{band}"
        case Kept.MARGIN:
            return f"Each of {size} customers had brought {value} of margin {ago(age, grain)}{band}"
    what = "orders" if found.kept is Kept.ORDERS else "of revenue"
    return f"Each of {size} customers brought {value} {what} {ago(age, grain)}{band}"


def _band(point: dict[str, float | None], kept: Kept, currency: str) -> str:
    if point["low"] is None or point["high"] is None:
        return ""
    low, high = (value_text(point[each], kept, currency) for each in ("low", "high"))
    return f" ({low} to {high})"


def cautions(cells: CohortCells, found: CohortTriangle) -> list[str]:
    """What is to be known beside the numbers."""
    first, last = cells.periods[0], cells.periods[-1]
    said = [*map(days_named, cells.notes)]
    if first.code in found.cohorts and len(found.cohorts) > 1:
        said.append(
            f"The data begin in {title_of(first, cells.grain)}: its cohort holds everybody who bought then, also those "
            "who were customers before."
        )
    if not last.is_whole:
        days = count_text((cells.until - last.first).days + 1, "day")
        said.append(
            f"{title_of(last, cells.grain)} is not over: the data have {days} of it. Its cells are hatched and join no "
            "mean."
        )
    return said


def outside(cells: CohortCells, currency: str) -> str:
    """The revenue that no cohort has; nothing where it is none or was not asked for."""
    parts = [
        f"{format_value(amount, 'money', currency)} {why}"
        for why, amount in (cells.outside_revenue or {}).items()
        if abs(amount) >= 0.005
    ]
    return f"In no cohort: {', '.join(parts)}." if parts else ""


def tiles(found: CohortTriangle, cells: CohortCells, currency: str) -> list[Kpi]:
    """How many began, in how many cohorts, and what became of them."""
    sizes = found.cells.filter(pl.col("age") == 0)
    greatest = sizes.row(int(sizes["size"].arg_max() or 0), named=True)
    names = {each.code: title_of(each, cells.grain) for each in cells.periods}
    late = _late(found, cells.grain)
    return [
        Kpi(
            "customers",
            "Customers",
            number_text(int(sizes["size"].sum())),
            note=f"first bought by {format_day(cells.until)}",
            course=tuple(float(each) for each in sizes.sort("cohort").filter(~pl.col("is_partial"))["size"]),
            help="Known customers with a purchase, by the day of their first. The course shows how many began.",
        ),
        Kpi(
            "cohorts",
            "Cohorts",
            str(len(found.cohorts)),
            note=f"the greatest: {names[greatest['cohort']]}, {number_text(greatest['size'])}",
        ),
        _tile("next", 1, found, cells, currency),
        *([_tile("late", late, found, cells, currency)] if late > 1 else []),
    ]


def _tile(name: str, age: int, found: CohortTriangle, cells: CohortCells, currency: str) -> Kpi:
    point = found.at(age) or {"value": None, "low": None, "high": None, "cohorts": 0}
    cohorts = count_text(int(point["cohorts"] or 0), "cohort")
    label = ago(age, cells.grain)
    return Kpi(
        name,
        label[:1].upper() + label[1:],
        value_text(point["value"], found.kept, currency),
        note=f"{_band(point, found.kept, currency).strip(' ()') or 'no interval'}, {cohorts}",
        help=DEFINITIONS[found.kept],
    )


def heat(found: CohortTriangle, cells: CohortCells) -> pl.DataFrame:
    """The triangle as a heat map's cells: cohorts down with how many began, the latest first; ages across."""
    names = {each.code: title_of(each, cells.grain) for each in cells.periods}
    ids = {each.code: each.name for each in cells.periods}
    latest = found.cohorts[-MOST_ROWS[cells.grain] :]
    known = found.cells.filter(pl.col("cohort").is_in(latest), pl.col("value").is_not_null())
    known = known.sort(pl.col("age"), -pl.col("cohort"))
    shares = found.kept is Kept.CUSTOMERS
    return pl.DataFrame(
        [
            {
                "row_id": ids[cell["cohort"]],
                "row_label": f"{names[cell['cohort']]} · {number_text(cell['size'])}",
                "column_id": str(cell["age"]),
                "column_label": str(cell["age"]),
                "value": cell["value"],
                "text": cell_text(cell["value"], found.kept),
                "mark": PARTIAL if cell["is_partial"] else PLAIN if shares and cell["age"] == 0 else "",
            }
            for cell in known.iter_rows(named=True)
        ],
        schema=CELLS,
    )


def cell_text(value: float, kept: Kept) -> str:
    """A cell's text in few figures; money without its currency, which stands above."""
    if kept is Kept.CUSTOMERS:
        return share_text(value)
    return number_text(value, 1) if kept is Kept.ORDERS else format_value(value, "units", compact=True)


def curves(found: CohortTriangle, cells: CohortCells) -> pl.DataFrame:
    """The curve of all cohorts, and each cohort's own behind it (its periods that are over)."""
    names = {each.code: title_of(each, cells.grain) for each in cells.periods}
    oldest = 1 if found.kept is Kept.CUSTOMERS else 0
    own = found.cells.filter(~pl.col("is_partial"), pl.col("age") >= oldest).select(
        pl.lit("cohort").alias("id"),
        pl.col("cohort").replace_strict(names, return_dtype=pl.String).alias("label"),
        pl.col("age").cast(pl.Int64),
        "value",
        pl.lit(None, pl.Float64).alias("low"),
        pl.lit(None, pl.Float64).alias("high"),
    )
    mean = found.curve.filter(pl.col("age") >= oldest).select(
        pl.lit("all").alias("id"),
        pl.lit("All cohorts").alias("label"),
        pl.col("age").cast(pl.Int64),
        "value",
        "low",
        "high",
    )
    return pl.concat([own, mean])


def member_curves(found: CohortTriangle, cells: CohortCells, most: int) -> pl.DataFrame:
    """The curve of each of the largest members of the split."""
    sizes = member_sizes(found)[:most]
    oldest = 1 if found.kept is Kept.CUSTOMERS else 0
    parts = [
        found.curve.filter(pl.col("member") == member, pl.col("age") >= oldest).select(
            pl.lit(cells.members[member][0]).alias("id"),
            pl.lit(cells.members[member][1]).alias("label"),
            pl.col("age").cast(pl.Int64),
            "value",
            "low",
            "high",
        )
        for member, _ in sizes
    ]
    return pl.concat(parts) if parts else pl.DataFrame()


def member_sizes(found: CohortTriangle) -> list[tuple[int, int]]:
    """Each member of the split and how many customers began there, the largest first."""
    sums = found.cells.filter(pl.col("age") == 0).group_by("member").agg(pl.col("size").sum())
    return [(int(m), int(s)) for m, s in sums.sort("size", "member", descending=[True, False]).iter_rows()]


def table(found: CohortTriangle, cells: CohortCells) -> pl.DataFrame:
    """The triangle as a sheet: a row a cohort, its size, then a column an age; what has not begun is empty."""
    names = {each.code: each.name for each in cells.periods}
    wide = found.cells.with_columns(pl.col("age").cast(pl.String)).pivot(
        "age", index=["cohort", "size"], values="value", maintain_order=True
    )
    ages = sorted((each for each in wide.columns if each.isdigit()), key=int)
    return wide.select(
        pl.col("cohort").replace_strict(names, return_dtype=pl.String),
        pl.col("size").alias("customers"),
        *ages,
    )


def rows_of(found: CohortTriangle, cells: CohortCells) -> pl.DataFrame:
    """The triangle as a list, for files: a row a cohort and period, the hatched ones told."""
    names = {each.code: each.name for each in cells.periods}
    return found.cells.select(
        pl.col("cohort").replace_strict(names, return_dtype=pl.String),
        pl.col("period").replace_strict(names, return_dtype=pl.String),
        "age",
        pl.col("size").alias("customers"),
        pl.col("total").alias(
            found.kept.value if found.kept is not Kept.CUSTOMERS else "customers_who_bought"
        ),
        "value",
        pl.col("is_partial").alias("period_not_over"),
    )


def second_words(curve: SurvivalCurve) -> str:
    """How long it takes until half have come back, or that half have not."""
    if curve.finished == 0:
        return f"None of {count_text(curve.spells, 'customer')} has bought on a second day yet."
    share = format_value(curve.finished / curve.spells, "percent")
    seen = f"{share} of {count_text(curve.spells, 'customer')} have bought on a second day so far"
    if curve.median is None:
        longest = number_text(curve.longest)
        return f"{seen}; half have not come back within {longest} days, the longest that anybody is known."
    return f"{seen}; counting those still open, half come back within {count_text(int(curve.median), 'day')}."


def second_frame(curve: SurvivalCurve) -> pl.DataFrame:
    """The share who have come back by each day, with its interval; at most a point a day."""
    begin = pl.DataFrame({"age": [0.0], "value": [0.0], "low": [0.0], "high": [0.0]})
    steps = curve.frame.select(
        age="time", value=1 - pl.col("surviving"), low=1 - pl.col("high"), high=1 - pl.col("low")
    )
    end = steps.tail(1).with_columns(age=pl.lit(curve.longest))
    whole = pl.concat([begin, steps, end]).unique("age", keep="last", maintain_order=True)
    return whole.select(pl.lit("all").alias("id"), pl.lit("Came back").alias("label"), pl.all())


def untils(periods: Sequence[CohortPeriod], most: int = 24) -> list[CohortPeriod]:
    """The periods at whose end the data may be looked at instead, the latest first."""
    return [each for each in periods if each.is_whole][::-1][:most]
