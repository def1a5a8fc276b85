"""Derivations on small frames: loops over the rows say the same, and the numbers of a few are written out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product as pairs
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cubes.ask.derived_measures import GROWTHS, Needs, along, axis, check, derive, derived, growth, needs
from cubes.model import Kind, Level, Measure
from cubes.query import DERIVATIONS, Comparison, Derivation, DerivationForm, split_measure
from data.errors import BadRequest

OTHERS = -1
TIMES = ("year", "month", "week", "day")
ABOVE = {("year", "month"), ("year", "day"), ("month", "day"), ("week", "day")}
FINER = {name: at for at, name in enumerate(TIMES)}
Row = dict[str, Any]


def level(name: str) -> Level:
    return Level(name, name.capitalize(), "time" if name in TIMES else name, name, is_time=name in TIMES)


def levels(*names: str) -> tuple[Level, ...]:
    return tuple(map(level, names))


def asked(text: str) -> Derivation:
    found = split_measure(f"revenue:{text}")[1]
    assert found
    return found


def kept(row: Row, names: Sequence[str]) -> list[str]:
    return [name for at, name in enumerate(names) if not row["grouping"] >> (len(names) - 1 - at) & 1]


def only(rows: list[Row]) -> Row | None:
    assert len(rows) < 2
    return rows[0] if rows else None


def same(row: Row, other: Row, names: Sequence[str]) -> bool:
    return all(row[f"{name}.code"] == other[f"{name}.code"] for name in names)


def parent(row: Row, rows: list[Row], names: Sequence[str]) -> Row | None:
    above = kept(row, names)[:-1]
    return only([each for each in rows if kept(each, names) == above and same(row, each, above)])


def part(value: float | None, whole: float | None) -> float | None:
    return None if value is None or not whole else value / whole


def share_of_parent(row: Row, rows: list[Row], names: Sequence[str], how: Derivation) -> float | None:
    above = parent(row, rows, names)
    return part(row["revenue"], above and above["revenue"])


def share_of_total(row: Row, rows: list[Row], names: Sequence[str], how: Derivation) -> float | None:
    total = only([each for each in rows if not kept(each, names)])
    return part(row["revenue"], total and total["revenue"])


def growing(row: Row, rows: list[Row], names: Sequence[str], how: Derivation) -> float | None:
    now, then = row["revenue"], row[f"revenue@{how.against}"]
    return None if now is None or not then else (now - then) / abs(then)


def contribution(row: Row, rows: list[Row], names: Sequence[str], how: Derivation) -> float | None:
    now, then = row["revenue"], row[f"revenue@{how.against}"]
    total = only([each for each in rows if not kept(each, names)])
    if total is None or not total[f"revenue@{how.against}"] or (now is None and then is None):
        return None
    return float((now or 0) - (then or 0)) / abs(total[f"revenue@{how.against}"])


def running_total(row: Row, rows: list[Row], names: Sequence[str], how: Derivation) -> float | None:
    times = sorted((name for name in names if name in TIMES), key=lambda name: FINER[name])
    run = times[-1] if times else names[-1] if names else None
    if run is None or run not in kept(row, names):
        return row["revenue"]
    others = [name for name in names if name != run]
    beside = [each for each in rows if each["grouping"] == row["grouping"] and same(row, each, others)]
    if times:
        before = [each for each in beside if each[f"{run}.code"] <= row[f"{run}.code"]]
    else:
        before = beside[: beside.index(row) + 1]
    known = [each["revenue"] for each in before if each["revenue"] is not None]
    return sum(known) if known else None


def moving_average(row: Row, rows: list[Row], names: Sequence[str], how: Derivation) -> float | None:
    run = max((name for name in names if name in TIMES), key=lambda name: FINER[name])
    if run not in kept(row, names):
        return None
    others = [name for name in names if name != run and (name, run) not in ABOVE]
    shared = [name for name in others if name in TIMES]
    alike = [each for each in rows if each["grouping"] == row["grouping"] and same(row, each, shared)]
    window = [row[f"{run}.code"] - back for back in range(how.periods)]
    if window[-1] < min(each[f"{run}.code"] for each in alike):
        return None
    known = []
    for code in window:
        for each in rows:
            beside = each["grouping"] == row["grouping"] and same(row, each, others)
            if beside and each[f"{run}.code"] == code and each["revenue"] is not None:
                known.append(each["revenue"])
    return sum(known) / len(known) if known else None


def rank(row: Row, rows: list[Row], names: Sequence[str], how: Derivation) -> float | None:
    own = kept(row, names)

    def counts(each: Row) -> bool:
        beyond = own and own[-1] not in TIMES and each[f"{own[-1]}.code"] == OTHERS
        return each["revenue"] is not None and not beyond

    if not counts(row):
        return None
    beside = [each for each in rows if each["grouping"] == row["grouping"] and same(row, each, own[:-1])]
    return 1 + sum(each["revenue"] > row["revenue"] for each in beside if counts(each))


ORACLE = {
    DerivationForm.SHARE_OF_PARENT: share_of_parent,
    DerivationForm.SHARE_OF_TOTAL: share_of_total,
    DerivationForm.GROWTH: growing,
    DerivationForm.CONTRIBUTION: contribution,
    DerivationForm.RUNNING_TOTAL: running_total,
    DerivationForm.MOVING_AVERAGE: moving_average,
    DerivationForm.RANK: rank,
}
amounts = st.one_of(st.none(), st.integers(-4, 4).map(float))


def code_of(name: str, day: int) -> int:
    return {"year": day // 12, "month": day // 3, "week": (day + 1) // 2, "day": day}[name]


@st.composite
def frames(draw: st.DrawFn, *, times: bool = False) -> tuple[tuple[str, ...], pl.DataFrame]:
    """Levels, and cells of them with every subtotal; values know nothing of each other."""
    names = draw(st.lists(st.sampled_from(("country", "channel", *TIMES)), max_size=3, unique=True))
    if times and not set(names) & set(TIMES):
        names.append("month")
    split = draw(st.integers(0, len(names)))
    lines = draw(
        st.lists(
            st.tuples(st.integers(-3, 30), st.integers(-1, 3), st.integers(-1, 2)), min_size=1, max_size=20
        )
    )
    cells: dict[tuple[Any, ...], None] = {}
    for (day, country, channel), (r, c) in pairs(
        lines, pairs(range(split + 1), range(len(names) - split + 1))
    ):
        codes = [
            {"country": country, "channel": channel}.get(name, code_of(name, day) if name in TIMES else 0)
            for name in names
        ]
        here = [at < r if at < split else at - split < c for at in range(len(names))]
        mask = sum(0 if keep else 1 << (len(names) - 1 - at) for at, keep in enumerate(here))
        cells[(*(code if keep else None for code, keep in zip(codes, here, strict=True)), mask)] = None
    order = draw(st.permutations(list(cells)))
    schema = {f"{name}.code": pl.Int32 for name in names} | {"grouping": pl.Int32}
    frame = pl.DataFrame(order, schema=schema, orient="row")
    values = [draw(st.lists(amounts, min_size=frame.height, max_size=frame.height)) for _ in range(3)]
    columns = ("revenue", "revenue@previous", "revenue@year")
    series = [pl.Series(n, v, pl.Float64) for n, v in zip(columns, values, strict=True)]
    return tuple(names), frame.with_columns(series)


def assert_oracle(names: tuple[str, ...], frame: pl.DataFrame, how: Derivation) -> None:
    found = derive(frame, levels(*names), "revenue", how)
    rows = frame.to_dicts()
    expected = [ORACLE[how.form](row, rows, names, how) for row in rows]
    assert found.name == f"revenue:{how}"
    for row, value, wanted in zip(rows, found.to_list(), expected, strict=True):
        close = value is wanted is None or (
            value is not None and wanted is not None and math.isclose(value, wanted, abs_tol=1e-9)
        )
        assert close, f"{row}: {value} is not {wanted}"


@settings(max_examples=150, deadline=None)
@given(
    frames(),
    st.sampled_from(
        [
            each
            for each in DERIVATIONS
            if each.form is not DerivationForm.MOVING_AVERAGE and each.against != "weekdays"
        ]
    ),
)
def test_loops_over_the_rows_derive_the_same(
    made: tuple[tuple[str, ...], pl.DataFrame], how: Derivation
) -> None:
    assert_oracle(*made, how)


@settings(max_examples=100, deadline=None)
@given(frames(times=True), st.integers(2, 6))
def test_loops_over_the_rows_average_the_same(
    made: tuple[tuple[str, ...], pl.DataFrame], periods: int
) -> None:
    assert_oracle(*made, Derivation(DerivationForm.MOVING_AVERAGE, periods=periods))


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.tuples(st.integers(-1, 3), st.integers(0, 3)), st.tuples(amounts, amounts), min_size=1)
)
def test_contributions_of_all_members_are_the_growth_of_the_total(
    cells: dict[tuple[int, int], tuple[float | None, float | None]],
) -> None:
    rows: list[tuple[Any, ...]] = [(*key, 0, *values) for key, values in cells.items()]
    for country in {key[0] for key in cells}:
        rows.append((country, None, 1, *added([v for key, v in cells.items() if key[0] == country])))
    rows.append((None, None, 3, *added(list(cells.values()))))
    names = ("country.code", "channel.code", "grouping", "revenue", "revenue@year")
    frame = pl.DataFrame(
        rows, schema=dict.fromkeys(names[:3], pl.Int32) | dict.fromkeys(names[3:], pl.Float64), orient="row"
    )
    found = frame.with_columns(
        derive(frame, levels("country", "channel"), "revenue", asked("contribution_year")).alias("part"),
        growth(frame["revenue"], frame["revenue@year"]).alias("growth"),
    )
    total = found.filter(pl.col("grouping") == 3)
    if total["growth"][0] is None:
        return
    for grouping in (0, 1):
        parts = found.filter(pl.col("grouping") == grouping)["part"]
        assert math.isclose(parts.sum(), total["growth"][0], abs_tol=1e-9)
    assert total["part"][0] == total["growth"][0]


def added(values: list[tuple[float | None, float | None]]) -> tuple[float | None, ...]:
    sums = []
    for column in zip(*values, strict=True):
        known = [each for each in column if each is not None]
        sums.append(sum(known) if known else None)
    return tuple(sums)


def cells(names: Sequence[str], rows: Sequence[Sequence[Any]], *values: str) -> pl.DataFrame:
    """Rows of codes and values; what is rolled up is None."""
    codes = {f"{name}.code": pl.Int32 for name in names}
    frame = pl.DataFrame(rows, schema=codes | dict.fromkeys(values or ("revenue",), pl.Float64), orient="row")
    bits = [
        pl.col(f"{name}.code").is_null().cast(pl.Int32) * (1 << (len(names) - 1 - at))
        for at, name in enumerate(names)
    ]
    return frame.with_columns(pl.sum_horizontal(pl.lit(0, pl.Int32), *bits).alias("grouping"))


def of(names: Sequence[str], rows: Sequence[Sequence[Any]], how: str, *values: str) -> list[float | None]:
    return derive(cells(names, rows, *values), levels(*names), "revenue", asked(how)).to_list()


def test_the_first_of_equals_is_shared_and_others_have_no_rank() -> None:
    rows = [(1, 5), (2, 9), (3, 9), (4, None), (OTHERS, 99), (None, 23)]
    assert of(["country"], rows, "rank") == [3, 1, 1, None, None, 1]


def test_a_day_of_1969_is_no_others() -> None:
    assert of(["day"], [(-1, 5), (0, 3)], "rank") == [1, 2]


def test_a_day_may_be_ranked_and_nothing_else() -> None:
    frame = pl.DataFrame(
        {"country.code": [1, 2], "grouping": [0, 0], "last": [date(2011, 1, 1), date(2012, 1, 1)]}
    )
    frame = frame.with_columns(pl.col("last").alias("last@year"))
    assert derive(frame, levels("country"), "last", asked("rank")).to_list() == [2, 1]
    assert derive(frame, levels("country"), "last", asked("growth_year")).to_list() == [None, None]
    assert derive(frame, levels("country"), "last", asked("share_of_parent")).to_list() == [None, None]


def test_members_of_others_are_ranked_among_themselves() -> None:
    rows = [(1, 7, 1), (1, 8, 2), (OTHERS, 7, 30), (OTHERS, 8, 20), (OTHERS, OTHERS, 90)]
    assert of(["country", "channel"], rows, "rank") == [2, 1, 1, 2, None]


def test_shares_of_a_loss_and_of_nothing() -> None:
    rows = [(1, -30), (2, 10), (None, -20)]
    assert of(["country"], rows, "share_of_total") == [1.5, -0.5, 1]
    rows = [(1, -10), (2, 10), (None, 0)]
    assert of(["country"], rows, "share_of_parent") == [None, None, None]


def test_growth_out_of_a_loss_is_growth() -> None:
    rows = [(1, 5, -10), (2, -5, -10), (3, 5, 0), (4, 5, None), (5, None, 10)]
    values = ("revenue", "revenue@previous")
    assert of(["country"], rows, "growth_previous", *values) == [1.5, 0.5, None, None, None]


def test_a_contribution_is_of_the_total_of_then_and_not_of_ones_own() -> None:
    rows = [(1, 12, 10), (2, None, 40), (3, 8, None), (None, 20, 50)]
    values = ("revenue", "revenue@year")
    assert of(["country"], rows, "contribution_year", *values) == [0.04, -0.8, 0.16, -0.6]


def test_running_totals_begin_anew_in_each_year_and_end_at_the_subtotal() -> None:
    rows = [
        (2011, 24134, 4),
        (2010, 24131, 2),
        (2010, 24120, 1),
        (2011, 24135, None),
        (2010, None, 3),
        (None, None, 7),
    ]
    assert of(["year", "month"], rows, "running_total") == [4, 3, 1, 4, 3, 7]


def test_running_totals_without_time_go_down_the_list() -> None:
    rows = [(1, 7, 5), (2, 7, 1), (1, 8, 2), (2, OTHERS, 3), (1, None, 7)]
    assert of(["country", "channel"], rows, "running_total") == [5, 1, 7, 4, 7]
    assert along(levels("country", "channel")) == (
        "Running totals go along channel, as its members are listed, within each country."
    )
    assert along(levels("month", "country")) == (
        "Running totals go along month, from period to period, within each country."
    )
    assert axis(()) is None
    assert of([], [(3,)], "running_total") == [3]


def test_moving_averages_go_on_over_the_new_year_and_keep_a_place_for_gaps() -> None:
    rows = [
        (2010, 24130, 6),
        (2010, 24131, 3),
        (2011, 24132, 9),
        (2011, 24135, 1),
        (2010, None, 9),
        (None, None, 19),
    ]
    assert of(["year", "month"], rows, "moving_average_3") == [None, None, 6, 1, None, None]


def test_a_member_that_began_late_has_an_average_where_the_answer_reaches_far_enough() -> None:
    rows = [(1, 10, 4), (1, 11, 4), (2, 11, 8)]
    assert of(["country", "month"], rows, "moving_average_2") == [None, 4, 8]


REVENUE = Measure("revenue", "Revenue", Kind.ADDITIVE, "money", "Billed.", column="sale.revenue")
ORDERS = Measure("orders", "Orders", Kind.DISTINCT, "count", "Orders.", column="sale.order_key")
LATEST = Measure("latest", "Latest", Kind.ADDITIVE, "date", "Day.", aggregate="max", column="sale.day_key")
VALUE = Measure(
    "value", "Average value", Kind.RATIO, "money", "A mean.", numerator="revenue", denominator="orders"
)
MEDIAN = Measure("median", "Median", Kind.HOLISTIC, "money", "The middle.", column="sale.revenue")


def test_a_ratio_is_divided_after_the_window_is_added_up() -> None:
    rows = [(1, 10, 1), (2, 20, 4), (3, 0, 0), (4, 0, 0)]
    frame = cells(["month"], rows, "revenue", "orders").with_columns(
        value=pl.col("revenue") / pl.col("orders")
    )
    found = derived(frame, levels("month"), VALUE, asked("moving_average_2"))
    assert found.to_list() == [None, 6.0, 5.0, None]
    assert derived(frame, levels("month"), REVENUE, asked("moving_average_2")).to_list() == [
        None,
        15,
        10,
        0,
    ]


@pytest.mark.parametrize(
    ("measure", "how", "by", "words"),
    [
        (VALUE, "running_total", "month", "revenue:running_total and orders:running_total"),
        (ORDERS, "running_total", "month", "Ask for orders by a longer period"),
        (LATEST, "running_total", "month", "is a day, so it has no running total"),
        (LATEST, "moving_average_3", "month", "is a day"),
        (VALUE, "contribution_year", "country", "revenue:contribution_year and orders:contribution_year"),
        (MEDIAN, "contribution_year", "country", "median:growth_year"),
        (MEDIAN, "moving_average_3", "month", "by a longer period"),
        (REVENUE, "moving_average_3", "country", "Add a time level"),
    ],
)
def test_numbers_without_a_meaning_are_refused_with_a_better_question(
    measure: Measure, how: str, by: str, words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        check(measure, asked(how), levels(by))


@pytest.mark.parametrize("how", DERIVATIONS)
def test_sums_may_be_asked_for_everything(how: Derivation) -> None:
    check(REVENUE, how, levels("month"))


def test_what_a_derivation_needs_of_the_engine() -> None:
    assert needs(Derivation.SHARE) == Needs(parents=True)
    assert needs(Derivation.SHARE_OF_TOTAL) == Needs(total=True)
    assert needs(Derivation.GROWTH_YEAR) == Needs(comparison=Comparison.YEAR)
    assert needs(asked("contribution_previous")) == Needs(
        total=True, comparison=Comparison.PREVIOUS, either=True
    )
    assert needs(Derivation.RANK) == Needs()
    assert needs(Derivation.RUNNING_TOTAL) == Needs(order=True, periods=True)
    assert needs(asked("moving_average_3")) == Needs(periods=True)
    assert {how: needs(how).comparison for how in GROWTHS} == GROWTHS
    assert set(GROWTHS.values()) == set(Comparison)


@pytest.mark.parametrize("how", DERIVATIONS)
def test_what_is_written_is_read_again(how: Derivation) -> None:
    assert asked(str(how)) == how


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("growth_yaer", "Did you mean 'growth_year'"),
        ("rnak", "Did you mean 'rank'"),
        ("moving_average", "Write revenue:moving_average_3"),
        ("moving_average_1", "any number from 2 to 60"),
        ("moving_average_61", "any number from 2 to 60"),
        ("moving_average_²", "any number from 2 to 60"),
        ("", "Try one of"),
    ],
)
def test_what_cannot_be_derived_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        asked(text)


def test_the_pages_names_of_derivations_stand() -> None:
    names: Mapping[str, Derivation] = {
        "share_of_parent": Derivation.SHARE,
        "growth_year": Derivation.GROWTH_YEAR,
    }
    for text, how in names.items():
        assert asked(text) == how
        assert f"{how}" == text
    assert asked("share_of_parent") is Derivation.SHARE
