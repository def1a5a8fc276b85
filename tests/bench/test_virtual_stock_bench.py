"""The benchmark of the virtual warehouse on a district that a test can wait for: it draws what it says."""

from __future__ import annotations

import pytest

from bench.virtual_stock import virtual_warehouse


def test_the_benchmark_tells_what_it_drew(capsys: pytest.CaptureFixture[str]) -> None:
    found = virtual_warehouse(300, 20, 3, rounds=1)
    assert (found["products"], found["partners"]) == (300, 20)
    assert 300 <= found["series"] <= 300 * 5
    assert 0 < found["sole"] < 300
    assert 1 / 20 < found["index"] < 0.1
    assert found["targets"][0]["limit"] == 0.1
    assert "300 products, 20 partners" in capsys.readouterr().out
