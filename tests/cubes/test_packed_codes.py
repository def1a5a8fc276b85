"""Rows grouped by several columns of codes are what a dictionary of their codes says, few or far apart."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cubes.cells import packed_codes
from cubes.cells.packed_codes import Packing, grouped, positions

Row = tuple[int, int, float]
some_rows = st.lists(
    st.tuples(
        st.integers(-1, 4), st.sampled_from([7, 9, 1_000_000, 70_000_000]), st.integers(0, 9).map(float)
    ),
    max_size=30,
)


def columns_of(rows: list[Row]) -> list[np.ndarray]:
    one = np.array([row[0] for row in rows], np.int32)
    return [one, np.array([row[1] for row in rows], np.int32)]


@given(rows=some_rows)
def test_groups_stand_in_the_order_of_their_codes_and_fold_their_values(rows: list[Row]) -> None:
    groups = grouped(columns_of(rows), len(rows))
    values = np.array([value for *_, value in rows])
    folded = groups.folded({how: (how, values) for how in ("sum", "min", "max")})
    wanted: dict[tuple[int, int], list[float]] = defaultdict(list)
    for one, other, value in rows:
        wanted[one, other].append(value)
    cells = list(zip(*(each.tolist() for each in groups.codes), strict=True))
    assert cells == sorted(wanted)
    for how, fold in (("sum", sum), ("min", min), ("max", max)):
        assert folded[how].tolist() == [fold(wanted[cell]) for cell in cells]
    assert [cells[at] for at in groups.of_rows] == [(one, other) for one, other, _ in rows]
    assert all(each.dtype == np.int32 for each in groups.codes)


@given(rows=some_rows, others=some_rows)
def test_rows_are_found_among_groups_or_said_to_be_in_none(rows: list[Row], others: list[Row]) -> None:
    groups = grouped(columns_of(others), len(others)).codes
    cells = list(zip(*(each.tolist() for each in groups), strict=True))
    found = positions(columns_of(rows), groups)
    assert found.tolist() == [
        cells.index((one, other)) if (one, other) in cells else -1 for one, other, _ in rows
    ]


@given(rows=some_rows)
def test_what_is_packed_comes_back(rows: list[Row]) -> None:
    columns = columns_of(rows)
    packing = Packing.of(columns)
    packed = packing.packed(columns, len(rows))
    assert not len(packed) or int(packed.max()) < packing.bound
    for column, own in zip(columns, packing.unpacked(packed), strict=True):
        np.testing.assert_array_equal(column, own)


@pytest.mark.parametrize("rows", [0, 3])
def test_without_columns_there_is_one_group(rows: int) -> None:
    groups = grouped([], rows)
    assert groups.codes == ()
    assert groups.folded({"n": ("sum", np.ones(rows))})["n"].tolist() == [rows]


def test_few_possible_groups_are_told_by_flags_and_many_by_what_there_is() -> None:
    near = grouped([np.array([0, 5], np.int32)], 2)
    far = grouped([np.array([0, packed_codes.DENSE * 2], np.int32)], 2)
    assert (near.bound, far.bound) == (6, 2)
    assert near.of_rows.tolist() == far.of_rows.tolist() == [0, 1]


def test_codes_too_wide_for_one_number_are_found_all_the_same() -> None:
    wide = [np.array([0, 2_000_000_000, 7], np.int32) for _ in range(3)]
    other = [each[[2, 0]] for each in wide]
    assert positions(wide, other).tolist() == [1, -1, 0]
    assert positions([wide[0], wide[1][::-1], wide[2]], other).tolist() == [-1, -1, -1]
