"""`python -m bench collaboration`: the parts run small, and a ranking that differs is told."""

from __future__ import annotations

import numpy as np
import pytest

from bench import partner_ranking
from bench.__main__ import main
from bench.question import Disagreement


def test_the_rank_band_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["collaboration", "--part", "rank_band", "--partners", "8", "--criteria", "3"]) == 0
    told = capsys.readouterr().out
    assert "8 partners by 3 criteria" in told
    assert "not measured  rank band by TOPSIS" in told
    monkeypatch.setattr(partner_ranking, "ranks", lambda scored: np.arange(len(scored)))
    with pytest.raises(Disagreement):
        partner_ranking.plainly(partner_ranking.drawn_partners(8, 3))
