"""Sets of customers, the periods they are stored by, and the shelf they stand on."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cubes.aggregates.bitmaps import customer_sets
from cubes.aggregates.bitmaps.customers_of_cells import cells_of
from cubes.aggregates.bitmaps.period_cover import STORED, cover
from cubes.cells.byte_cache import ByteCache
from cubes.cells.grain import Grain, parsed
from cubes.lines import line_store
from data import environment
from data.model.calendar import Calendar, Days, day_key

WORDS = 400
EMPTY = (np.zeros(0, np.int32),) * 3
some_keys = st.one_of(
    st.sets(st.integers(0, 64 * WORDS - 1), max_size=40),
    st.sets(st.integers(0, 700), max_size=300),
    st.sets(st.sampled_from([0, 254, 255, 256, 509, 510, 511, 764, 766, 1021, 25_599])),
).map(sorted)


def keys_of(values: list[int]) -> np.ndarray:
    return np.array(values, np.int32)


@given(values=some_keys)
def test_what_is_stored_comes_back(values: list[int]) -> None:
    found = customer_sets.decoded(customer_sets.encoded(keys_of(values)), WORDS)
    assert customer_sets.as_keys(found).tolist() == values
    assert customer_sets.size(found) == len(values)


@given(values=some_keys, others=some_keys)
def test_keys_are_looked_up_in_what_is_stored(values: list[int], others: list[int]) -> None:
    found = customer_sets.among(customer_sets.encoded(keys_of(values)), keys_of(others))
    assert found.tolist() == [each in set(values) for each in others]


@given(values=some_keys)
def test_a_set_is_stored_alike_however_it_is_held(values: list[int]) -> None:
    words = customer_sets.as_words(keys_of(values), WORDS)
    assert (
        customer_sets.as_keys(customer_sets.decoded(customer_sets.written(words), WORDS)).tolist() == values
    )
    every = np.arange(64 * WORDS - 70, dtype=np.int32)
    assert customer_sets.written(customer_sets.as_words(every, WORDS)) == customer_sets.encoded(every)


@given(
    lines=st.lists(st.tuples(st.integers(5, 9), st.integers(0, 3), st.integers(0, 50)), max_size=80),
    far=st.sampled_from([1, 100_000_000, 41_000_000]),
    apart=st.sampled_from([1, 9000]),
)
def test_cells_hold_the_customers_of_their_lines(
    lines: list[tuple[int, int, int]], far: int, apart: int
) -> None:
    period, code, key = (
        (np.array(column, np.int32) for column in zip(*lines, strict=True)) if lines else EMPTY
    )
    found = cells_of([period * apart, code.astype(np.uint16)], key * (far // 100 or 1))
    wanted: dict[tuple[int, ...], set[int]] = {}
    for one, other, customer in lines:
        wanted.setdefault((one * apart, other), set()).add(customer * (far // 100 or 1))
    assert {cell: keys.tolist() for cell, keys in found} == {cell: sorted(wanted[cell]) for cell in wanted}
    assert found.keys.dtype == np.int32


@pytest.mark.parametrize(
    ("values", "kind", "size"),
    [
        (range(1000), customer_sets.DENSE, 1 + 125),
        (range(0, 20_000, 20), customer_sets.GAPS, 1 + 1000),
        (range(0, 25_600, 5120), customer_sets.KEYS, 1 + 20),
    ],
)
def test_the_smallest_way_is_stored(values: range, kind: bytes, size: int) -> None:
    stored = customer_sets.encoded(keys_of(list(values)))
    assert (stored[:1], len(stored)) == (kind, size)


@pytest.mark.parametrize("holds", [False, True])
@given(
    values=st.lists(some_keys, min_size=1, max_size=4), dense=st.lists(st.booleans(), min_size=4, max_size=4)
)
def test_sets_unite_and_meet_whichever_way_they_are_held(
    values: list[list[int]], dense: list[bool], holds: bool
) -> None:
    held = [
        customer_sets.as_words(keys_of(each), WORDS) if is_dense else keys_of(each)
        for each, is_dense in zip(values, dense, strict=False)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_store, "HOLDS", holds)
        united = customer_sets.united(held, WORDS)
    assert customer_sets.as_keys(united).tolist() == sorted(set().union(*values))
    mask = customer_sets.as_words(keys_of(values[-1]), WORDS)
    assert customer_sets.as_keys(customer_sets.both(held[0], mask)).tolist() == sorted(
        set(values[0]) & set(values[-1])
    )


@pytest.mark.parametrize("holds", [False, True])
@given(
    values=some_keys,
    dense=st.booleans(),
    at=st.sets(st.sampled_from([1, 63, 64, 65, 128, 700, 64 * WORDS - 1]) | st.integers(1, 64 * WORDS - 1)),
)
def test_keys_are_counted_between_marks(values: list[int], dense: bool, at: set[int], holds: bool) -> None:
    """By arrays, and by the compiled loops of a process that holds lines."""
    marks = sorted({0, *at})
    held = customer_sets.as_words(keys_of(values), WORDS) if dense else keys_of(values)
    ends = [*marks[1:], 64 * WORDS]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_store, "HOLDS", holds)
        assert customer_sets.size(held) == len(values)
        assert customer_sets.Marks.at(np.array(marks)).counts(held).tolist() == [
            sum(begin <= key < end for key in values) for begin, end in zip(marks, ends, strict=True)
        ]


CALENDAR = Calendar(fiscal_start=4)
SPAN = Days(day_key(date(2010, 11, 20)), day_key(date(2013, 2, 9)))
run = st.tuples(st.integers(-50, 900), st.integers(0, 500)).map(
    lambda run: Days(SPAN.first + run[0], SPAN.first + run[0] + run[1])
)


@given(
    runs=st.one_of(st.none(), st.lists(run, max_size=3)),
    asked=st.lists(st.sampled_from(CALENDAR.levels), max_size=2, unique=True),
    stored=st.sets(st.sampled_from(STORED)),
)
def test_periods_make_up_the_days_each_once(
    runs: list[Days] | None, asked: list[str], stored: set[str]
) -> None:
    found = cover(CALENDAR, SPAN, runs, asked, stored)
    wanted = {
        day
        for day in range(SPAN.first, SPAN.last + 1)
        if runs is None or any(each.first <= day <= each.last for each in runs)
    }
    made: set[int] = set()
    for grain, (periods, groups) in found.periods.items():
        assert grain in stored
        for code, group in zip(periods.tolist(), groups.tolist(), strict=True):
            days = CALENDAR.days_of(grain, code).meet(SPAN) if grain else SPAN
            assert days is not None
            covered = set(range(days.first, days.last + 1))
            assert not covered & made
            made |= covered
            told = {tuple(CALENDAR.period_at(level, day) for level in asked) for day in covered}
            assert told == {tuple(int(each[group]) for each in found.codes)}
    assert made <= wanted
    left = sorted(wanted - made)
    days, groups = found.gaps
    assert days.tolist() == left
    for day, group in zip(left, groups.tolist(), strict=True):
        assert [CALENDAR.period_at(level, day) for level in asked] == [
            int(each[group]) for each in found.codes
        ]
    if "day" in stored:
        assert not left


def test_the_longest_periods_are_taken_first() -> None:
    run = Days(day_key(date(2011, 1, 1)), day_key(date(2012, 2, 2)))
    found = cover(CALENDAR, SPAN, [run], (), STORED)
    assert {grain: len(periods) for grain, (periods, _) in found.periods.items()} == {
        "": 0,
        "year": 1,
        "month": 1,
        "day": 2,
    }
    assert len(cover(CALENDAR, SPAN, None, (), STORED).periods[""][0]) == 1


@pytest.mark.parametrize(
    "grain", [Grain(""), Grain("day"), Grain("month", ("category",)), Grain("", ("a", "b"))]
)
def test_grains_are_read_as_they_are_written(grain: Grain) -> None:
    assert parsed(grain.written) == grain


def test_what_was_not_asked_for_longest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = ByteCache(environment.CORE_MB)
    monkeypatch.setattr(shelf, "limit", 10)
    for key in "abc":
        shelf.put(key, key.upper(), 4)
    assert [shelf.get(key) for key in "abc"] == [None, "B", "C"]
    shelf.get("b")
    shelf.put("d", "D", 4)
    assert [shelf.get(key) for key in "bcd"] == ["B", None, "D"]
    shelf.put("b", "B", 4)
    shelf.put("large", "L", 11)
    assert shelf.get("large") is None
    assert shelf.keep("b", lambda: ("new", 1)) == "B"
    assert shelf.keep("e", lambda: ("new", 1)) == "new"
