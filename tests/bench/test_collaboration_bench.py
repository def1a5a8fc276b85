"""`python -m bench collaboration`: the parts run small, and what differs is told."""

from __future__ import annotations

import numpy as np
import pytest

from bench import partner_ranking
from bench.__main__ import main
from bench.question import Disagreement
from bench.similar_texts import drawn_texts, ours, recall


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


def test_texts_alike_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--texts", "600", "--compared", "300", "--indexed", "100"]
    assert main(["collaboration", "--part", "similar_texts", *sizes]) == 0
    told = capsys.readouterr().out
    assert "rapidfuzz from 85 on, scaled, 600 texts" in told
    assert "looking one up among 100" in told
    drawn = drawn_texts(300)
    assert recall(ours(drawn)[0], drawn) == recall(drawn.same, drawn) == 1
