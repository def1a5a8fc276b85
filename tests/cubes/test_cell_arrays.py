"""Coarser cells of finer ones: what nobody knows stays unknown, and what some know is their sum."""

from __future__ import annotations

import numpy as np
import pytest

from cubes.cells.cell_arrays import Cells, coarser

NAN = float("nan")


@pytest.mark.parametrize(
    ("values", "how", "expected"),
    [
        ([NAN, NAN, 2.0, NAN], "sum", [NAN, 2.0]),
        ([NAN, NAN, NAN, NAN], "sum", [NAN, NAN]),
        ([0.0, NAN, 1.5, 2.5], "sum", [0.0, 4.0]),
        ([NAN, 3.0, 5.0, 4.0], "max", [3.0, 5.0]),
        ([NAN, NAN, 5.0, 4.0], "min", [NAN, 4.0]),
    ],
)
def test_a_subtotal_of_unknowns_is_unknown(values: list[float], how: str, expected: list[float]) -> None:
    finest = Cells(
        (np.array([0, 0, 1, 1], np.int32), np.array([0, 1, 0, 1], np.int32)), {"cost": np.array(values)}
    )
    found = coarser(finest, (True, False), {"cost": how})
    np.testing.assert_array_equal(found.codes[0], [0, 1])
    np.testing.assert_array_equal(found.values["cost"], expected)


def test_the_total_of_unknowns_is_unknown() -> None:
    finest = Cells(
        (np.array([0, 1], np.int32),), {"cost": np.array([NAN, NAN]), "units": np.array([1.0, 2.0])}
    )
    found = coarser(finest, (False,), {"cost": "sum", "units": "sum"})
    assert np.isnan(found.values["cost"]).all()
    assert found.values["units"].tolist() == [3.0]
