"""`python -m bench journeys`: the contestants agree on the same paths, and disagreement is told."""

from __future__ import annotations

import pytest

from bench import journeys
from bench.__main__ import main
from bench.question import Disagreement


def test_the_contestants_agree(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(journeys, "channel_attribution", lambda *_: None)
    assert main(["journeys", "--paths", "300", "--channels", "4"]) == 0
    told = capsys.readouterr().out
    assert "300 paths over 4 channels" in told
    assert "not measured" in told
    texts, bought = journeys.written(300, 4)
    ours = journeys.credits_of(journeys.read(texts, bought), 1)
    with pytest.raises(Disagreement, match="C0 is credited"):
        journeys.check(ours, {name: 2 * each for name, each in ours.items()}, 0.05, "another")
