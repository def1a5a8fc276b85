"""The first benchmark, small: it runs, its contestants agree, and a wrong answer is noticed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench import cubes, dataframe, drills, firms
from bench.__main__ import main
from bench.contestant import Clientela, Contestant, Pandas, PlainSql
from bench.question import Disagreement, Question
from bench.questions import QUESTIONS
from bench.race import checked, race
from bench.timing import Clocked, percentile, typical
from data.warehouse import Warehouse

LINES = 100_000
TOTAL = QUESTIONS[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def contestants(folder: Path) -> Iterator[list[Contestant]]:
    warehouse = Warehouse(firms.firm(folder, LINES))
    plain = PlainSql(warehouse)
    yield [Clientela(warehouse), plain, Pandas(dataframe.load(warehouse))]
    plain.close()
    warehouse.close()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_contestants_agree(contestants: list[Contestant], question: Question) -> None:
    assert checked(contestants, question) > 0


@pytest.mark.parametrize("rival", ["plain SQL", "pandas"])
def test_a_wrong_answer_is_noticed_before_anything_is_timed(
    contestants: list[Contestant], rival: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = replace(
        QUESTIONS[1],
        sql=QUESTIONS[1].sql.replace("sum(revenue)", "sum(revenue) + 0.01"),
    )
    if rival == "pandas":
        wrong = replace(
            QUESTIONS[1], frames=lambda lines: [frame * (1 + 1e-8) for frame in QUESTIONS[1].frames(lines)]
        )
    timed: list[str] = []
    monkeypatch.setattr("bench.race.clocked", lambda call: timed.append("timed"))
    with pytest.raises(Disagreement, match=rf"by country: at .+ clientela says .+ {rival} says"):
        race(contestants, [TOTAL, wrong], rounds=1)
    assert not timed


def test_a_missing_cell_is_noticed(contestants: list[Contestant]) -> None:
    fewer = replace(QUESTIONS[1], sql=f"{QUESTIONS[1].sql} HAVING country <> 'Italy'")
    with pytest.raises(Disagreement, match=r"by country: at Italy .+ says None"):
        checked(contestants, fewer)


def test_the_bench_prints_and_writes_its_figures(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cubes.SCALES, "small", cubes.Scale(LINES, LINES, rounds=1, steps=5))
    file = folder / "figures.json"
    assert main(["cubes", "--scale", "small", "--folder", str(folder), "--json", str(file)]) == 0
    printed = capsys.readouterr().out
    figures = json.loads(file.read_text())
    medians = figures["questions"]["medians"]
    assert all(each.name in printed and set(medians[each.name]) == set(cubes.NAMES) for each in QUESTIONS)
    assert figures["memory"]["together_mb"] >= figures["memory"]["opened_mb"] > 0
    assert figures["drills"]["server's share of a click"]["wall_p50"] > 0
    assert str(folder) not in file.read_text(), "figures tell nothing of where they were measured"


def test_a_disagreement_ends_the_bench_with_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cubes, "QUESTIONS", (replace(TOTAL, sql="SELECT 1.0"),))
    monkeypatch.setattr(cubes, "_memory", lambda path: {})
    monkeypatch.setattr(cubes, "_drills", lambda path, steps: {})
    assert main(["cubes", "--scale", "small", "--folder", str(folder)]) == 1
    assert capsys.readouterr().err.startswith("total: at the total clientela says (")


def test_a_folder_that_is_not_there_is_told_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["cubes", "--json", str(tmp_path / "nowhere" / "figures.json")])
    assert "there is no folder" in capsys.readouterr().err


def test_a_walk_is_the_same_each_time(folder: Path) -> None:
    warehouse = Warehouse(firms.firm(folder, LINES))
    walks = [drills.walk(drills.Server(warehouse), steps=15) for _ in range(2)]
    warehouse.close()
    first, second = ([served.view.token() for served in each] for each in walks)
    assert first == second
    assert len(set(first)) > 8, "it goes somewhere"


def test_a_firm_is_made_once_and_an_outdated_one_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firms, "simulate", lambda path, firm: path.touch())
    first = firms.firm(tmp_path, 1_000_000)
    first.write_text("used")
    assert firms.firm(tmp_path, 1_000_000).read_text() == "used"
    monkeypatch.setattr(firms, "_recipe", lambda: "another")
    assert firms.firm(tmp_path, 1_000_000) != first
    assert not first.exists()


def test_medians_and_percentiles() -> None:
    assert typical([Clocked(1, 9), Clocked(3, 7), Clocked(2, 8)]) == Clocked(2, 8)
    assert percentile(list(range(1, 101)), 0.95) == 95
