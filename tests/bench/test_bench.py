"""The cube's benchmark, small: contestants agree, a wrong answer is noticed, and figures say what was measured."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from bench import (
    clickhouse,
    clicks,
    cubes,
    draws,
    findings,
    firms,
    flat,
    following,
    loaded,
    measures,
    overhead,
    periods,
    readers,
    report,
    rollups,
    walk,
)
from bench.__main__ import main
from bench.contestant import Chdb, Clientela, Contestant, Star, Wide
from bench.distinct import DISTINCT
from bench.findings import Findings
from bench.members import Members
from bench.plain import plain
from bench.question import Disagreement, Question, agree, cells
from bench.questions import QUESTIONS
from bench.race import Outcome, check, checked, race
from bench.source import is_rolled_up, is_scan
from bench.target import Target
from bench.timing import Clocked, percentile, spread, typical
from bench.wide import wide
from cubes.query import Comparison, Cut, Query
from data.errors import BadRequest
from data.store.warehouse import Warehouse

pytestmark = pytest.mark.usefixtures("as_in_use")

LINES = 20_000
TOTAL, BY_COUNTRY = QUESTIONS[:2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def warehouse(folder: Path) -> Iterator[Warehouse]:
    with closing(Warehouse(firms.firm(folder, LINES))) as found:
        yield found


@pytest.fixture(scope="module")
def members(warehouse: Warehouse) -> Members:
    return Members(warehouse)


@pytest.fixture(scope="module")
def field(folder: Path, warehouse: Warehouse, members: Members) -> Iterator[list[Contestant]]:
    file = wide(warehouse.path)
    found: list[Contestant] = [Clientela(warehouse), Star(warehouse, members), Wide(warehouse, members, file)]
    found += [
        each for name in ("Polars", "pandas") if (each := loaded.contestant(name, warehouse, members, file))
    ]
    engine = clickhouse.opened(folder / "fixture")
    if engine:
        found.append(Chdb(members, engine, engine.load(file)))
    yield found
    for each in (*found, *([engine] if engine else [])):
        each.close()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_all_agree_on_each_question(field: list[Contestant], question: Question) -> None:
    assert check(field, question).cells > 0


def test_there_are_forty_questions_of_different_names() -> None:
    assert len({each.name for each in QUESTIONS}) == 40
    assert all(each.sql for each in QUESTIONS), "the star's SQL is written by hand"


def test_all_agree_on_exact_counts(field: list[Contestant]) -> None:
    assert len(checked(field, DISTINCT)) == len(DISTINCT)
    assert all(each.distinct for each in DISTINCT)


def test_all_agree_on_random_drills(field: list[Contestant], members: Members, warehouse: Warehouse) -> None:
    drawn = draws.drills(members, warehouse.profile, 30)
    assert len(checked(field, drawn)) == 30


def test_all_agree_on_tops_with_totals_and_ties(field: list[Contestant]) -> None:
    query = Query(
        ("orders", "revenue"), ("city",), ("month",), (Cut("day", since="2025-03-02", until="2025-03-09"),)
    )
    tops = replace(query, columns=("brand",), top=(("city", 7), ("brand", 3)), totals=True)
    ratio = Query(("revenue_per_customer",), ("subcategory",), top=(("subcategory", 4),))
    compared = Query(
        ("units", "products"), ("region",), (), (Cut("quarter", ("2024-Q1",)),), compare=Comparison.YEAR
    )
    one = Question("tops, ties, totals", tops)
    two = Question("top by a ratio", ratio)
    assert check(field, one).cells > 20
    assert check(field, two).cells == 5
    assert check([each for each in field if each.name != "star"], Question("compared", compared)).cells > 20


def test_drills_are_the_same_each_time_and_of_every_kind(members: Members, warehouse: Warehouse) -> None:
    drawn = draws.drills(members, warehouse.profile, 150)
    assert drawn[:40] == draws.drills(members, warehouse.profile, 40)
    queries = [each.query for each in drawn]
    assert len(set(queries)) == 150
    cuts = [cut for query in queries for cut in query.cuts]
    assert {len(query.by) for query in queries} == {1, 2}
    assert {"year", "quarter", "month", "day"} <= {cut.level for cut in cuts}
    assert any(cut.since for cut in cuts)
    assert any(2 <= len(cut.members) <= 5 for cut in cuts)
    assert max(len(query.cuts) for query in queries) >= 4
    assert {measure for query in queries for measure in query.measures} == set(draws.MEASURES)
    assert {bool(query.top) for query in queries} == {True, False}


def test_what_is_too_large_to_show_is_asked_with_tops(members: Members, warehouse: Warehouse) -> None:
    query = Query(("revenue",), ("product",), ("city",))
    cube = draws.catalogue.load("sales", warehouse.profile)
    assert dict(draws._fitting(query, cube, members).top).keys() == {"product", "city"}
    inside = query.cut(Cut("country", ("Italy",)), Cut("category", ("Living/Rugs",)))
    assert draws._fitting(inside, cube, members) == inside


@pytest.mark.parametrize("level", periods.LEVELS)
def test_periods_are_called_as_the_warehouse_calls_them(members: Members, level: str) -> None:
    for each in members.codes(level):
        first, last = periods.run(level, each)
        assert periods.name(level, first) == periods.name(level, last) == each


def test_a_year_before_leap_days() -> None:
    leap, other = (date(2024, 2, 1), date(2024, 2, 29)), (date(2025, 2, 28), date(2025, 3, 1))
    assert periods.year_before([leap, other]) == (
        (date(2023, 2, 1), date(2023, 2, 28)),
        (date(2024, 2, 29), date(2024, 3, 1)),
    )


@pytest.mark.parametrize("rival", ["star", "wide"])
def test_a_wrong_answer_is_noticed_before_anything_is_timed(
    field: list[Contestant], rival: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = BY_COUNTRY
    if rival == "star":
        wrong = replace(BY_COUNTRY, sql=BY_COUNTRY.sql.replace("sum(revenue)", "sum(revenue) + 0.01"))
    else:
        dearer = replace(measures.BASICS["revenue"], of="1 + sum(revenue)")
        monkeypatch.setitem(measures.BASICS, "revenue", dearer)
    timed: list[str] = []
    monkeypatch.setattr("bench.race._run", lambda *_: timed.append("timed"))
    with pytest.raises(Disagreement, match=rf"by country: at .+ ours says .+ {rival} says"):
        race(field[:3], [TOTAL if rival == "star" else wrong, wrong], rounds=1)
    assert not timed


def test_a_missing_cell_is_noticed(field: list[Contestant]) -> None:
    fewer = replace(BY_COUNTRY, sql=f"{BY_COUNTRY.sql} HAVING country <> 'Italy'")
    with pytest.raises(Disagreement, match=r"by country: at Italy .+ says None"):
        check(field[:2], fewer)


def test_a_refusal_is_a_disagreement(field: list[Contestant], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise BadRequest("Too large.", "Ask for less.")

    monkeypatch.setattr("bench.contestant.ask", refuse)
    with pytest.raises(Disagreement, match=r"2 of 2 questions(.|\n)*total: ours refuses: Too large"):
        checked(field[:2], [TOTAL, BY_COUNTRY])
    monkeypatch.setattr("bench.contestant.ask", lambda *_: 1 / 0)
    with pytest.raises(Disagreement, match="total: ours fails: ZeroDivisionError: division by zero"):
        check(field[:2], TOTAL)


def test_a_total_of_nothing_may_be_left_out_and_no_cell_stand_twice() -> None:
    assert cells(("country",), [("Italy", 0.0), (None, None)]) == {("Italy",): (0.0,)}
    assert cells(("country",), [(None, 2)]) == {(None,): (2.0,)}
    with pytest.raises(Disagreement, match="twice"):
        cells(("country",), [("Italy", 1), ("Italy", 2)])


def test_gaps_in_time_may_be_shown_as_zeros() -> None:
    in_time, without = (Question("q", Query(("revenue",), (level,))) for level in ("month", "country"))
    ours, theirs = {("a",): (1.0,), ("b",): (0.0,)}, {("a",): (1.0,)}
    agree(in_time, ("ours", ours), ("star", theirs))
    for question, one, other in (
        (without, ours, theirs),
        (in_time, theirs, ours),
        (in_time, {("b",): (2.0,)}, {}),
    ):
        with pytest.raises(Disagreement, match="says None"):
            agree(question, ("ours", one), ("star", other))


def test_others_and_totals_are_told_apart(field: list[Contestant]) -> None:
    question = Question("top", Query(("revenue",), ("region",), ("year",), top=(("region", 2),), totals=True))
    ours = field[0].cells(question, field[0].prepared(question)())
    assert ("Others", "2025") in ours
    assert (None, "2025") in ours


def test_those_named_once_are_timed_once(field: list[Contestant]) -> None:
    (outcome,) = race(field[:2], [TOTAL], rounds=2, once=("star",))
    assert outcome.medians["star"] == outcome.first["star"]
    assert outcome.medians["ours"] != outcome.first["ours"]
    assert outcome.ratio("star", "ours").wall_ms > 0


def test_the_wide_fact_is_made_once_and_sorted_by_day(warehouse: Warehouse) -> None:
    file = wide(warehouse.path)
    stamp = file.stat().st_mtime_ns
    assert wide(warehouse.path).stat().st_mtime_ns == stamp
    connection = following.duckdb.connect(str(file), read_only=True)
    days = connection.execute("SELECT day_code FROM wide").fetchnumpy()["day_code"]
    assert len(days) == warehouse.profile.lines
    assert (days[1:] >= days[:-1]).all()
    connection.close()


def test_comparisons_that_rivals_do_not_know_are_refused(members: Members) -> None:
    with pytest.raises(ValueError, match="rivals do not compare"):
        plain(Query(("revenue",), cuts=(Cut("year", ("2025",)),), compare=Comparison.PREVIOUS), members)


def test_flat_sql_has_all_grains_of_the_totals(members: Members) -> None:
    asked = plain(Query(("revenue",), ("department", "category"), ("year",), totals=True), members)
    assert len(asked.grains) == 6
    assert "GROUPING SETS ((k0, k1, k2), (k0, k1), (k0, k2), (k0), (k2), ())" in flat.sql(asked)


def test_too_many_lines_for_memory_are_said_and_left_out(
    warehouse: Warehouse,
    members: Members,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loaded, "free_mb", lambda: 2000.0)
    assert loaded.contestant("pandas", warehouse, members, wide(warehouse.path)) is None
    assert "pandas is left out" in capsys.readouterr().out


def test_chdb_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "chdb", None)
    assert clickhouse.opened(tmp_path) is None
    assert "chDB is not installed" in capsys.readouterr().out


def test_tables_take_room_in_the_file(warehouse: Warehouse) -> None:
    found = rollups.room(warehouse.path)
    assert max(found, key=lambda name: found[name]) == "main.sale"
    assert 0.1 * warehouse.path.stat().st_size < sum(found.values()) * 1e6 <= warehouse.path.stat().st_size


def test_overhead_is_ours_over_the_statements_of_an_answer_from_roll_ups(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter(
        [
            ("the roll-up year x region (7 cells)", "SELECT 1;\n\nSELECT 2;"),
            ("the 9 rows of sale", "SELECT 1;"),
            ("the stored sets of customers, a bit each", "SELECT 1;"),
            ("the roll-up year (3 cells)", ";"),
        ]
    )
    current: list[object] = []

    def ask(_warehouse: Warehouse, query: Query) -> object:
        if query not in current:
            source, sql = next(found)
            current[:] = [query, type("Answer", (), {"source": source, "sql": sql})]
        return current[1]

    monkeypatch.setattr(overhead, "ask", ask)
    measured = overhead.overhead(warehouse, QUESTIONS[:4], rounds=3)
    assert list(measured.ratios) == [TOTAL.name]
    assert 0 < measured.share(0.5) < 1
    assert measured.skipped == tuple(each.name for each in QUESTIONS[1:4])


def test_more_lines_come_late_and_whole(warehouse: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "more.parquet"
    count = following._more(warehouse.path, file, 600, 2)
    more = pl.read_parquet(file)
    assert len(more) == count
    assert 500 < count < 800
    last = warehouse.rows("SELECT max(day_key), max(order_key) FROM sale")[0]
    assert 0.04 < (more["day_key"] <= last[0]).mean() < 0.2
    assert more["is_return"].any()
    assert more["order_key"].min() > last[1]
    bought = more.filter(~pl.col("is_return"))
    assert bought["is_order"].sum() == bought["order_key"].n_unique()
    assert more.group_by("order_key").agg(pl.col("day_key").n_unique())["day_key"].max() == 1


def test_errors_and_torn_answers_of_readers_are_counted(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots, notes = readers.Snapshots(warehouse.path), readers.Notes()
    readers._ask(snapshots, notes, readers.LINES)
    assert (notes.torn, notes.errors) == (0, [])
    shut = snapshots.latest()
    monkeypatch.setattr(shut, "profile", replace(shut.profile, lines=1))
    readers._ask(snapshots, notes, readers.LINES)
    monkeypatch.setattr(readers, "ask", lambda *_: 1 / 0)
    readers._ask(snapshots, notes, readers.LINES)
    shut.close()
    found = readers._summary(snapshots, notes)
    assert (found["torn"], found["errors"], found["asked"]) == (1, 1, 3)
    assert found["first_error"].startswith("ZeroDivisionError")


def outcome(question: Question, wall: float, source: str = "") -> Outcome:
    took = {
        "ours": Clocked(wall, wall),
        "star": Clocked(wall * 600, wall * 600),
        "wide": Clocked(wall * 100, wall * 200),
    }
    return Outcome(question, 1, took, took, source)


def test_targets_say_what_is_met_and_what_is_not() -> None:
    found = Findings(
        100_000_000,
        questions=[outcome(TOTAL, 1.0), outcome(QUESTIONS[14], 900.0)],
        drills=[outcome(TOTAL, each) for each in [1.0] * 97 + [60.0, 400.0, 501.0]],
        distinct=[outcome(TOTAL, 26.0)],
    )
    verdicts = {each.name: each.met for each in found.targets()}
    assert QUESTIONS[14].distinct, "exact counts do not weigh on the additive questions"
    assert verdicts["additive questions, p50"]
    assert verdicts["additive questions against the star, wall"]
    assert verdicts["additive questions against the wide, wall"] is False
    assert verdicts["additive questions against the wide, processor"]
    assert verdicts["random drills under 50 ms"]
    assert verdicts["random drills, p99"]
    assert verdicts["exact distinct counts, p95"] is False
    assert verdicts["roll-ups built"] is None
    assert Target("a", 1.2, 1.1, "times").sentence() == "NOT met       a: 1.2 times (wanted: at most 1.1)"
    assert "not measured" in Target("a", None, 1.1, "times").sentence()


def test_growth_is_told_for_what_both_sizes_have(capsys: pytest.CaptureFixture[str]) -> None:
    small = Findings(10, drills=[outcome(TOTAL, 2.0)], distinct=[outcome(TOTAL, 2.0)])
    report.growth([small, Findings(100, drills=[outcome(TOTAL, 3.0)])])
    printed = capsys.readouterr().out
    assert "From 10 to 100 lines (10.0 times)" in printed
    assert [line.split() for line in printed.splitlines() if line.startswith("drills, p50")] == [
        ["drills,", "p50", "(ms)", "2.0", "3.0", "1.5"]
    ]
    assert "distinct" not in printed


@pytest.mark.parametrize(
    ("source", "scan"),
    [
        ("", True),
        ("the 9 rows of sale and the roll-up year x region (7 cells)", True),
        ("the roll-up year x region (1,204 cells) and the roll-up month (36 cells)", False),
        ("the stored sets of customers, a bit each", False),
    ],
)
def test_a_scan_is_told_from_what_was_aggregated(source: str, scan: bool) -> None:
    assert is_scan(source) is scan
    assert is_rolled_up(source) is (source.startswith("the roll-up") and not scan)


def test_the_bench_prints_and_writes_its_figures(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cubes.SCALES, "small", cubes.Scale((LINES,), rounds=1, drills=3, more=300))
    for name, value in {"READERS": 2, "LOADS": 3, "PAUSE_S": 0.05, "AFTERWARDS_S": 0.5}.items():
        monkeypatch.setattr(following, name, value)
    asked, counted = QUESTIONS[::6], DISTINCT[::18]
    monkeypatch.setattr(cubes, "QUESTIONS", asked)
    monkeypatch.setattr(cubes, "DISTINCT", counted)
    monkeypatch.setattr(rollups, "MISSING", "No roll-ups are measured.")
    file = folder / "figures.json"
    rivals = ["star", "wide", "Polars"]
    arguments = ["--scale", "small", "--folder", str(folder), "--json", str(file), "--against", *rivals]
    assert main(["cubes", *arguments]) == 0
    printed = capsys.readouterr().out
    (firm,) = json.loads(file.read_text())["firms"]
    told = {each["question"]: each for each in firm["outcomes"]["questions"]}
    assert all(
        each.name in printed and set(told[each.name]["medians"]) == {"ours", *rivals} for each in asked
    )
    assert {"p50", "p95", "p99"} <= set(printed.split())
    assert firm["spreads"]["drills"]["ours"]["wall_p99"] > 0
    assert firm["followed"]["readers"]["errors"] == 0
    assert firm["followed"]["readers"]["snapshots"] > 2
    assert len(firm["followed"]["first"] + firm["followed"]["after"]) == following.LOADS
    passes = sum(not each.distinct for each in asked)
    assert f"answers: the base's in all {len(asked) + passes + 3 + 3 + len(counted)} questions" in printed
    assert str(folder) not in file.read_text(), "figures tell nothing of where they were measured"
    assert not (folder / "following").exists()


def test_a_disagreement_ends_the_bench_with_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cubes, "QUESTIONS", (replace(TOTAL, sql="SELECT 1.0"),))
    arguments = ["--lines", str(LINES), "--only", "questions", "--against", "--folder", str(folder)]
    assert main(["cubes", *arguments]) == 1
    assert capsys.readouterr().err.startswith("total: at the total ours says (")


def test_a_folder_that_is_not_there_is_told_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["cubes", "--json", str(tmp_path / "nowhere" / "figures.json")])
    assert "there is no folder" in capsys.readouterr().err


def test_clicks_are_measured_with_the_memory_of_a_dashboard(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(clicks.SCALES, "small", clicks.Scale(LINES, LINES, steps=5, rounds=0))
    file = folder / "clicks.json"
    assert main(["clicks", "--scale", "small", "--folder", str(folder), "--json", str(file)]) == 0
    figures = json.loads(file.read_text())
    assert figures["memory"]["together_mb"] >= figures["memory"]["opened_mb"] > 0
    assert figures["clicks"]["server's share of a click"]["wall_p50"] > 0
    assert "Target: under" in capsys.readouterr().out


def test_a_walk_is_the_same_each_time(warehouse: Warehouse) -> None:
    walks = [walk.walk(walk.Server(warehouse), steps=15) for _ in range(2)]
    first, second = ([served.view.token() for served in each] for each in walks)
    assert first == second
    assert len(set(first)) > 8, "it goes somewhere"


def test_a_firm_is_made_once_and_an_outdated_one_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firms, "simulate", lambda path, firm: path.touch())
    first = firms.firm(tmp_path, 1_000_000)
    first.write_text("used")
    (tmp_path / "wide-1000000-old.duckdb").touch()
    assert firms.firm(tmp_path, 1_000_000).read_text() == "used"
    monkeypatch.setattr(firms, "_recipe", lambda: "another")
    assert firms.firm(tmp_path, 1_000_000, as_is=True) == first
    assert firms.firm(tmp_path, 1_000_000) != first
    assert not first.exists()
    assert not (tmp_path / "wide-1000000-old.duckdb").exists()


def test_medians_and_percentiles() -> None:
    assert typical([Clocked(1, 9), Clocked(3, 7), Clocked(2, 8)]) == Clocked(2, 8)
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert spread([Clocked(1, 2)], (50, 99)) == {"wall_p50": 1, "wall_p99": 1, "cpu_p50": 2, "cpu_p99": 2}


def test_shares_of_a_part_are_those_of_its_contestants() -> None:
    part = [outcome(TOTAL, 1.0), outcome(TOTAL, 3.0)]
    assert findings.spreads(part)["star"]["wall_p95"] == 1800
    assert findings.times(part, "wide") == Clocked(100, 200)
